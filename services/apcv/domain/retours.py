"""What comes back from the body after a batch: ARL, then NOEMIE 578 (apcv.md §10.5, layouts ours)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.apcv.domain.facture import Facture, Statut

DELAI_ARL = timedelta(seconds=10)
DELAI_NOEMIE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Constat:
    """What the body knows when it looks at an invoice."""

    facture: Facture
    praticien_connu: bool
    droits_ouverts: bool
    """At the date of the care, as the body's base says now."""


def arl(lot_id: str, numero: int, date: str, constats: list[Constat]) -> tuple[dict[str, Any], Statut]:
    """Positive, or negative naming the first rejected invoice; the batch stands or falls as a whole."""
    rejete = next((c.facture for c in constats if not c.praticien_connu), None)
    accuse: dict[str, Any] = {
        "type": "positive" if rejete is None else "negative",
        "lot": {"id": lot_id, "numero": numero, "date": date},
        "libelle": "Lot accepté" if rejete is None else "Numéro de professionnel inconnu de l'organisme",
    }
    if rejete is not None:
        accuse["factureRejetee"] = rejete.numero
    return accuse, Statut.ACCEPTED if rejete is None else Statut.REJECTED


def noemie(constats: list[Constat]) -> tuple[dict[str, Any], dict[str, Statut]]:
    """One line for each invoice and paying body: ``P`` paid, ``R`` rejected with its reason."""
    lignes: list[dict[str, Any]] = []
    statuts: dict[str, Statut] = {}
    for constat in constats:
        facture, total = constat.facture, constat.facture.total()
        paye = constat.droits_ouverts
        statuts[facture.facture_id] = Statut.PAID if paye else Statut.PAYMENT_REJECTED
        for organisme, montant in (("AMO", total.amo), ("AMC", total.du_amc)):
            if montant or organisme == "AMO":
                lignes.append(_ligne(facture, organisme, float(montant), paye=paye))
    return {"norme": "NOEMIE 578", "factures": lignes}, statuts


def _ligne(facture: Facture, organisme: str, montant: float, *, paye: bool) -> dict[str, Any]:
    total = facture.total()
    tiers = total.du_amo > 0 if organisme == "AMO" else True
    ligne: dict[str, Any] = {
        "numeroFacture": facture.numero,
        "organisme": organisme,
        "statut": "P" if paye else "R",
        "montant": montant if paye else 0.0,
        "destinataire": "professionnel" if tiers else "assuré",
    }
    if not paye:
        ligne["rejet"] = {
            "date": facture.date_elaboration.isoformat(),
            "organism_type": organisme,
            "code": "DROITS",
            "label": "Droits non ouverts à la date des soins",
            "level": "facture",
        }
    return ligne
