"""What a suite answers before every service is loaded: the same, later."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bacasante.embarque import Suite
from bacasante.options import Options
from bacasante.topologie import SERVICES
from tests.suite import maison

pytestmark = pytest.mark.anyio
TOUS = {p.nom for p in SERVICES}


@contextlib.asynccontextmanager
async def ouverte(data: Path) -> AsyncIterator[tuple[Suite, httpx.AsyncClient]]:
    """A suite at its ready line."""
    suite = Suite(Options(data=data, port=8499), "http://127.0.0.1:8400")
    await suite.ouvrir()
    transport = httpx.ASGITransport(app=suite.app)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8400", timeout=30) as client:
            yield suite, client
    finally:
        await suite.stop()


@pytest.fixture(scope="module")
async def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder an earlier start left, its clock frozen."""
    dossier = tmp_path_factory.mktemp("differe")
    async with maison(dossier) as m:
        reponse = await m.client.put("/_bac/clock", json={"mode": "frozen", "at": "2026-05-04T08:00:00Z"})
        assert reponse.status_code == 200, reponse.text
    return dossier


async def test_the_first_caller_of_a_service_loads_it_and_no_other(data: Path) -> None:
    async with ouverte(data) as (suite, client):
        assert set(suite.services) == {"mss"}
        assert (await client.get("/lps?wsdl=insi")).status_code == 200
        assert set(suite.services) == {"mss", "ins"}


async def test_callers_at_the_same_moment_load_a_service_once(data: Path) -> None:
    async with ouverte(data) as (suite, client):
        await asyncio.gather(*(client.get("/lps?wsdl=insi") for _ in range(5)))
        ins = suite.services["ins"]
        await suite.achever()
        assert suite.services["ins"] is ins


async def test_ready_means_that_every_service_was_loaded(data: Path) -> None:
    async with ouverte(data) as (suite, client):
        reponse = await client.get("/health/ready")
        assert reponse.status_code == 200
        assert set(reponse.json()["services"]) == TOUS | {"gateway"}
        assert set(suite.services) == TOUS


async def test_a_service_loaded_late_knows_the_clock_of_every_bac(data: Path) -> None:
    async with ouverte(data) as (suite, _):
        await suite.achever()
        for nom, app in suite.services.items():
            bac = app.state.contexte.bacs.connu("default")
            assert bac is not None, nom
            assert bac.now().isoformat() == "2026-05-04T08:00:00+00:00"


async def test_events_wait_for_the_services_that_listen_to_them(data: Path) -> None:
    async with ouverte(data) as (suite, client):
        vus: list[Any] = []
        suite.bus.ecouter(vus.append)
        corps = {"nom": "LENOUVEAU", "prenom": "Ada"}
        reponse = await client.post("/_bac/personas", json=corps)
        assert reponse.status_code == 201, reponse.text
        for _ in range(50):  # whatever was ready to run has run
            await asyncio.sleep(0)
        assert vus == []
        await suite.achever()
        assert (await client.post("/_bac/settle")).status_code == 200
        assert "gateway.professionnel.cree" in {e.subject for e in vus}


async def test_events_reach_the_services_in_one_order_whoever_was_loaded_first(data: Path) -> None:
    async with ouverte(data) as (suite, client):
        await client.get("/eprescription/v1/prescriptions/0")
        await suite.achever()
        ordre = [p.nom for p in SERVICES]
        for abonnes in suite.bus._abonnes.values():
            noms = [nom for nom, _ in abonnes if nom in TOUS]
            assert noms == sorted(noms, key=ordre.index)


async def test_a_service_that_cannot_be_loaded_is_told_and_tried_again(data: Path) -> None:
    async with ouverte(data) as (suite, client):
        differe = suite._differes["adri"]
        fabriquer = differe._fabriquer

        def en_panne() -> Any:
            raise RuntimeError("panne")

        differe._fabriquer = en_panne
        fini = asyncio.Event()
        suite.achever_en_fond(fini.set)
        reponse = await client.get("/health/ready")
        assert reponse.status_code == 503
        assert reponse.json()["services"]["adri"]["statut"] == "absent"
        differe._fabriquer = fabriquer
        assert (await client.get("/health/ready")).status_code == 200
        await asyncio.wait_for(fini.wait(), 30)
