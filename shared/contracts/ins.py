"""What ``ins`` tells the others: people known to the national identity base and their matricules."""

from typing import ClassVar

from shared.contracts.event import Event


class _PersonneINS(Event):
    """The traits INSi answers for one person (insi.md §2).

    ``matricule_ins`` is the active matricule, 15 characters (13 + key). ``liste_prenoms`` is the wire's
    ``ListePrenom``: given names in birth-record order, separated by one blank; ``prenom`` the first of them.
    ``date_naissance`` is ``YYYY-MM-DD`` as a string, because lunar and fictitious months (``1942-20-00``) are legal.
    """

    matricule_ins: str
    oid: str
    nom_naissance: str
    prenom: str
    liste_prenoms: str
    sexe: str
    date_naissance: str
    lieu_naissance: str | None = None
    rang_naissance: int = 1
    type_matricule: str = "NIR"


class PersonneCreee(_PersonneINS):
    """``ouvreurs_droit``: 13-character numbers of the insured persons whose card bears this one, if any."""

    subject: ClassVar[str] = "ins.personne.creee"
    ouvreurs_droit: list[str] = []


class PersonneModifiee(_PersonneINS):
    """Traits were corrected; ``champs`` names those that differ from before.

    Also told, with ``champs = ["matricule_ins"]``, right after a :class:`MatriculeChange`: the person as now.
    """

    subject: ClassVar[str] = "ins.personne.modifiee"
    champs: list[str] = []


class MatriculeChange(Event):
    """The active matricule of a person was replaced (NIA then NIR, change of sex); the old one is history."""

    subject: ClassVar[str] = "ins.matricule.change"
    ancien_matricule_ins: str
    ancien_oid: str
    matricule_ins: str
    oid: str
    motif: str | None = None
