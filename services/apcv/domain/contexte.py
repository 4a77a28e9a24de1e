"""The apCV context: twenty minutes, one invoice, one professional (apcv.md §6).

``ACTIVE →(signerVitale)→ CONSUMED``, ``→(20 min)→ EXPIRED``, ``→(detruire, new read)→ DESTROYED``,
``→(opposition, revoked delegation, closed rights)→ REVOKED``. Only ACTIVE may sign.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from services.apcv.domain.lecture import Mode
from services.apcv.domain.refus import refus
from shared.contracts.apcv import ContexteConsomme, ContexteExpire, ContexteOuvert, ContexteRevoque

DUREE = timedelta(minutes=20)

Role: TypeAlias = Literal["titulaire", "delegataire"]
Motif: TypeAlias = Literal["destruction", "nouvelle_lecture", "opposition", "delegation_revoquee", "droits_fermes"]


class Etat(StrEnum):
    ACTIVE = "ACTIVE"
    CONSUMED = "CONSUMED"
    EXPIRED = "EXPIRED"
    DESTROYED = "DESTROYED"
    REVOKED = "REVOKED"


@dataclass(frozen=True, slots=True)
class Professionnel:
    """Who reads and signs: the CPS of the call is the CPS of the invoice (apcv.md §6, scope)."""

    identifiant_facturation: str
    code_specialite: str | None = None
    id_nat: str | None = None
    nom: str | None = None

    def est_le_meme(self, autre: "Professionnel") -> bool:
        """Same billing identity, and same person whenever both calls say who it is."""
        if self.identifiant_facturation != autre.identifiant_facturation:
            return False
        return self.id_nat is None or autre.id_nat is None or self.id_nat == autre.id_nat


@dataclass(frozen=True, slots=True)
class Contexte:
    identifiant: str
    token: str
    appli_id: str
    """The app of the holder, whose card it is."""
    matricule_ins: str
    beneficiaires: tuple[str, ...]
    professionnel: Professionnel
    mode: Mode
    ouvert_le: datetime
    expire_le: datetime
    role: Role = "titulaire"
    delegation_id: str | None = None
    etat: Etat = Etat.ACTIVE
    clos_le: datetime | None = None
    motif: Motif | None = None

    def evenement_ouvert(self) -> ContexteOuvert:
        return ContexteOuvert(
            occurred_at=self.ouvert_le,
            contexte_id=self.identifiant,
            matricule_ins=self.matricule_ins,
            beneficiaires=list(self.beneficiaires),
            role=self.role,
            professionnel_id_nat=self.professionnel.id_nat,
            professionnel_nom=self.professionnel.nom,
            identifiant_facturation=self.professionnel.identifiant_facturation,
            mode=self.mode,
            expire_le=self.expire_le,
        )


def expirer(contexte: Contexte, *, at: datetime) -> tuple[Contexte, ContexteExpire | None]:
    """Close the context if its time has come; it died at ``expire_le``, whenever we notice."""
    if contexte.etat is not Etat.ACTIVE or at < contexte.expire_le:
        return contexte, None
    clos = replace(contexte, etat=Etat.EXPIRED, clos_le=contexte.expire_le)
    return clos, ContexteExpire(occurred_at=contexte.expire_le, expire_le=contexte.expire_le, **_faits(contexte))


def exiger_signature_possible(contexte: Contexte, ps: Professionnel, *, at: datetime) -> None:
    """Only an ACTIVE context, in the hands of the professional who opened it, may sign."""
    if not contexte.professionnel.est_le_meme(ps):
        raise refus(
            "APCV-111",
            "Le contexte a été ouvert par un autre professionnel.",
            "The context was opened by another professional.",
            champ="ContexteApCV",
        )
    if contexte.etat is Etat.ACTIVE and at < contexte.expire_le:
        return
    match contexte.etat:
        case Etat.CONSUMED:
            raise refus("APCV-211", champ="ContexteApCV")
        case Etat.ACTIVE | Etat.EXPIRED:
            raise refus("APCV-202", champ="ContexteApCV")
        case Etat.REVOKED if contexte.motif == "delegation_revoquee":
            raise refus("APCV-231", champ="ContexteApCV")
        case Etat.REVOKED if contexte.motif == "droits_fermes":
            raise refus("APCV-222", champ="ContexteApCV")
        case Etat.REVOKED:
            raise refus("APCV-221", champ="ContexteApCV")
        case Etat.DESTROYED:
            raise refus("APCV-201", "Il a été détruit.", "It was destroyed.", champ="ContexteApCV")


def consommer(contexte: Contexte, ps: Professionnel, *, at: datetime) -> tuple[Contexte, ContexteConsomme]:
    """Sign: the one invoice of this context."""
    exiger_signature_possible(contexte, ps, at=at)
    clos = replace(contexte, etat=Etat.CONSUMED, clos_le=at)
    return clos, ContexteConsomme(occurred_at=at, **_faits(contexte))


def detruire(
    contexte: Contexte, *, at: datetime, motif: Literal["destruction", "nouvelle_lecture"] = "destruction"
) -> tuple[Contexte, ContexteRevoque | None]:
    """The software lets go of the context. Destroying what is already closed is not an error, and tells nobody."""
    return _fermer(contexte, Etat.DESTROYED, motif, at)


def revoquer(contexte: Contexte, motif: Motif, *, at: datetime) -> tuple[Contexte, ContexteRevoque | None]:
    """The card behind the context lost its right to speak."""
    return _fermer(contexte, Etat.REVOKED, motif, at)


def exiger_beneficiaire(contexte: Contexte, matricule_ins: str) -> None:
    """The person treated must be one the context speaks for (APCV-231 when only a delegation stands in the way)."""
    if matricule_ins in contexte.beneficiaires:
        return
    if contexte.role == "delegataire":
        raise refus("APCV-231", champ="NIRCertifie")
    raise refus("APCV-212", champ="NIRCertifie")


def _fermer(contexte: Contexte, etat: Etat, motif: Motif, at: datetime) -> tuple[Contexte, ContexteRevoque | None]:
    if contexte.etat is not Etat.ACTIVE or at >= contexte.expire_le:
        return contexte, None
    clos = replace(contexte, etat=etat, clos_le=at, motif=motif)
    return clos, ContexteRevoque(occurred_at=at, motif=motif, **_faits(contexte))


def _faits(contexte: Contexte) -> dict[str, Any]:
    return {
        "contexte_id": contexte.identifiant,
        "matricule_ins": contexte.matricule_ins,
        "beneficiaires": list(contexte.beneficiaires),
        "professionnel_id_nat": contexte.professionnel.id_nat,
        "identifiant_facturation": contexte.professionnel.identifiant_facturation,
    }
