"""The living side of a prescription: statuses and counters of its lines (e-prescription §2.6).

``periodes = renouvellements + 1``; the due quantity of a period, the packs or sessions left and the renewals left all
follow from what was delivered, so a withdrawn delivery restores them by itself.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Literal, TypeAlias

from services.eprescription.domain.calendrier import plus_mois
from services.eprescription.domain.lignes import Ligne, LigneActe, LigneDM, LigneMed, LigneTransport
from services.eprescription.domain.machine import Statut, StatutLigne
from services.eprescription.domain.modele import Prescription

Unite: TypeAlias = Literal["conditionnement", "jour", "seance", "trajet"]
Completude: TypeAlias = Literal["FFC", "FFP", "RFC", "RFP"]

VALIDITE_MOIS = 12
OUVERTES = frozenset({StatutLigne.A_EXECUTER, StatutLigne.PARTIELLE, StatutLigne.NON_EXECUTEE, StatutLigne.SUSPENDUE})
A_DELIVRER = frozenset({StatutLigne.A_EXECUTER, StatutLigne.PARTIELLE, StatutLigne.NON_EXECUTEE})


def nombre(valeur: Decimal) -> int | float:
    """A quantity as JSON writes it: no ``2.0`` boxes."""
    return int(valeur) if valeur == valeur.to_integral_value() else float(valeur)


@dataclass(frozen=True, slots=True)
class EtatLigne:
    rang: int
    famille: str
    statut: StatutLigne
    unite: Unite
    due_par_periode: Decimal | None
    periodes: int
    delivre: Decimal = Decimal(0)
    premiere_delivrance: date | None = None
    derniere_delivrance: date | None = None
    prochaine_delivrance: date | None = None
    exceptionnelles: int = 0

    @property
    def quantite_prescrite(self) -> Decimal | None:
        return None if self.due_par_periode is None else self.due_par_periode * self.periodes

    @property
    def quantite_restante(self) -> Decimal | None:
        return None if self.quantite_prescrite is None else max(Decimal(0), self.quantite_prescrite - self.delivre)

    @property
    def quantite_due(self) -> Decimal | None:
        """What may be handed over now: the rest of the period begun, or a whole new period."""
        if self.due_par_periode is None or not self.quantite_restante:
            return self.quantite_restante
        return self.due_par_periode - self.delivre % self.due_par_periode

    @property
    def periode_complete(self) -> bool:
        """Nothing is left of the period begun (true before the first delivery)."""
        return self.due_par_periode is None or self.delivre % self.due_par_periode == 0

    @property
    def rang_delivrance(self) -> int:
        """1 for the first delivery, 2 for the first renewal …"""
        if self.due_par_periode is None:
            return 1 if not self.delivre else 2
        return int((self.delivre / self.due_par_periode).to_integral_value(ROUND_FLOOR)) + 1

    @property
    def renouvellements_restants(self) -> int:
        if self.due_par_periode is None:
            return max(0, self.periodes - 1)
        commencees = int((self.delivre / self.due_par_periode).to_integral_value(ROUND_CEILING))
        return self.periodes - max(1, min(commencees, self.periodes))

    @property
    def est_renouvellement(self) -> bool:
        """The next delivery opens a new period."""
        return self.delivre > 0 and self.periode_complete

    def to_json(self) -> dict[str, Any]:
        def jour(d: date | None) -> str | None:
            return d.isoformat() if d else None

        def quantite(d: Decimal | None) -> int | float | None:
            return nombre(d) if d is not None else None

        return {
            "rang": self.rang,
            "famille": self.famille,
            "statut": str(self.statut),
            "unite": self.unite,
            "dueParPeriode": quantite(self.due_par_periode),
            "periodes": self.periodes,
            "quantitePrescrite": quantite(self.quantite_prescrite),
            "quantiteDelivree": quantite(self.delivre),
            "quantiteRestante": quantite(self.quantite_restante),
            "quantiteDue": quantite(self.quantite_due),
            "renouvellementsRestants": self.renouvellements_restants,
            "rangDelivrance": self.rang_delivrance,
            "premiereDelivrance": jour(self.premiere_delivrance),
            "derniereDelivrance": jour(self.derniere_delivrance),
            "dateProchaineDelivrance": jour(self.prochaine_delivrance),
            "dispensationsExceptionnelles": self.exceptionnelles,
        }

    @classmethod
    def from_json(cls, d: dict[str, Any]) -> "EtatLigne":
        def jour(nom: str) -> date | None:
            return date.fromisoformat(d[nom]) if d.get(nom) else None

        return cls(
            rang=d["rang"],
            famille=d["famille"],
            statut=StatutLigne(d["statut"]),
            unite=d["unite"],
            due_par_periode=None if d["dueParPeriode"] is None else Decimal(str(d["dueParPeriode"])),
            periodes=d["periodes"],
            delivre=Decimal(str(d["quantiteDelivree"])),
            premiere_delivrance=jour("premiereDelivrance"),
            derniere_delivrance=jour("derniereDelivrance"),
            prochaine_delivrance=jour("dateProchaineDelivrance"),
            exceptionnelles=d.get("dispensationsExceptionnelles", 0),
        )


def _mesure(ligne: Ligne) -> tuple[Unite, Decimal | None]:
    """In what, and how much of it, one period of this line is counted."""
    match ligne:
        case LigneMed(quantite=quantite) if quantite is not None:
            return "conditionnement", Decimal(str(quantite.valeur))
        case LigneMed(duree_jours=duree):
            return "jour", Decimal(duree) if duree else None
        case LigneDM(duree_location_jours=jours, quantite=None, conditionnements=None) if jours:
            return "jour", Decimal(jours)
        case LigneDM(quantite=quantite, conditionnements=packs):
            compte = quantite or packs
            return "conditionnement", Decimal(str(compte)) if compte else None
        case LigneTransport(serie=serie, mode_retour=retour):
            return "trajet", Decimal((serie.nombre if serie else 1) * (2 if retour else 1))
        case LigneActe(nombre_seances=seances, nombre_passages=passages) if seances or passages:
            return "seance", Decimal(seances or passages or 0)
        case LigneActe(duree_jours=jours, passages_par_jour=par_jour) if jours and par_jour:
            return "seance", Decimal(jours * par_jour)
    return "seance", None


def etat_initial(ligne: Ligne) -> EtatLigne:
    unite, due = _mesure(ligne)
    periodes = (ligne.renouvellements or 0) + 1
    return EtatLigne(ligne.rang, ligne.famille, StatutLigne.A_EXECUTER, unite, due, periodes)


def fin_de_validite(p: Prescription) -> date:
    """The last day on which the prescription can be executed: what is written, and never over twelve months.

    An unknown end (CDA ``high nullFlavor="UNK"``) is twelve months after the day of writing.
    """
    plafond = plus_mois(p.date_de_redaction, VALIDITE_MOIS)
    return min(p.validite.fin, plafond) if p.validite and p.validite.fin else plafond


def completude(avant: EtatLigne, quantite: Decimal) -> Completude:
    """FFC, FFP, RFC or RFP (``completude_dispensation.csv``): which delivery, and all of what was due or not."""
    due = avant.quantite_due
    complete = due is None or quantite >= due
    if avant.rang_delivrance == 1:
        return "FFC" if complete else "FFP"
    return "RFC" if complete else "RFP"


def avancer(avant: EtatLigne, quantite: Decimal, le: date, couvre_jours: int | None) -> EtatLigne:
    """The line after a delivery; the status is decided by the machine from the counters."""
    delivre = avant.delivre + quantite
    apres = replace(
        avant,
        delivre=delivre,
        premiere_delivrance=avant.premiere_delivrance or le,
        derniere_delivrance=le,
        prochaine_delivrance=le + timedelta(days=couvre_jours) if couvre_jours else None,
    )
    return replace(apres, statut=statut_selon_compteurs(apres))


def statut_selon_compteurs(ligne: EtatLigne) -> StatutLigne:
    if not ligne.delivre:
        return StatutLigne.A_EXECUTER
    return StatutLigne.EXECUTEE if ligne.quantite_restante == 0 else StatutLigne.PARTIELLE


def statut_derive(lignes: tuple[EtatLigne, ...]) -> Statut:
    """The worst open line decides: nothing delivered → ACTIVE, something left → EN_COURS, nothing left → TERMINEE.

    NON_EXECUTEE is not final: another pharmacy may still deliver the line (``transitions.csv``).
    """
    if any(ligne.statut in OUVERTES for ligne in lignes):
        return Statut.EN_COURS if any(ligne.delivre for ligne in lignes) else Statut.ACTIVE
    if any(ligne.statut is StatutLigne.EXECUTEE for ligne in lignes):
        return Statut.TERMINEE
    if any(ligne.statut is StatutLigne.EXPIREE for ligne in lignes):
        return Statut.EXPIREE
    return Statut.ARRETEE if any(ligne.delivre for ligne in lignes) else Statut.ANNULEE
