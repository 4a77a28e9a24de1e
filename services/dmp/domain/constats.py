"""What a numbered check found, and how each profile of the bac weighs it (dmp.md §1 and §6.4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Gravite: TypeAlias = Literal["error", "warning"]
ProfilBac: TypeAlias = Literal["homologation", "standard", "lenient"]


@dataclass(frozen=True, slots=True)
class Constat:
    """One broken rule. ``code`` is the published error it maps to, ``champ`` the element in the words of the wire."""

    regle: str
    code: str
    fr: str
    en: str
    champ: str | None = None


# Severity by profile of each check, in the order homologation, standard, lenient. A rule that is not listed refuses in
# the first two and warns in the third (dmp.md §1: "store anything parseable").
_Triplet: TypeAlias = tuple[Gravite, Gravite, Gravite]
_TOUJOURS: Final[_Triplet] = ("error", "error", "error")
_STRICT: Final[_Triplet] = ("error", "warning", "warning")
_JAMAIS: Final[_Triplet] = ("warning", "warning", "warning")
GRAVITES: Final[dict[str, _Triplet]] = {
    "MD-01": _TOUJOURS,
    "MD-02": _TOUJOURS,
    "MD-03": _TOUJOURS,
    "MD-04": _TOUJOURS,
    "MD-05": _TOUJOURS,
    "MD-07": _STRICT,
    "MD-08": _STRICT,
    "MD-09": _STRICT,
    "MD-10": _TOUJOURS,
    "MD-11-W": _STRICT,
    "MD-12-VIHF": _STRICT,
    "MD-14": _TOUJOURS,
    "MD-15": _STRICT,
    "MD-16": _JAMAIS,
    "MD-17": _JAMAIS,
    "MD-18": _TOUJOURS,
    "MD-19": _JAMAIS,
    "MD-20": _JAMAIS,
    "PDSm-LIST": _STRICT,
}
_RANG: Final[dict[ProfilBac, int]] = {"homologation": 0, "standard": 1, "lenient": 2}


def gravite(regle: str, profil: ProfilBac) -> Gravite:
    """The longest listed prefix of the rule id decides."""
    candidats = [cle for cle in GRAVITES if regle == cle or regle.startswith(f"{cle}-")]
    if not candidats:
        return "warning" if profil == "lenient" else "error"
    return GRAVITES[max(candidats, key=len)][_RANG[profil]]


def trier(constats: Iterable[Constat], profil: ProfilBac) -> tuple[list[Constat], list[Constat]]:
    """Errors and warnings, each in the order of the rules."""
    erreurs: list[Constat] = []
    avertissements: list[Constat] = []
    for c in constats:
        (erreurs if gravite(c.regle, profil) == "error" else avertissements).append(c)
    return erreurs, avertissements
