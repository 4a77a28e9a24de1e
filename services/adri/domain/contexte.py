"""Only an open apCV context may ask (architecture §6, apcv.md §6)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from services.adri.domain.fautes import FauteADRi, refuser
from shared.decision import Decision, noter

EXAMINEES = ("APCV-201", "APCV-211", "APCV-202", "APCV-111", "APCV-212")
"""The rules a context is held to, in the order they are looked at."""

EtatContexte: TypeAlias = Literal["ouvert", "consomme", "expire", "revoque"]


@dataclass(frozen=True, slots=True)
class ContexteApcv:
    """What ``apcv`` told us of a context."""

    id: str
    etat: EtatContexte
    expire_le: datetime
    beneficiaires: tuple[str, ...]
    identifiant_facturation: str


def verifier(
    contexte: ContexteApcv | None, *, at: datetime, matricule: str | None, identifiant_facturation: str | None
) -> None:
    """Refuse a context that is unknown, dead, somebody else's, or silent about this beneficiary.

    ``matricule`` is the beneficiary's when we know one, ``identifiant_facturation`` the caller's
    when the wire gives it.
    """
    if contexte is None:
        raise _refus("APCV-201", None, at)
    if contexte.etat == "consomme":
        raise _refus("APCV-211", contexte, at)
    if contexte.etat == "revoque":
        raise _refus("APCV-201", contexte, at)
    if contexte.etat == "expire" or at >= contexte.expire_le:
        raise _refus("APCV-202", contexte, at)
    if identifiant_facturation is not None and identifiant_facturation != contexte.identifiant_facturation:
        raise _refus("APCV-111", contexte, at, champ="identifiantFacturation")
    if matricule is not None and matricule not in contexte.beneficiaires:
        raise _refus("APCV-212", contexte, at, champ="beneficiaire")
    noter(
        Decision(
            "ADRI-APCV-OUVERT",
            "accepte",
            fr="Le contexte apCV est ouvert et couvre ce bénéficiaire.",
            en="The apCV context is open and covers this beneficiary.",
            entrees={"contexte": contexte.id},
            examinees=EXAMINEES,
            source="apcv.md §6",
        )
    )


def _refus(code: str, contexte: ContexteApcv | None, at: datetime, champ: str = "idContexteApCV") -> FauteADRi:
    entrees: dict[str, str] = {"a": at.isoformat()}
    if contexte is not None:
        entrees |= {"contexte": contexte.id, "etat": contexte.etat, "expire_le": contexte.expire_le.isoformat()}
    return refuser(code, champ=champ, examinees=EXAMINEES, entrees=entrees, source="apcv.md §6, §8")
