"""Code tables as package data: value sets, rules and error catalogues, each with its source and version.

    >>> libelle("tre_r02_secteur_activite", "SA07")
    'Cabinet individuel'

Tables are read on first use and kept; rows are read-only. ``index.json`` is written by ``scripts/nomenclatures.py``.
"""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TypeAlias

Ligne: TypeAlias = Mapping[str, str]

__all__ = ["Fiche", "Ligne", "codes", "fiche", "fiches", "libelle", "ligne", "lignes", "octets", "table"]


@dataclass(frozen=True, slots=True)
class Fiche:
    """The index entry of a table."""

    nom: str
    fichier: str
    colonnes: tuple[str, ...]
    cle: str
    libelle: str
    lignes: int
    source: str
    version: str
    sha256: str


@cache
def fiches() -> Mapping[str, Fiche]:
    """Every table we ship, by name."""
    index = json.loads(files(__name__).joinpath("index.json").read_text(encoding="utf-8"))
    return MappingProxyType(
        {nom: Fiche(nom=nom, **{**d, "colonnes": tuple(d["colonnes"])}) for nom, d in index["tables"].items()}
    )


def fiche(nom: str) -> Fiche:
    """The index entry; an unknown name is a mistake of ours and raises KeyError."""
    return fiches()[nom]


@cache
def table(nom: str) -> tuple[Ligne, ...]:
    """All rows, in file order, as read-only mappings from column to text."""
    texte = octets(nom).decode("utf-8")
    return tuple(MappingProxyType(ligne) for ligne in csv.DictReader(io.StringIO(texte, newline="")))


def octets(nom: str) -> bytes:
    """The file as shipped."""
    return files(__name__).joinpath(fiche(nom).fichier).read_bytes()


@cache
def _par_cle(nom: str) -> Mapping[str, Ligne]:
    cle = fiche(nom).cle
    index: dict[str, Ligne] = {}
    for rangee in table(nom):
        index.setdefault(rangee[cle], rangee)
    return MappingProxyType(index)


def ligne(nom: str, code: str) -> Ligne | None:
    """The first row whose key column holds this code, or None."""
    return _par_cle(nom).get(code)


def lignes(nom: str, **criteres: str) -> tuple[Ligne, ...]:
    """The rows equal to all criteria (column names that are Python names)."""
    return tuple(r for r in table(nom) if all(r[colonne] == valeur for colonne, valeur in criteres.items()))


def codes(nom: str) -> frozenset[str]:
    return frozenset(_par_cle(nom))


def libelle(nom: str, code: str, defaut: str = "") -> str:
    """The label of a code, or ``defaut``."""
    rangee = ligne(nom, code)
    return defaut if rangee is None else rangee[fiche(nom).libelle]
