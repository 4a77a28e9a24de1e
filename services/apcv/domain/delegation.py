"""Delegation to a person of trust, thirty days at most (apcv.md §1, §7.E)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.apcv.domain.refus import refus
from shared.errors import Conflit, Invalide

DUREE_MAXIMALE = timedelta(days=30)


class Etat(StrEnum):
    PROPOSEE = "PROPOSEE"
    ACCEPTEE = "ACCEPTEE"
    REFUSEE = "REFUSEE"
    REVOQUEE = "REVOQUEE"


class DelegationNonModifiable(Conflit):
    slug = "delegation-non-modifiable"
    regle = "APCV-DEL-02"


@dataclass(frozen=True, slots=True)
class Delegation:
    delegation_id: str
    titulaire: str
    """Matricule INS of the holder."""
    delegue: str
    """Matricule INS of the person of trust, who has an app of their own."""
    beneficiaires: tuple[str, ...]
    debut: datetime
    fin: datetime
    etat: Etat = Etat.PROPOSEE
    copie_recu: bool = False
    """The delegate gets a copy of the receipts."""

    def est_valable(self, at: datetime) -> bool:
        return self.etat is Etat.ACCEPTEE and self.debut <= at < self.fin


def proposer(
    delegation_id: str,
    titulaire: str,
    delegue: str,
    beneficiaires: tuple[str, ...],
    fin: datetime,
    *,
    ouverts: tuple[str, ...],
    at: datetime,
    copie_recu: bool = False,
) -> Delegation:
    """A proposal the delegate has yet to accept; ``ouverts`` are the people on the holder's app."""
    if delegue == titulaire:
        raise _invalide("A holder cannot delegate to themself.", "On ne se délègue pas sa propre carte.", "delegue")
    if fin <= at or fin > at + DUREE_MAXIMALE:
        raise _invalide(
            "The end must be in the future and within 30 days.",
            "La fin doit être à venir et à 30 jours au plus.",
            "fin",
        )
    if not beneficiaires or not set(beneficiaires) <= set(ouverts):
        raise _invalide(
            "Delegate at least one person of the holder's own card, and no other.",
            "Déléguez au moins une personne de la carte du titulaire, et aucune autre.",
            "beneficiaires",
        )
    return Delegation(delegation_id, titulaire, delegue, beneficiaires, at, fin, copie_recu=copie_recu)


def accepter(delegation: Delegation, *, at: datetime) -> Delegation:
    if delegation.etat is Etat.ACCEPTEE:
        return delegation
    if delegation.etat is not Etat.PROPOSEE or at >= delegation.fin:
        raise _fermee(delegation)
    return replace(delegation, etat=Etat.ACCEPTEE)


def refuser(delegation: Delegation) -> Delegation:
    if delegation.etat is Etat.REFUSEE:
        return delegation
    if delegation.etat is not Etat.PROPOSEE:
        raise _fermee(delegation)
    return replace(delegation, etat=Etat.REFUSEE)


def revoquer(delegation: Delegation) -> Delegation:
    """At any time, by the holder; twice is once."""
    return replace(delegation, etat=Etat.REVOQUEE)


def exiger_valable(delegation: Delegation | None, delegue: str, *, at: datetime) -> Delegation:
    """APCV-231 unless this delegate may present this card now."""
    if delegation is None or delegation.delegue != delegue or not delegation.est_valable(at):
        raise refus("APCV-231")
    return delegation


def _invalide(en: str, fr: str, champ: str) -> Invalide:
    return Invalide(en, fr, regle="APCV-DEL-01", champ=champ)


def _fermee(delegation: Delegation) -> DelegationNonModifiable:
    return DelegationNonModifiable(
        f"This delegation is {delegation.etat}.", f"Cette délégation est {delegation.etat}.", champ="etat"
    )
