"""The published code tables this service decides from (``shared.nomenclatures``), indexed by code."""

from collections.abc import Mapping
from functools import cache

from shared.nomenclatures import Ligne, table


def lignes(nom: str) -> tuple[Ligne, ...]:
    return table(nom)


@cache
def par_code(nom: str, cle: str = "code") -> Mapping[str, Ligne]:
    return {ligne[cle]: ligne for ligne in table(nom)}
