"""An upgrade never asks to delete data; what a newer version wrote is refused untouched (architecture §11.15)."""

import asyncio
import sqlite3
import uuid
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from shared.db import migrate
from shared.events.envelope import Envelope
from tests.api.fondation.jouet.app import Incremente, JouetSettings, create_app
from tests.banc import Banc, banc

PACKAGE = "tests.api.fondation.jouet.migrations"
FIRST = "20261120_initial"


@pytest.fixture
async def b(base: str | None, tmp_path: Path) -> AsyncIterator[Banc]:
    async with banc(create_app, JouetSettings, base=base, tmp_path=tmp_path) as b:
        yield b


def _copy_of_the_first_version(file: Path) -> bytes:
    """What a snapshot of the first version holds of this service."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        command.upgrade(migrate.config(PACKAGE, connection), FIRST)
    engine.dispose()
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("INSERT INTO compteur (nom, valeur, touche_le) VALUES ('ancien', 41, '2026-01-01T00:00:00+00:00')")
        raw.commit()
    return file.read_bytes()


async def test_a_snapshot_of_an_older_version_is_restored_and_upgraded(b: Banc, tmp_path: Path) -> None:
    copy = _copy_of_the_first_version(tmp_path / "old.db")

    restored = await b.client.put(f"/_service/bacs/{b.bac.nom}/copie", content=copy)

    assert restored.status_code == 204, restored.text
    assert (await b.client.post("/jouet/ancien")).json() == {"ancien": 42}
    assert await b.calme() == []


async def test_a_space_of_an_older_version_is_upgraded_when_it_is_opened(tmp_path: Path) -> None:
    space = tmp_path / "jouet" / "espaces" / "dhier"
    space.mkdir(parents=True)
    _copy_of_the_first_version(space / "base.db")
    async with banc(create_app, JouetSettings, base=None, tmp_path=tmp_path) as b:
        upgraded = await b.ctx.spaces.open("dhier")
        async with upgraded.lecture() as session:
            rows = await session.execute(text("SELECT nom, valeur, note FROM compteur"))
            assert [tuple(r) for r in rows] == [("ancien", 41, "")]


async def test_a_copy_of_a_newer_version_is_refused_by_rule_and_changes_nothing(b: Banc, tmp_path: Path) -> None:
    _copy_of_the_first_version(tmp_path / "new.db")
    with closing(sqlite3.connect(tmp_path / "new.db")) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '29990101_futur'")
        raw.commit()

    refused = await b.client.put(f"/_service/bacs/{b.bac.nom}/copie", content=(tmp_path / "new.db").read_bytes())

    assert (refused.status_code, refused.json()["regle"]) == (409, "BAC-MIG-01")
    assert (await b.client.get("/jouet/seme")).json() == {"seme": 7}


async def test_what_waited_in_the_outbox_of_a_copy_leaves_when_it_is_restored(b: Banc, tmp_path: Path) -> None:
    fichier = tmp_path / "copie.db"
    fichier.write_bytes((await b.client.get(f"/_service/bacs/{b.bac.nom}/copie")).content)
    en_attente = Envelope(
        id=str(uuid.uuid4()),
        subject=Incremente.subject,
        bac=b.bac.nom,
        epoque=b.bac.epoque,
        source="jouet",
        time=b.bac.now(),
        data=Incremente(nom="a", valeur=1, occurred_at=b.bac.now()).model_dump(mode="json"),
    )
    with closing(sqlite3.connect(fichier)) as base:
        ligne = (en_attente.id, en_attente.subject, en_attente.to_bytes())
        base.execute("INSERT INTO outbox (event_id, subject, payload) VALUES (?, ?, ?)", ligne)
        base.commit()

    parti = asyncio.Event()
    b.ctx.bus.ecouter(lambda e: parti.set() if e.id == en_attente.id else None)

    await b.client.put(f"/_service/bacs/{b.bac.nom}/copie", content=fichier.read_bytes())

    await asyncio.wait_for(parti.wait(), 5)
