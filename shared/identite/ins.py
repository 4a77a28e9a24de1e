"""Matricule INS, its nature (NIR or NIA) and the OID of its assigning authority (insi §2.1, §2.2)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

from shared.errors import Invalide
from shared.identite.cles import cle_matricule

OidMode: TypeAlias = Literal["qualif", "test"]

OID_NIR = "1.2.250.1.213.1.4.8"
OID_NIA = "1.2.250.1.213.1.4.9"
OID_NIR_TEST = "1.2.250.1.213.1.4.10"
OID_NIR_DEMO = "1.2.250.1.213.1.4.11"
OID_INS_C = "1.2.250.1.213.1.4.2"  # computed before 2020, never an INS

# S AA MM DD CCC OOO KK: sex, year, month (20-42 and 50-99 are fictitious months), department, commune, order, key.
FORME = re.compile(
    r"[123478][0-9]{2}(?:0[1-9]|1[0-2]|[23][0-9]|4[0-2]|[5-9][0-9])(?:[0-9]{2}|2[AB])[0-9]{6}[0-9]{2}", re.ASCII
)


class NatureMatricule(StrEnum):
    NIR = "NIR"
    NIA = "NIA"


_OIDS: dict[OidMode, dict[NatureMatricule, str]] = {
    "qualif": {NatureMatricule.NIR: OID_NIR, NatureMatricule.NIA: OID_NIA},
    "test": {NatureMatricule.NIR: OID_NIR_TEST, NatureMatricule.NIA: OID_NIR_DEMO},
}


@dataclass(frozen=True, slots=True, order=True)
class MatriculeIns:
    """Thirteen characters and their key, as one 15-character string: the form used on every wire.

    >>> MatriculeIns("285076311304226").cle
    '26'
    """

    valeur: str

    def __post_init__(self) -> None:
        _exiger_forme(self.valeur, "matricule_ins")
        if self.valeur[13:] != (attendue := cle_matricule(self.valeur[:13])):
            raise Invalide(
                f"the key of this matricule is {self.valeur[13:]}, computed {attendue}",
                f"la clé de ce matricule est {self.valeur[13:]}, calculée {attendue}",
                regle="INS-MAT-02",
                champ="matricule_ins",
            )

    @classmethod
    def lire(cls, texte: str, *, verifier_cle: bool = True) -> "MatriculeIns":
        """Understand what a person or a card gives: blanks dropped, upper case."""
        valeur = "".join(texte.split()).upper()
        return cls(valeur) if verifier_cle else cls.stocke(valeur)

    @classmethod
    def de(cls, num13: str, cle: str | None = None) -> "MatriculeIns":
        """From the two XSD elements ``NumIdentifiant`` and ``Cle``; without a key, compute it."""
        numero = num13.upper()
        if cle is None:
            _exiger_forme(numero + "00", "NumIdentifiant")
            cle = cle_matricule(numero)
        return cls(numero + cle)

    @classmethod
    def stocke(cls, valeur: str) -> "MatriculeIns":
        """A value that a national base holds: its form is checked, its key is not.

        Published qualification identities carry keys that do not satisfy the formula (insi §2.1, caveat).
        """
        _exiger_forme(valeur, "matricule_ins")
        matricule = object.__new__(cls)
        object.__setattr__(matricule, "valeur", valeur)
        return matricule

    @property
    def numero(self) -> str:
        return self.valeur[:13]

    @property
    def cle(self) -> str:
        return self.valeur[13:]

    @property
    def cle_est_juste(self) -> bool:
        return self.cle == cle_matricule(self.numero)

    def __str__(self) -> str:
        return self.valeur


def _exiger_forme(valeur: str, champ: str) -> None:
    if not FORME.fullmatch(valeur):
        raise Invalide(
            "a matricule INS is 13 characters (sex, year, month, department or 2A/2B, commune, order) and 2 key digits",
            "un matricule INS compte 13 caractères (sexe, année, mois, département ou 2A/2B, commune, ordre) et une "
            "clé de 2 chiffres",
            regle="INS-MAT-01",
            champ=champ,
        )


def oid(nature: NatureMatricule, mode: OidMode) -> str:
    """The OID that a bac in this mode gives to a matricule of this nature.

    The test and demonstration OIDs are both published for NIR only; no test OID exists for a NIA, so mode ``test``
    gives it .11 and keeps the two natures distinguishable.
    """
    return _OIDS[mode][nature]


def nature(oid_recu: str, mode: OidMode) -> NatureMatricule:
    """The nature an OID stands for in this mode; any other OID is refused, the old INS-C by name."""
    for valeur, attendu in _OIDS[mode].items():
        if oid_recu == attendu:
            return valeur
    if oid_recu == OID_INS_C:
        raise Invalide(
            "1.2.250.1.213.1.4.2 is the computed INS-C of before 2020: it is not an INS",
            "1.2.250.1.213.1.4.2 est l'INS-C calculé d'avant 2020 : ce n'est pas une INS",
            regle="INS-OID-02",
            champ="oid",
        )
    admis = ", ".join(_OIDS[mode].values())
    raise Invalide(
        f"unknown assigning authority {oid_recu!r}: this bac is in mode {mode} and knows {admis}",
        f"autorité d'affectation {oid_recu!r} inconnue : ce bac est en mode {mode} et connaît {admis}",
        regle="INS-OID-01",
        champ="oid",
    )


@dataclass(frozen=True, slots=True)
class Ins:
    """A matricule and its nature: enough to name the person on any wire once the bac's mode is known."""

    matricule: MatriculeIns
    nature: NatureMatricule = NatureMatricule.NIR

    def oid(self, mode: OidMode) -> str:
        return oid(self.nature, mode)

    def cx(self, mode: OidMode) -> str:
        """The HL7 CX form used by XDS and VIHF: ``<matricule>^^^&<OID>&ISO^NH``."""
        return f"{self.matricule}^^^&{self.oid(mode)}&ISO^NH"
