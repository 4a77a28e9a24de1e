"""A software in Node with an off-the-shelf OpenID client, as a stranger would write it."""

import json
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.blackbox.navigateur import CAPTURES, RACINE
from tests.instance import Marche

pytestmark = pytest.mark.blackbox

SOURCES = RACINE / "tests" / "blackbox" / "node"


@pytest.fixture(scope="session")
def projet() -> Path:
    """The little project, installed by npm from its lock into build/ (once)."""
    dossier = CAPTURES / "node"
    dossier.mkdir(parents=True, exist_ok=True)
    verrou = dossier / "node_modules" / ".package-lock.json"
    for source in sorted(SOURCES.iterdir()):
        cible = dossier / source.name
        if not cible.exists() or cible.read_bytes() != source.read_bytes():
            shutil.copyfile(source, cible)
            if source.name == "package-lock.json":
                verrou.unlink(missing_ok=True)
    if not verrou.exists():
        fait = subprocess.run(["npm", "ci", "--ignore-scripts"], cwd=dossier, capture_output=True, text=True)
        assert fait.returncode == 0, fait.stderr
    return dossier


def test_the_lock_of_the_node_project_names_no_registry() -> None:
    verrou = json.loads((SOURCES / "package-lock.json").read_text(encoding="utf-8"))
    paquets = {nom: p for nom, p in verrou["packages"].items() if nom}
    assert paquets
    assert all("resolved" not in p and p["integrity"].startswith("sha512-") for p in paquets.values())


@pytest.mark.exigence("PSC-TOK-01", "PSC-TOK-02")
def test_openid_client_signs_in_by_discovery_refreshes_and_revokes(suite: Marche, projet: Path) -> None:
    racine = f"{suite.url}/bac/node"
    issuer = f"{racine}/auth/realms/esante-wallet"
    attendue = httpx.post(f"{racine}/_bac/psc/next-login", json={"persona": "verdier-mg"})
    assert attendue.status_code == 201, attendue.text

    fait = subprocess.run(
        ["node", "connexion.js", issuer, "810999000010"], cwd=projet, capture_output=True, text=True, timeout=60
    )

    assert fait.returncode == 0, fait.stderr
    assert json.loads(fait.stdout) == {
        "acr": "eidas1",
        "id_nat": "810999000010",
        "nouveau": True,
        "actif": True,
        "encore_actif": False,
    }
