"""Identifiers of structures: FINESS, SIREN, SIRET and struct_idNat (annuaire-sante §6.2 to §6.4)."""

import re
from dataclasses import dataclass
from enum import StrEnum

from shared.errors import Invalide
from shared.identite.cles import luhn_cle, luhn_ok

OID_STRUCTURE = "1.2.250.1.71.4.2.2"

_FINESS = re.compile(r"[0-9][0-9AB][0-9]{7}", re.ASCII)
_POSTE = "356000000"


@dataclass(frozen=True, slots=True, order=True)
class Finess:
    """Nine characters, department first, Luhn key last; the key of a Corsican number (2A, 2B) is not documented."""

    valeur: str

    def __post_init__(self) -> None:
        bien_forme = _FINESS.fullmatch(self.valeur) is not None
        if not bien_forme or (self.valeur.isdigit() and not luhn_ok(self.valeur)):
            raise Invalide(
                "a FINESS number is 9 characters (department first, 2A/2B for Corsica), the last one a Luhn key",
                "un numéro FINESS compte 9 caractères (département d'abord, 2A/2B en Corse), le dernier étant une clé "
                "de Luhn",
                regle="ST-FINESS-01",
                champ="finess",
            )

    @classmethod
    def de(cls, huit_chiffres: str) -> "Finess":
        return cls(huit_chiffres + luhn_cle(huit_chiffres))

    def __str__(self) -> str:
        return self.valeur


@dataclass(frozen=True, slots=True, order=True)
class Siren:
    valeur: str

    def __post_init__(self) -> None:
        if len(self.valeur) != 9 or not luhn_ok(self.valeur):
            raise _refus("a SIREN is 9 digits with a Luhn key", "un SIREN compte 9 chiffres, clé de Luhn", "siren")

    def __str__(self) -> str:
        return self.valeur


@dataclass(frozen=True, slots=True, order=True)
class Siret:
    """Fourteen digits, Luhn; sites of La Poste may instead have a digit sum multiple of 5."""

    valeur: str

    def __post_init__(self) -> None:
        v = self.valeur
        if len(v) != 14 or not (v.isascii() and v.isdigit()) or not (luhn_ok(v) or _est_poste(v)):
            raise _refus("a SIRET is 14 digits with a Luhn key", "un SIRET compte 14 chiffres, clé de Luhn", "siret")

    @property
    def siren(self) -> Siren:
        return Siren(self.valeur[:9])

    def __str__(self) -> str:
        return self.valeur


class TypeStructure(StrEnum):
    """TRE_G07-TypeIdentifiantStructure, the active one-digit types."""

    CABINET_ADELI = "0"
    FINESS = "1"
    SIREN = "2"
    SIRET = "3"
    CABINET_RPPS = "4"


@dataclass(frozen=True, slots=True, order=True)
class IdentifiantStructure:
    """struct_idNat: a type digit and an identifier, ``1990000010`` or ``499700990015001``."""

    valeur: str

    def __post_init__(self) -> None:
        genre, identifiant = self.valeur[:1], self.valeur[1:]
        match genre:
            case TypeStructure.FINESS:
                Finess(identifiant)
            case TypeStructure.SIREN:
                Siren(identifiant)
            case TypeStructure.SIRET:
                Siret(identifiant)
            case TypeStructure.CABINET_RPPS if re.fullmatch(r"[0-9]{14}", identifiant, re.ASCII):
                pass
            case TypeStructure.CABINET_ADELI if re.fullmatch(r"[0-9A-Z]{9,14}", identifiant, re.ASCII):
                pass
            case _:
                raise _refus(
                    "a structure identifier is a type digit and an id: 1 + FINESS, 2 + SIREN, 3 + SIRET, 4 + RPPS+rank",
                    "un identifiant de structure est un chiffre de type et un numéro : 1 + FINESS, 2 + SIREN, "
                    "3 + SIRET, 4 + RPPS + rang",
                    "structure_id",
                )

    @property
    def type(self) -> TypeStructure:
        return TypeStructure(self.valeur[0])

    @property
    def identifiant(self) -> str:
        return self.valeur[1:]

    def __str__(self) -> str:
        return self.valeur


def _est_poste(siret: str) -> bool:
    return siret.startswith(_POSTE) and sum(map(int, siret)) % 5 == 0


def _refus(en: str, fr: str, champ: str) -> Invalide:
    return Invalide(en, fr, regle=f"ST-{champ.upper().replace('_', '-')}-01", champ=champ)
