"""Write which published requirements the tests show: services/*/COVERAGE.md and docs/COVERAGE.md.

    python scripts/couverture.py [--check]

A test shows a requirement when it is marked ``@pytest.mark.exigence("ID")``, or when it compares an answer to that very
rule id. Requirements come from three places: the published tables, the refusals written in the code, the marks.
``--check`` writes nothing and fails when a file is out of date. Same tree, same bytes.
"""

import argparse
import ast
import contextlib
import csv
import io
import re
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

RACINE = Path(__file__).resolve().parent.parent
TABLES = RACINE / "shared" / "nomenclatures" / "tables"
ANNEAUX = ("unit", "api", "contract", "e2e", "blackbox")
SERVICES = ("ins", "adri", "apcv", "dmp", "mss", "eprescription")
PARTIES = (*SERVICES, "gateway", "shared")
DOSSIERS = {"psc": "gateway", "pki": "gateway", "console": "gateway", "control": "gateway", "edge": "gateway"}
# Which identifiers belong to whom, when neither the place of the test nor that of the code says it.
PREFIXES = (
    (re.compile(r"INSI|INS-|desir_|insi_|siram_"), "ins"),
    (re.compile(r"ADRI|adri"), "adri"),
    (re.compile(r"APCV|FSE|apcv"), "apcv"),
    (re.compile(r"DMP|AD-|TD\d|ITI-|MES-P|R1111|OPT-|CLO-|SUS-"), "dmp"),
    (re.compile(r"MSS|MES-|mss"), "mss"),
    (re.compile(r"EP-|ORD|GEN|PRE|DEL|STU"), "eprescription"),
    (re.compile(r"PSC|BAC-"), "gateway"),
)
PUBLIES = {
    "dmp": (("access_decision_table.csv", "id"), ("dmp_error_codes.csv", "code")),
    "eprescription": (("regles_controle.csv", "id"), ("erreurs.csv", "code")),
}
_ESSAIS_AFFICHES = 4


@dataclass
class Exigence:
    """What is known of one requirement."""

    source: str = ""
    """Where it is published, or the module that refuses by it."""
    codee: bool = False
    essais: set[str] = field(default_factory=set)

    @property
    def statut(self) -> str:
        if self.essais:
            return "shown"
        return "in the code" if self.codee else "published"


Registre = dict[str, dict[str, Exigence]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when a file is out of date")
    check = parser.parse_args().check
    from evenements import ecrire  # a sibling script

    registre = inventaire()
    pages = {RACINE / "docs" / "COVERAGE.md": sommaire(registre)}
    for partie in PARTIES:
        dossier = RACINE / ("services" if partie in SERVICES else "") / partie
        pages[dossier / "COVERAGE.md"] = page(partie, registre[partie])
    a_jour = [ecrire(cible, texte, check=check) for cible, texte in pages.items()]
    return 0 if all(a_jour) else 1


# -- gathering --------------------------------------------------------------------------------------------------------


def inventaire() -> Registre:
    registre: Registre = {p: {} for p in PARTIES}
    for partie, tables in PUBLIES.items():
        for table, colonne in tables:
            for identifiant in _colonne(table, colonne):
                registre[partie].setdefault(identifiant, Exigence()).source = f"`{table}`"
    for partie in PARTIES:
        racine = RACINE / ("services" if partie in SERVICES else "") / partie
        publiees = frozenset(registre[partie])
        for chemin in sorted(racine.rglob("*.py")):
            for identifiant in _regles_du_code(chemin, publiees):
                exigence = registre[partie].setdefault(identifiant, Exigence())
                exigence.codee = True
                exigence.source = exigence.source or f"`{chemin.relative_to(RACINE)}`"
    connues = {i: p for p in reversed(PARTIES) for i in registre[p]}
    for essai, identifiants in sorted(_essais(frozenset(connues)).items()):
        for identifiant in identifiants:
            partie = _partie(essai, identifiant, connues)
            ailleurs = registre[connues[identifiant]][identifiant] if identifiant in connues else Exigence()
            registre[partie].setdefault(identifiant, Exigence(ailleurs.source)).essais.add(essai)
    return registre


def _colonne(table: str, colonne: str) -> list[str]:
    with (TABLES / table).open(encoding="utf-8", newline="") as fichier:
        return [ligne[colonne] for ligne in csv.DictReader(fichier) if ligne[colonne]]


def _regles_du_code(chemin: Path, publiees: frozenset[str]) -> set[str]:
    """``regle="…"`` arguments, ``regle = "…"`` class attributes and published ids written in a module."""
    trouvees: set[str] = set()
    for noeud in ast.walk(ast.parse(chemin.read_text(encoding="utf-8"))):
        if isinstance(noeud, ast.Constant) and noeud.value in publiees:
            trouvees.add(str(noeud.value))
        elif _porte_une_regle(noeud):
            valeur = noeud.value  # type: ignore[attr-defined]  # both nodes have one
            if isinstance(valeur, ast.Constant) and isinstance(valeur.value, str) and valeur.value:
                trouvees.add(valeur.value)
    return trouvees


def _porte_une_regle(noeud: ast.AST) -> bool:
    if isinstance(noeud, ast.keyword):
        return noeud.arg == "regle"
    return isinstance(noeud, ast.Assign) and any(isinstance(c, ast.Name) and c.id == "regle" for c in noeud.targets)


class _Recolte:
    """A pytest plugin that keeps the collected tests and runs none."""

    def __init__(self) -> None:
        self.items: list[pytest.Item] = []

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.items.extend(items)


def _essais(connues: frozenset[str]) -> dict[str, set[str]]:
    recolte = _Recolte()
    dossiers = [str(RACINE / "tests" / a) for a in ANNEAUX if (RACINE / "tests" / a).is_dir()]
    sortie = io.StringIO()
    with contextlib.redirect_stdout(sortie), contextlib.redirect_stderr(sortie):
        code = pytest.main(
            ["--collect-only", "-q", "-p", "no:cacheprovider", f"--rootdir={RACINE}", *dossiers], plugins=[recolte]
        )
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        sys.exit(sortie.getvalue())
    trouves: dict[str, set[str]] = defaultdict(set)
    for item in recolte.items:
        essai = item.nodeid.partition("[")[0]
        for marque in item.iter_markers("exigence"):
            trouves[essai].update(str(a) for a in marque.args)
        nom = essai.rpartition("::")[2]
        trouves[essai].update(connues & _constantes(item.path).get(nom, frozenset()))
    return {e: i for e, i in trouves.items() if i}


@cache
def _constantes(chemin: Path) -> dict[str, frozenset[str]]:
    """The strings each test function of a module writes, its decorators included."""
    arbre = ast.parse(chemin.read_text(encoding="utf-8"))
    return {
        noeud.name: frozenset(
            n.value for n in ast.walk(noeud) if isinstance(n, ast.Constant) and isinstance(n.value, str)
        )
        for noeud in ast.walk(arbre)
        if isinstance(noeud, ast.FunctionDef | ast.AsyncFunctionDef) and noeud.name.startswith("test_")
    }


def _partie(essai: str, identifiant: str, connues: dict[str, str]) -> str:
    _, anneau, dossier = essai.split("/")[:3]
    if anneau in ("unit", "api"):
        dossier = DOSSIERS.get(dossier, dossier)
        return dossier if dossier in PARTIES else "shared"
    if identifiant in connues:
        return connues[identifiant]
    return next((p for motif, p in PREFIXES if motif.match(identifiant)), "shared")


# -- writing ----------------------------------------------------------------------------------------------------------

_AVERTISSEMENT = "Generated by `make coverage`; not written by hand.\n"
_LEGENDE = (
    "`shown`: a test is marked with it or compares an answer to it. `in the code`: we decide by it, and no test names\n"
    "it. `published`: in a table of the sources, and neither in the code nor in a test yet.\n"
)


def page(partie: str, exigences: dict[str, Exigence]) -> str:
    lignes = [f"# Coverage of {partie}\n", _AVERTISSEMENT, _LEGENDE, "| requirement | status | from | tests |"]
    lignes.append("|---|---|---|---|")
    for identifiant in sorted(exigences, key=_ordre):
        exigence = exigences[identifiant]
        source = exigence.source or "tests"
        lignes.append(f"| {_cellule(identifiant)} | {exigence.statut} | {source} | {_liste(exigence.essais)} |")
    return "\n".join(lignes) + "\n"


def sommaire(registre: Registre) -> str:
    lignes = ["# Coverage\n", _AVERTISSEMENT, _LEGENDE, "| part | shown | in the code | published | ledger |"]
    lignes.append("|---|---:|---:|---:|---|")
    for partie in PARTIES:
        comptes = [e.statut for e in registre[partie].values()]
        chemin = f"services/{partie}" if partie in SERVICES else partie
        nombres = " | ".join(str(comptes.count(s)) for s in ("shown", "in the code", "published"))
        lignes.append(f"| {partie} | {nombres} | [{chemin}/COVERAGE.md](../{chemin}/COVERAGE.md) |")
    return "\n".join(lignes) + "\n"


def _ordre(identifiant: str) -> tuple[tuple[int, int, str], ...]:
    """Natural order: MES-9 before MES-10."""
    morceaux = re.split(r"(\d+)", identifiant)
    return tuple((0, int(m), "") if m.isdigit() else (1, 0, m) for m in morceaux)


def _liste(essais: set[str]) -> str:
    tous = sorted(essais)
    montres = [f"`{e.removeprefix('tests/')}`" for e in tous[:_ESSAIS_AFFICHES]]
    reste = len(tous) - len(montres)
    return ", ".join(montres) + (f" and {reste} more" if reste else "")


def _cellule(texte: str) -> str:
    return texte.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
