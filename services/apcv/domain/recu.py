"""The receipt on the phone: seven days to download it, then it is lost (apcv.md §1, §10.6)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from services.apcv.domain.refus import Perime
from shared.errors import Interdit

DUREE = timedelta(days=7)


class RecuPerdu(Perime):
    slug = "recu-perdu"
    regle = "APCV-REC-01"


class RecuInterdit(Interdit):
    slug = "recu-interdit"
    regle = "APCV-REC-02"


@dataclass(frozen=True, slots=True)
class LigneRecu:
    libelle: str
    montant: Decimal
    amo: Decimal
    amc: Decimal


@dataclass(frozen=True, slots=True)
class Recu:
    recu_id: str
    facture_id: str
    lecteurs: tuple[str, ...]
    """Matricules of those who may read it: the holder, the parents of a minor, a delegate given a copy."""
    date_soins: str
    ps_nom: str
    ps_specialite: str | None
    beneficiaire_matricule: str
    beneficiaire_nom: str
    beneficiaire_prenom: str
    lignes: tuple[LigneRecu, ...]
    avance: Decimal
    emis_le: datetime
    telecharge_par: tuple[str, ...] = ()

    @property
    def disponible_jusquau(self) -> datetime:
        return self.emis_le + DUREE

    @property
    def total(self) -> Decimal:
        return sum((ligne.montant for ligne in self.lignes), Decimal("0.00"))

    @property
    def reste_a_charge(self) -> Decimal:
        return self.total - sum((ligne.amo + ligne.amc for ligne in self.lignes), Decimal("0.00"))

    def est_telecharge(self, lecteur: str) -> bool:
        return lecteur in self.telecharge_par

    def est_lisible(self, lecteur: str, *, at: datetime) -> bool:
        """Still offered, or kept for ever once downloaded."""
        return lecteur in self.lecteurs and (self.est_telecharge(lecteur) or at < self.disponible_jusquau)


def telecharger(recu: Recu, lecteur: str, *, at: datetime) -> Recu:
    """Downloaded once, kept indefinitely on that phone."""
    if lecteur not in recu.lecteurs:
        raise RecuInterdit(
            "Only the holder of the app and the parents of a minor may read this receipt.",
            "Seuls le titulaire de l'appli et les parents d'un mineur lisent ce reçu.",
        )
    if recu.est_telecharge(lecteur):
        return recu
    if at >= recu.disponible_jusquau:
        raise RecuPerdu(
            "This receipt was not downloaded within seven days: it is lost.",
            "Ce reçu n'a pas été téléchargé dans les sept jours : il est perdu.",
        )
    return replace(recu, telecharge_par=(*recu.telecharge_par, lecteur))


def en_json(recu: Recu, lecteur: str) -> dict[str, Any]:
    """The shape of §10.6; amounts in euros, as numbers like the invoice of §10.2."""
    return {
        "id": recu.recu_id,
        "dateSoins": recu.date_soins,
        "ps": {"nom": recu.ps_nom, "specialite": recu.ps_specialite},
        "beneficiaire": {"prenom": recu.beneficiaire_prenom, "nom": recu.beneficiaire_nom},
        "lignes": [
            {"libelle": li.libelle, "montant": float(li.montant), "amo": float(li.amo), "amc": float(li.amc)}
            for li in recu.lignes
        ],
        "total": float(recu.total),
        "resteACharge": float(recu.reste_a_charge),
        "avance": float(recu.avance),
        "disponibleJusquau": recu.disponible_jusquau.isoformat(),
        "telecharge": recu.est_telecharge(lecteur),
    }
