"""The second topology's bus: the same promises over a real NATS, crashes included."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from shared.events.nats_bus import NatsBus
from shared.nats_local import NatsLocal
from tests.api.fondation.jouet.app import Incremente, JouetSettings, create_app
from tests.banc import Banc, banc


@pytest.fixture
async def b(base: str | None, tmp_path: Path, nats: NatsLocal) -> AsyncIterator[Banc]:
    async with banc(create_app, JouetSettings, base=base, tmp_path=tmp_path, bus=NatsBus(nats.url)) as b:
        await _until(b.ctx.bus.joignable)
        yield b


async def _until(predicate: Any, deadline: float = 15) -> None:
    limit = time.monotonic() + deadline
    while not await predicate():
        assert time.monotonic() < limit, "it never happened"
        await anyio.sleep(0.01)


async def test_an_event_crosses_nats_and_takes_effect_once(b: Banc) -> None:
    for _ in range(5):
        await b.client.post("/jouet/a")

    assert await b.calme(15) == []
    assert (await b.client.get("/jouet/evenements")).json() == {"evenements": 5}

    async def entendus() -> bool:
        return len([e for e in b.evenements if e.subject == Incremente.subject]) >= 5

    await _until(entendus)  # who only watches is told apart from the consumers, in its own time
    assert [e.data["valeur"] for e in b.evenements if e.subject == Incremente.subject] == [1, 2, 3, 4, 5]


async def test_a_poisonous_event_is_put_aside_over_nats_too(b: Banc) -> None:
    await b.client.post("/jouet/poison")
    await b.client.post("/jouet/sain")

    [dead] = await b.calme(15)

    assert dead["consumer"] == "jouet.compter"
    assert (await b.client.get("/jouet/evenements")).json() == {"evenements": 1}


async def test_what_was_committed_while_nats_was_down_arrives_when_it_is_back(tmp_path: Path) -> None:
    server = NatsLocal(tmp_path / "nats")
    server.start()
    async with banc(create_app, JouetSettings, base=None, tmp_path=tmp_path, bus=NatsBus(server.url)) as b:
        await _until(b.ctx.bus.joignable)
        server.kill()

        assert (await b.client.post("/jouet/a")).status_code == 200
        ready = await b.client.get("/health/ready")
        assert (ready.status_code, ready.json()["manque"]) == (503, ["evenements"])

        server.start()
        assert await b.calme(30) == []
        assert (await b.client.get("/jouet/evenements")).json() == {"evenements": 1}
    server.stop()
