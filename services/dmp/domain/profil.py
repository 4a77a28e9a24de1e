"""The life of a Mon espace santé profile (mes_profile_state_machine.csv, CSP R1111-28 and R1111-36)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.dmp.domain.situation import EtatVu
from shared.errors import Conflit


class Etat(StrEnum):
    ELIGIBLE = "ELIGIBLE"
    NOTIFIED = "NOTIFIED"
    OPPOSED = "OPPOSED"
    OPEN_NOT_ACTIVATED = "OPEN_NOT_ACTIVATED"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    CLOSED = "CLOSED"
    CLOSED_DECEASED = "CLOSED_DECEASED"
    ERASED = "ERASED"


class Evenement(StrEnum):
    INFORMER = "send_information"
    ACTIVER = "activate"
    OPPOSER = "oppose"
    OUVRIR = "timer 6 weeks"
    FERMER = "close"
    ROUVRIR = "reopen"
    EFFACER = "express_delete"
    DETRUIRE = "timer 10 years"
    SUSPENDRE = "suspend"
    CONTESTER = "objection by holder"
    NON_CONTESTE = "timer 6 weeks without objection"
    DECES = "death recorded"
    MAJORITE = "18th birthday"


VU: Final[dict[Etat, EtatVu]] = {
    Etat.ELIGIBLE: EtatVu.AUCUN,
    Etat.NOTIFIED: EtatVu.AUCUN,
    Etat.ERASED: EtatVu.AUCUN,
    Etat.OPPOSED: EtatVu.OPPOSE,
    Etat.OPEN_NOT_ACTIVATED: EtatVu.OUVERT,
    Etat.ACTIVE: EtatVu.OUVERT,
    Etat.SUSPENDED: EtatVu.OUVERT,
    Etat.CLOSED: EtatVu.CLOS,
    Etat.CLOSED_DECEASED: EtatVu.CLOS,
}

DELAI_OPPOSITION: Final = timedelta(days=42)
"""Six weeks (CSP R1111-28); the 2021 webinar says one month and ten days. A setting of the bac changes it."""
DELAI_CONTESTATION: Final = timedelta(days=42)
DELAI_EFFACEMENT: Final = timedelta(days=90)
"""Express deletion, at latest three months after the request (CSP R1111-36)."""
CONSERVATION: Final = timedelta(days=3653)
"""Ten years of archive after closing (CSP R1111-36)."""

MOTIF_DEMANDE: Final = "FERMETURE_DEMANDE_PATIENT"
MOTIF_DECES: Final = "FERMETURE_DECES"
MOTIF_ADMIN: Final = "FERMETURE_ADMIN"


@dataclass(frozen=True, slots=True)
class Transition:
    id: str
    de: frozenset[Etat]
    evenement: Evenement
    vers: Etat
    commentaire: str


def _etats(texte: str) -> frozenset[Etat]:
    return frozenset(Etat(re.sub(r"\s*\(.*?\)", "", mot).strip()) for mot in texte.split("/"))


def _evenement(texte: str) -> Evenement:
    nu = re.sub(r"\s*\(.*\)\s*$", "", texte).strip()
    return Evenement(nu)


class TransitionInterdite(Conflit):
    slug = "transition-interdite"
    regle = "MES-EM-00"


class MachineProfil:
    """The transitions of the published table; row *n* is rule ``MES-EM-n``."""

    def __init__(self, lignes: Iterable[Mapping[str, str]]) -> None:
        self.transitions = tuple(
            Transition(
                f"MES-EM-{n:02d}",
                _etats(ligne["from"]),
                _evenement(ligne["event"]),
                next(iter(_etats(ligne["to"]))),
                ligne["comment"],
            )
            for n, ligne in enumerate(lignes, start=1)
        )

    def transition(self, etat: Etat, evenement: Evenement) -> Transition:
        for t in self.transitions:
            if etat in t.de and t.evenement is evenement:
                return t
        if etat is Etat.ERASED and evenement is Evenement.ACTIVER:
            # Not a row of the table: "a new space may be opened" (CSP R1111-36, mon-espace-sante.md §3).
            return Transition("MES-EM-T5", frozenset({etat}), evenement, Etat.ACTIVE, "new space after deletion")
        permis = sorted({t.evenement.value for t in self.transitions if etat in t.de})
        raise TransitionInterdite(
            f"a profile {etat.value} does not know the event {evenement.value!r}; "
            f"it knows {', '.join(permis) or 'none'}",
            f"un profil {etat.value} ne connaît pas l'événement {evenement.value!r} ; il connaît "
            f"{', '.join(permis) or 'aucun événement'}",
            champ="decision",
            membres={"code": _CODES_MES.get((etat, evenement), "MES_TRANSITION"), "retryable": False},
        )


_CODES_MES: Final = {
    (Etat.ACTIVE, Evenement.ACTIVER): "MES_ALREADY_ACTIVE",
    (Etat.OPPOSED, Evenement.OPPOSER): "MES_OPPOSED",
    (Etat.SUSPENDED, Evenement.ACTIVER): "MES_SUSPENDED",
}


@dataclass(frozen=True, slots=True)
class Profil:
    """A person's space: its state, since when, and the settings that change what professionals may do."""

    matricule_ins: str
    oid: str
    etat: Etat
    depuis: datetime
    informe_le: datetime | None = None
    effacement_demande_le: datetime | None = None
    motif_fermeture: str | None = None
    raison_fermeture: str | None = None

    @property
    def vu(self) -> EtatVu:
        return VU[self.etat]


def echeance(p: Profil, *, opposition: timedelta = DELAI_OPPOSITION) -> tuple[datetime, Evenement] | None:
    """When the profile changes by itself, and by which event; ``None`` when it never does."""
    if p.etat is Etat.NOTIFIED:
        return (p.informe_le or p.depuis) + opposition, Evenement.OUVRIR
    if p.etat is Etat.SUSPENDED:
        return p.depuis + DELAI_CONTESTATION, Evenement.NON_CONTESTE
    if p.etat is Etat.CLOSED:
        if p.effacement_demande_le is not None:
            return p.effacement_demande_le + DELAI_EFFACEMENT, Evenement.EFFACER
        return p.depuis + CONSERVATION, Evenement.DETRUIRE
    return None


def appliquer(
    machine: MachineProfil, p: Profil, evenement: Evenement, *, at: datetime, motif: str | None = None
) -> tuple[Profil, Transition]:
    """The profile after the event. Dates follow the fact: a late timer opens the profile at its due date."""
    t = machine.transition(p.etat, evenement)
    ferme = t.vers in {Etat.CLOSED, Etat.CLOSED_DECEASED}
    motif_fermeture = (motif or _MOTIFS.get(evenement, MOTIF_DEMANDE)) if ferme else None
    suivant = replace(
        p,
        etat=t.vers,
        depuis=at,
        informe_le=at if evenement is Evenement.INFORMER else p.informe_le,
        motif_fermeture=motif_fermeture,
        raison_fermeture=None if not ferme else p.raison_fermeture,
        effacement_demande_le=p.effacement_demande_le if t.vers is Etat.CLOSED else None,
    )
    return suivant, t


_MOTIFS: Final = {
    Evenement.DECES: MOTIF_DECES,
    Evenement.NON_CONTESTE: MOTIF_ADMIN,
    Evenement.FERMER: MOTIF_DEMANDE,
}


def derouler(
    machine: MachineProfil, p: Profil, *, now: datetime, opposition: timedelta = DELAI_OPPOSITION
) -> tuple[Profil, list[Transition]]:
    """Apply every timer that is due at ``now``, in order, each at its own due date."""
    faites: list[Transition] = []
    while (due := echeance(p, opposition=opposition)) is not None and due[0] <= now:
        p, t = appliquer(machine, p, due[1], at=due[0])
        faites.append(t)
    return p, faites
