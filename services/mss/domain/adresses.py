"""MSSanté addresses: the white list of domains, mailbox types (TRE_R257-TypeBAL), patient addresses.

``mssante.md`` §1.2 to §1.4.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from shared.errors import Invalide
from shared.identite.cles import cle_matricule
from shared.identite.ins import FORME

DOMAINE_PATIENT = "patient.mssante.fr"
LONGUEUR_MAX = 254

_ADRESSE = re.compile(r"([^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]{1,64})@([^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]{1,189})")


class TypeBal(StrEnum):
    """TRE_R257-TypeBAL (version 20231215); PATIENT is ours, for the citizen mailbox."""

    PER = "PER"
    ORG = "ORG"
    APP = "APP"
    CAB = "CAB"
    PATIENT = "PATIENT"


class AdresseInvalide(Invalide):
    slug, regle = "adresse-invalide", "MSS-ADR-01"


@dataclass(frozen=True, slots=True)
class Adresse:
    """A mail address in lower case: addresses are compared without regard to case."""

    locale: str
    domaine: str

    def __str__(self) -> str:
        return f"{self.locale}@{self.domaine}"

    @classmethod
    def lire(cls, texte: str, *, champ: str = "adresse") -> "Adresse":
        trouve = _ADRESSE.fullmatch(texte.strip()) if len(texte) <= LONGUEUR_MAX else None
        if trouve is None:
            raise AdresseInvalide(
                f"{texte[:80]!r} is not a mail address", f"{texte[:80]!r} n'est pas une adresse", champ=champ
            )
        return cls(trouve.group(1).lower(), trouve.group(2).lower().rstrip("."))

    @property
    def est_patient(self) -> bool:
        return self.domaine == DOMAINE_PATIENT

    @property
    def matricule(self) -> str:
        """The local part of a patient address, as a matricule INS (letters of Corsica in upper case)."""
        return self.locale.upper()


def adresse_patient(matricule_ins: str) -> str:
    return f"{matricule_ins.lower()}@{DOMAINE_PATIENT}"


def matricule_bien_forme(matricule: str, *, cle_stricte: bool = True) -> bool:
    """Whether a local part can be a matricule INS; official samples with a wrong key want ``cle_stricte=False``."""
    if not FORME.fullmatch(matricule):
        return False
    return not cle_stricte or cle_matricule(matricule[:13]) == matricule[13:]


@dataclass(frozen=True, slots=True)
class ListeBlanche:
    """The domains of the trust space (``espacedeconfiance.mssante.fr``): mail leaves for nowhere else."""

    domaines: frozenset[str]

    @classmethod
    def de(cls, domaines: Iterable[str]) -> "ListeBlanche":
        return cls(frozenset(d.lower() for d in domaines))

    def __contains__(self, domaine: object) -> bool:
        return isinstance(domaine, str) and domaine.lower() in self.domaines
