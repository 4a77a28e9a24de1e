"""RPPS and national identifier of a person (PS_IdNat): pro-sante-connect §9, annuaire-sante §6.1."""

import re
from dataclasses import dataclass

from shared.errors import Invalide
from shared.identite.cles import luhn_cle, luhn_ok

OID_PS = "1.2.250.1.71.4.2.1"

_RPPS = re.compile(r"[0-9]{11}", re.ASCII)
# Prefixes: 0 ADELI, 1 cabinet ADELI, 3 FINESS, 4 SIREN, 5 SIRET, 6 cabinet RPPS (these five with "/register"), 8 RPPS.
_ID_NAT = re.compile(
    r"0[0-9A-Z]{9}"
    r"|1[0-9A-Z]{9}/[^/\s]{1,20}"
    r"|3[0-9][0-9AB][0-9]{7}/[^/\s]{1,20}"
    r"|4[0-9]{9}/[^/\s]{1,20}"
    r"|5[0-9]{14}/[^/\s]{1,20}"
    r"|6[0-9]{14}/[^/\s]{1,20}"
    r"|8[0-9]{11}"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    re.ASCII,
)
_ORIGINES = {
    "0": "ADELI",
    "1": "CAB_ADELI",
    "3": "FINESS",
    "4": "SIREN",
    "5": "SIRET",
    "6": "CAB_RPPS",
    "8": "RPPS",
}


@dataclass(frozen=True, slots=True, order=True)
class Rpps:
    """Eleven digits, the last one a Luhn key."""

    valeur: str

    def __post_init__(self) -> None:
        if not _RPPS.fullmatch(self.valeur) or not luhn_ok(self.valeur):
            raise Invalide(
                "an RPPS number is 11 digits, the last one a Luhn key",
                "un numéro RPPS compte 11 chiffres, le dernier étant une clé de Luhn",
                regle="PS-RPPS-01",
                champ="rpps",
            )

    @classmethod
    def de(cls, dix_chiffres: str) -> "Rpps":
        """Append the key."""
        return cls(dix_chiffres + luhn_cle(dix_chiffres))

    @property
    def id_nat(self) -> "PsIdNat":
        return PsIdNat(f"8{self.valeur}")

    def __str__(self) -> str:
        return self.valeur


@dataclass(frozen=True, slots=True, order=True)
class PsIdNat:
    """National identifier of a person: ``8`` + RPPS, ``3``/``5`` + structure + ``/`` + number, or a PSI UUID."""

    valeur: str

    def __post_init__(self) -> None:
        bien_forme = _ID_NAT.fullmatch(self.valeur) is not None
        if not bien_forme or (self.origine == "RPPS" and not luhn_ok(self.valeur[1:])):
            raise Invalide(
                "PS_IdNat is a type digit and an id: 8 + RPPS, 3 + FINESS/number, 5 + SIRET/number, 0 + ADELI …",
                "PS_IdNat est un chiffre de type et un identifiant : 8 + RPPS, 3 + FINESS/numéro, 5 + SIRET/numéro, "
                "0 + ADELI …",
                regle="PS-IDNAT-01",
                champ="id_nat",
            )

    @property
    def origine(self) -> str:
        """``RPPS``, ``ADELI``, ``FINESS``, ``SIRET`` …, or ``PSI`` for the UUIDs of Pro Santé Identité."""
        return "PSI" if "-" in self.valeur[:9] else _ORIGINES[self.valeur[0]]

    @property
    def rpps(self) -> Rpps | None:
        return Rpps(self.valeur[1:]) if self.origine == "RPPS" else None

    @property
    def structure(self) -> str | None:
        """The FINESS, SIREN, SIRET … in which the person is numbered, when it is."""
        return self.valeur[1:].partition("/")[0] if "/" in self.valeur else None

    def __str__(self) -> str:
        return self.valeur
