"""The distributed topology: PostgreSQL, NATS and one process per service, behind the same URLs."""

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.instance import Marche, bacasante, marche


@pytest.fixture(scope="module")
def distribue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marche]:
    with marche(tmp_path_factory.mktemp("distribue") / "data", "--full") as prete:
        yield prete


def test_the_ten_steps_hold_with_a_process_per_service(distribue: Marche) -> None:
    fait = bacasante("demo", "--base-url", distribue.url, "--json")

    fin = json.loads(fait.stdout.splitlines()[-1])
    assert (fait.returncode, fin["ok"], fin["steps"]) == (0, True, 10), fait.stdout[-3000:] + fait.stderr[-2000:]


def test_moving_the_clock_of_a_bac_reaches_every_process(distribue: Marche) -> None:
    bac = f"{distribue.url}/bac/horloge"
    avant = httpx.get(f"{bac}/_bac/clock", timeout=30).json()

    httpx.post(f"{bac}/_bac/clock/advance", json={"days": 43}, timeout=60).raise_for_status()

    apres = httpx.get(f"{bac}/_bac/clock", timeout=30).json()
    assert apres["skew_seconds"] - avant["skew_seconds"] > 42 * 86_400
    sujets = {e["subject"] for e in httpx.get(f"{bac}/_bac/events", timeout=30).json()["events"]}
    assert "dmp.profil.ouvert" in sujets


def test_the_console_shows_a_dossier_that_other_processes_hold(distribue: Marche) -> None:
    page = httpx.get(f"{distribue.url}/bac/console/console/patients/blanc-valmont?lang=fr", timeout=60)

    assert page.status_code == 200
    assert "Consultation de suivi" in page.text
    assert "Suite de votre consultation" in page.text
    assert "/apcv/phone/" in page.text
    assert "ne répond pas" not in page.text
