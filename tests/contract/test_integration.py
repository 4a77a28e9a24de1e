"""docs/integration.md is true: its quick starts make the calls of demarrage.json, in every language, and they work."""

import http.client
import json
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import typer.main
import yaml

from bacasante.cli import app
from bacasante.testing.bac import Bac
from tests.instance import Marche, marche

RACINE = Path(__file__).resolve().parents[2]
PAGE = (RACINE / "docs" / "integration.md").read_text(encoding="utf-8")
ETAPES: list[dict[str, Any]] = json.loads((RACINE / "docs" / "exemples" / "demarrage.json").read_text())["etapes"]
ADRESSE = "http://127.0.0.1:8400"

_CHAINE = r'"((?:[^"\\]|\\.)*)"'
_APPEL = {
    "csharp": rf"Appel\({_CHAINE}, {_CHAINE}(?: \+ (\w+))?, (\w+|\"\"),\s*{_CHAINE}\)",
    "java": rf"appel\({_CHAINE}, {_CHAINE}(?: \+ (\w+))?, (\w+|\"\"),\s*{_CHAINE}\)",
    "pascal": r"Appel\('([A-Z]+)', '([^']*)'(?: \+ (\w+))?, (\w+|''),\s*'([^']*)'\)",
}


def blocs(langue: str) -> list[str]:
    return re.findall(rf"^```{langue}\n(.*?)^```$", PAGE, re.S | re.M)


@dataclass(frozen=True)
class Appel:
    """One call as a quick start writes it."""

    methode: str
    chemin: str
    jeton: bool
    corps: Any


def _appels(langue: str) -> list[Appel]:
    [bloc] = blocs(langue)
    trouves = []
    for methode, chemin, plus, jeton, corps in re.findall(_APPEL[langue], bloc):
        corps = corps.replace('\\"', '"')
        trouves.append(
            Appel(
                methode,
                chemin + ("ID" if plus else ""),
                jeton not in ('""', "''"),
                json.loads(corps) if corps else None,
            )
        )
    return trouves


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marche]:
    with marche(tmp_path_factory.mktemp("integration") / "data") as prete:
        yield prete


@pytest.mark.parametrize("langue", sorted(_APPEL))
def test_a_quick_start_makes_the_calls_it_promises_and_they_work(langue: str, instance: Marche) -> None:
    appels = _appels(langue)
    assert appels == [Appel(e["methode"], e["chemin"], e.get("jeton", False), e.get("corps")) for e in ETAPES]

    gardes: dict[str, str] = {}
    with httpx.Client(base_url=f"{instance.url}/bac/{langue}", timeout=30) as client:
        for appel, etape in zip(appels, ETAPES, strict=True):
            entetes = {"Authorization": f"Bearer {gardes['JETON']}"} if appel.jeton else {}
            if appel.corps is not None:
                entetes["Content-Type"] = "application/json"
            reponse = client.request(
                appel.methode,
                appel.chemin.replace("ID", gardes.get("ID", "")) if "/why/" in appel.chemin else appel.chemin,
                headers=entetes,
                content=None if appel.corps is None else json.dumps(appel.corps),
            )
            assert reponse.status_code == etape["statut"], (appel, reponse.text)
            assert etape.get("contient", "") in reponse.text
            gardes |= {nom: reponse.json()[membre] for nom, membre in etape.get("garde", {}).items()}
            gardes |= {nom: reponse.headers[entete] for nom, entete in etape.get("garde_entete", {}).items()}


def executer(commande: list[str], instance: Marche, bac: str) -> str:
    """Run a quick start as it is printed, and check by the journal that its calls were those promised."""
    fait = subprocess.run(commande, capture_output=True, text=True, timeout=120)
    assert fait.returncode == 0, fait.stderr
    for etape in ETAPES:
        if etape["statut"] == 200:
            assert etape["contient"] in fait.stdout or etape["methode"] == "POST", fait.stdout
    with httpx.Client(base_url=f"{instance.url}/bac/{bac}") as client:
        entrees = client.get("/_bac/journal").json()["entries"]
    vus = [(e["method"], e["path"].partition("?")[0], e["status"]) for e in reversed(entrees)]
    attendus = [(e["methode"], e["chemin"].partition("?")[0], e["statut"]) for e in ETAPES]
    assert vus == [a for a in attendus if not a[1].startswith("/_bac/why")]
    return fait.stdout


def ici(bloc: str, instance: Marche, bac: str) -> str:
    return bloc.replace(ADRESSE, instance.url).replace("/bac/demarrage", f"/bac/{bac}")


def test_the_python_quick_start_runs_as_printed(instance: Marche) -> None:
    [bloc] = [b for b in blocs("python") if "httpx.Client" in b]
    executer([sys.executable, "-c", ici(bloc, instance, "python")], instance, "python")


def test_a_java_client_that_offers_http2_is_served_over_http1(instance: Marche) -> None:
    """What `java.net.http` sends in clear: an offer nobody has to take, a body that must be read all the same."""
    hote = urlsplit(instance.url)
    requete = (
        "POST /bac/h2c/_bac/clock/advance HTTP/1.1\r\n"
        f"Host: {hote.netloc}\r\nConnection: Upgrade, HTTP2-Settings\r\nContent-Length: 14\r\n"
        "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nUpgrade: h2c\r\n"
        'Content-Type: application/json\r\n\r\n{"minutes": 5}'
    ).encode()
    with socket.create_connection((hote.hostname or "", hote.port or 0), timeout=20) as prise:
        for ecart in (300, 600):
            prise.sendall(requete)
            reponse = http.client.HTTPResponse(prise)
            reponse.begin()
            corps = json.loads(reponse.read())
            assert reponse.status == 200, corps
            assert abs(corps["skew_seconds"] - ecart) < 5


def test_every_member_the_page_names_is_one_of_the_fixture() -> None:
    nommes = set(re.findall(r"`bac\.(\w+)", PAGE)) | set(re.findall(r"\bbac\.(\w+)\(", PAGE))
    assert nommes >= {"token", "clock", "fault", "journal", "settle", "why", "assert_refused", "assert_no_refusal"}
    champs = set(Bac.__dataclass_fields__)
    assert [n for n in nommes - {"request"} if n not in champs and not hasattr(Bac, n)] == []


def test_the_ci_examples_are_yaml_and_use_commands_and_options_that_exist() -> None:
    commandes = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # a group, since it has commands
    github, gitlab = (yaml.safe_load(bloc) for bloc in blocs("yaml"))
    lignes = [etape.get("run", "") for etape in github["jobs"]["tests"]["steps"]] + gitlab["tests"]["script"]
    lancees = [shlex.split(ligne.rstrip("& ")) for ligne in lignes if "bin/bacasante" in ligne]

    assert len(lancees) == 4
    for _, nom, *options in lancees:
        connues = {o for parametre in commandes[nom].params for o in parametre.opts}
        assert {o for o in options if o.startswith("--")} <= connues
