"""The glossary stays sorted, complete and without doubles."""

import re
import unicodedata
from pathlib import Path

GLOSSAIRE = Path(__file__).resolve().parents[3] / "docs" / "glossaire.md"
FICHES = [
    "insi",
    "adri",
    "apcv",
    "dmp",
    "mssante",
    "annuaire-sante",
    "mon-espace-sante",
    "eprescription",
    "pro-sante-connect",
    "architecture",
]


def lignes() -> list[list[str]]:
    corps = [ligne for ligne in GLOSSAIRE.read_text(encoding="utf-8").splitlines() if ligne.startswith("| ")]
    return [[c.strip() for c in ligne.strip("|").split("|")] for ligne in corps[1:]]


def cle(mot: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", mot.casefold()) if not unicodedata.combining(c))


def test_every_term_has_both_languages_and_a_source_one_can_open() -> None:
    assert len(lignes()) >= 80
    for terme, long, en, fr, source in lignes():
        assert all((terme, long, en, fr, source))
        assert en != fr
        citees = re.findall(r"([a-z-]+) §[0-9.]+", source)
        assert citees, terme
        assert set(citees) <= set(FICHES), terme


def test_terms_are_sorted_and_unique() -> None:
    termes = [cle(ligne[0]) for ligne in lignes()]

    assert termes == sorted(termes)
    assert len(set(termes)) == len(termes)
