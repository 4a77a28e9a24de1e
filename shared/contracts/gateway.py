"""What the gateway tells the network: sessions that end, professionals that appear, clocks that move.

Architecture §6.
"""

from datetime import datetime
from typing import ClassVar

from shared.contracts.event import Event


class SessionClose(Event):
    """A Pro Santé Connect session is over: logout, revocation or code replay. Its tokens stop working.

    ``client_id`` is absent when the whole session ended; present, only the tokens whose ``azp`` is that client
    stop (revocation, code used twice): other clients of the same single sign-on keep theirs. Ruling 11.10.
    """

    subject: ClassVar[str] = "gateway.session.close"
    sid: str
    id_nat: str
    client_id: str | None = None


class ProfessionnelCree(Event):
    """A professional was added to this bac; whoever keeps a directory or mailboxes files them.

    The base fields are what every consumer needs; the rest is enough for a directory entry with one activity.
    """

    subject: ClassVar[str] = "gateway.professionnel.cree"
    id_nat: str
    nom: str
    prenom: str
    profession_code: str
    adresse_mss: str | None = None
    civilite: str | None = None
    savoir_faire: str | None = None
    structure_id: str | None = None
    structure_nom: str | None = None
    secteur_activite: str | None = None


class ProfessionnelModifie(Event):
    """The facts of a professional changed; carries the whole new state, never a difference."""

    subject: ClassVar[str] = "gateway.professionnel.modifie"
    id_nat: str
    nom: str
    prenom: str
    profession_code: str
    adresse_mss: str | None = None
    civilite: str | None = None
    savoir_faire: str | None = None
    structure_id: str | None = None
    structure_nom: str | None = None
    secteur_activite: str | None = None


class HorlogeAvancee(Event):
    """The bac's clock moved: services run what became due between ``ancien`` and ``nouveau``."""

    subject: ClassVar[str] = "gateway.horloge.avancee"
    ancien: datetime
    nouveau: datetime


class BacReinitialise(Event):
    """The bac was replaced by its template; events of earlier epochs are void (ruling 11.8)."""

    subject: ClassVar[str] = "gateway.bac.reinitialise"
    epoch: int = 0
    seed: str = "demo"
