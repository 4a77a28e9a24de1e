"""The rules of the house, as tests: what reviews would otherwise have to remember."""

import ast
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fastapi import FastAPI

from gateway.app import Passerelle, Porte
from shared.edge.fautes_nommees import nommees
from shared.events.bus import InProcessBus

RACINE = Path(__file__).resolve().parents[2]
SERVICES = ("ins", "adri", "apcv", "dmp", "mss", "eprescription")
CODE = ("services", "gateway", "shared", "bacasante")
LIGNES_MAX = 400
TEXTE = {".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".json", ".html", ".css", ".js", ".mjs", ".sh", ".csv", ".in"}
ABSENTS = {"build", "node_modules", "__pycache__"}


def _modules(*dossiers: str) -> list[Path]:
    return [p for d in dossiers for p in sorted((RACINE / d).rglob("*.py")) if "versions" not in p.parts]


@cache
def _arbre(chemin: Path) -> ast.Module:
    return ast.parse(chemin.read_text(encoding="utf-8"))


def _nom(chemin: Path) -> str:
    return str(chemin.relative_to(RACINE))


def _importes(chemin: Path) -> Iterator[str]:
    for noeud in ast.walk(_arbre(chemin)):
        if isinstance(noeud, ast.Import):
            yield from (a.name for a in noeud.names)
        elif isinstance(noeud, ast.ImportFrom) and noeud.module:
            yield noeud.module
            yield from (a.name for a in noeud.names)


def _script(nom: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(nom, RACINE / "scripts" / f"{nom}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_refusal_is_never_an_exception_of_the_framework() -> None:
    assert [_nom(p) for p in _modules("services", "gateway") if "HTTPException" in _importes(p)] == []


def test_only_the_shared_client_and_the_command_speak_http_outwards() -> None:
    """A service meets its siblings through ``ctx.passerelle``, so that one bac cannot call into another."""
    clients = {"requests", "httpx", "aiohttp", "urllib.request"}
    fautifs = {_nom(p) for p in _modules("services", "gateway") if clients & set(_importes(p))}
    assert fautifs <= {"gateway/oidc/notification.py"}  # CIBA pings the client's own endpoint


def test_nothing_between_the_server_and_a_route_buffers_the_exchange() -> None:
    assert [_nom(p) for p in _modules(*CODE) if "BaseHTTPMiddleware" in _importes(p)] == []


def test_every_endpoint_is_asynchronous() -> None:
    fautifs = [
        f"{_nom(chemin)}:{noeud.lineno}"
        for chemin in _modules(*CODE)
        for noeud in ast.walk(_arbre(chemin))
        if isinstance(noeud, ast.FunctionDef) and any(_est_une_route(d) for d in noeud.decorator_list)
    ]
    assert fautifs == []


def _est_une_route(decorateur: ast.expr) -> bool:
    return (
        isinstance(decorateur, ast.Call)
        and isinstance(decorateur.func, ast.Attribute)
        and decorateur.func.attr in {"get", "post", "put", "patch", "delete", "api_route"}
        and isinstance(decorateur.func.value, ast.Name)
    )


def test_a_module_holds_one_topic() -> None:
    longs = {_nom(p): n for p in _modules(*CODE) if (n := len(p.read_text("utf-8").splitlines())) >= LIGNES_MAX}
    assert longs == {}


def test_nobody_prints_nor_reads_the_environment_inside_a_service() -> None:
    fautifs = [
        f"{_nom(chemin)}:{noeud.lineno}"
        for chemin in _modules("services", "gateway")
        for noeud in ast.walk(_arbre(chemin))
        if (isinstance(noeud, ast.Name) and noeud.id == "print")
        or (isinstance(noeud, ast.Attribute) and noeud.attr in {"environ", "getenv"})
    ]
    assert fautifs == []


def test_a_domain_has_no_clock_of_its_own() -> None:
    fautifs = [
        f"{_nom(chemin)}:{noeud.lineno}"
        for service in SERVICES
        for chemin in _modules(f"services/{service}/domain")
        for noeud in ast.walk(_arbre(chemin))
        if isinstance(noeud, ast.Attribute)
        and noeud.attr in {"now", "today", "utcnow", "uuid4"}
        and isinstance(noeud.value, ast.Name)
        and noeud.value.id in {"datetime", "date", "uuid"}
    ]
    assert fautifs == []


def test_no_file_names_a_registry_or_a_machine() -> None:
    """A clone must install from any mirror and run from any folder."""
    interdits = [
        "".join(morceaux)
        for morceaux in (
            ("files.python", "hosted.org"),
            ("pypi", ".org/simple"),
            ("registry.npm", "js.org"),
            ("/wo", "rk/"),
            ("/tm", "p/w/"),
            ("/ro", "ot/"),
            ("--index-", "url"),
        )
    ]
    fautifs = [f"{_nom(p)}: {mot}" for p, texte in _textes() for mot in interdits if mot in texte]
    assert [f for f in fautifs if not f.startswith("scripts/lock.sh")] == []


def _textes() -> Iterator[tuple[Path, str]]:
    for chemin in sorted(RACINE.rglob("*")):
        parties = chemin.relative_to(RACINE).parts
        if any((p.startswith(".") and p not in {".ci", ".github"}) or p in ABSENTS for p in parties):
            continue
        if chemin.is_file() and (chemin.suffix in TEXTE or parties[0] == ".ci" or chemin.name == "Makefile"):
            yield chemin, chemin.read_text(encoding="utf-8", errors="replace")


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_says_what_it_emulates_and_what_it_does_not(service: str) -> None:
    texte = (RACINE / "services" / service / "README.md").read_text(encoding="utf-8").lower()
    assert len(texte.splitlines()) >= 20
    assert "open question" in texte
    assert "not" in texte


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_shape(service: str) -> None:
    dossier = RACINE / "services" / service
    attendus = {"app.py", "config.py", "seed.py", "domain", "store", "migrations", "README.md"}
    assert {nom for nom in attendus if not (dossier / nom).exists()} == set()
    assert (dossier / "usecases").is_dir() or (dossier / "usecases.py").is_file()


@pytest.fixture(scope="module")
def applications(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FastAPI]:
    """Every application of the suite, assembled and not started."""
    bus, porte, data = InProcessBus(), Porte(), tmp_path_factory.mktemp("data")
    apps: dict[str, FastAPI] = {}
    for nom, reglages in _script("reference").classes_de_reglages():
        if nom == "gateway":
            apps[nom] = Passerelle(reglages(data=data), {}, bus, porte).interieur
        else:
            module = importlib.import_module(f"services.{nom}.app")
            apps[nom] = module.create_app(reglages(data=data), bus=bus, passerelle=porte)
    return apps


@pytest.mark.parametrize("service", [*SERVICES, "gateway"])
def test_every_operation_is_described_in_the_openapi_document(service: str, applications: dict[str, FastAPI]) -> None:
    reference = _script("reference")
    chemins: dict[str, dict[str, Any]] = applications[service].openapi()["paths"]
    assert chemins
    muettes = [
        f"{methode.upper()} {chemin}"
        for chemin, operations in chemins.items()
        for methode, operation in operations.items()
        if reference.est_automatique(operation) and not operation.get("description")
    ]
    assert muettes == []


def test_every_setting_has_a_description_and_is_frozen() -> None:
    for nom, classe in _script("reference").classes_de_reglages():
        assert classe.model_config["frozen"], nom
        assert classe.model_config["env_prefix"], nom
        assert [n for n, c in classe.model_fields.items() if not c.description] == []


@pytest.mark.parametrize("script", ["reference", "evenements"])
def test_what_is_generated_says_what_the_code_says(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(RACINE / "scripts"), str(RACINE), *sys.path])
    module = _script(script)
    assert module.CIBLE.read_text(encoding="utf-8") == module.page(), "make coverage"


def test_every_event_has_a_contract_that_says_what_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    """A past participle of the architecture's table, a docstring, and one class a subject."""
    classes = [c for groupe in _script("evenements").contrats().values() for c in groupe]
    sujets = [c.subject for c in classes]
    assert len(sujets) == len(set(sujets))
    assert {"dmp.document.depose", "gateway.horloge.avancee", "eprescription.delivrance.enregistree"} <= set(sujets)
    for classe in classes:
        producteur = classe.__module__.rpartition(".")[2]
        assert classe.subject.split(".")[0] == producteur
        assert inspect.getmodule(classe) is not None


def test_every_named_fault_belongs_to_a_service_and_speaks_two_languages() -> None:
    for nom, faute in nommees().items():
        assert faute.get("service") in {*SERVICES, "gateway", None}, nom
        if refus := faute.get("refus"):
            assert refus["fr"], nom
            assert refus["en"], nom
            assert refus["fr"] != refus["en"], nom


def test_the_operations_guide_speaks_of_every_control_topic() -> None:
    guide = (RACINE / "docs" / "operations.md").read_text(encoding="utf-8")
    sujets = {
        chemin.split("/")[2] for _, chemin, _ in _script("reference").operations_de_controle() if chemin != "/_bac"
    }
    assert {s for s in sujets if f"/_bac/{s}" not in guide} == set()


def test_the_locks_have_a_hash_for_every_version() -> None:
    for nom in ("run.txt", "full.txt", "dev.txt"):
        lignes = (RACINE / "requirements" / nom).read_text(encoding="utf-8").splitlines()
        versions = [ligne for ligne in lignes if "==" in ligne]
        assert len(versions) > 40
        assert all(ligne.endswith("\\") for ligne in versions)
        assert all("==" in ligne or ligne.startswith("    --hash=sha256:") for ligne in lignes)


def test_every_target_of_the_makefile_is_explained() -> None:
    texte = (RACINE / "Makefile").read_text(encoding="utf-8")
    [declares] = [ligne for ligne in texte.splitlines() if ligne.startswith(".PHONY:")]
    expliques = {ligne.partition(":")[0] for ligne in texte.splitlines() if ":" in ligne and " ## " in ligne}
    assert set(declares.split()[1:]) <= expliques
