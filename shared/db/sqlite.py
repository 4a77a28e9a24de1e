"""Spaces on SQLite: one folder per bac with one WAL database in it (architecture §5, §10).

A folder, not a bare file, is what gets replaced: a write-ahead log left beside a new main file would be replayed
into it. ``wal_autocheckpoint=0``: a thread checkpoints, never the event loop.
"""

import asyncio
import shutil
import sqlite3
import uuid
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import MetaData, create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from shared.db import migrate
from shared.db.inline_sqlite import ENGINE, Places
from shared.db.spaces import Graine, Semeur, Space, Spaces, espace_inconnu

BASE = "base.db"


def _engine(path: Path, synchronous: str) -> AsyncEngine:
    # No ceiling: a session in line cannot wait for a connection, and few are ever open at once.
    engine = create_async_engine(
        f"{ENGINE}:///{path}",
        pool_size=4,
        max_overflow=-1,
        json_serializer=lambda valeur: orjson.dumps(valeur).decode(),
        json_deserializer=orjson.loads,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "wal_autocheckpoint=0",
            "foreign_keys=ON",
            "busy_timeout=2000",
            "cache_size=-4000",
            "mmap_size=134217728",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        brute: Any = connection.connection.dbapi_connection
        if not brute.in_transaction:  # a session in line has opened its own
            brute.execute("BEGIN IMMEDIATE")

    return engine


class SqliteSpaces(Spaces):
    """``folder/espaces/<bac>/base.db`` and ``folder/modeles/<graine>_<date>/base.db``."""

    seul = True

    def __init__(
        self,
        service: str,
        metadata: MetaData,
        migrations: str,
        semeur: Semeur,
        *,
        folder: Path,
        ouverts_max: int = 128,
        durabilite: str = "normale",
    ) -> None:
        super().__init__(service, metadata, migrations, semeur, ouverts_max=ouverts_max)
        self._espaces = folder / "espaces"
        self._modeles = folder / "modeles"
        self._synchronous = "FULL" if durabilite == "complete" else "NORMAL"
        self._espaces.mkdir(parents=True, exist_ok=True)
        self._modeles.mkdir(parents=True, exist_ok=True)
        self._reprendre()

    def _reprendre(self) -> None:
        """Finish or undo what a crash interrupted: leftovers carry a ``~`` in their name."""
        for parent in (self._espaces, self._modeles):
            for old in parent.glob("*~ancien"):
                if not (parent / old.name.removesuffix("~ancien")).exists():
                    old.rename(parent / old.name.removesuffix("~ancien"))
            for leftover in parent.glob("*~*"):
                shutil.rmtree(leftover, ignore_errors=True)

    async def noms(self) -> list[str]:
        return sorted(p.name for p in self._espaces.iterdir() if "~" not in p.name)

    async def joignable(self) -> bool:
        return self._espaces.is_dir()

    async def _open(self, nom: str) -> Space:
        base = self._espaces / nom / BASE
        if not base.exists():
            raise espace_inconnu(self.service, nom)
        self._migrate(base)
        engine = _engine(base, self._synchronous)
        async with engine.connect():
            pass  # what SQLAlchemy does once, at the first connection, may wait: sessions in line cannot
        return Space(
            nom,
            engine,
            self.service,
            self.metadata,
            self.apres_commit,
            asyncio.Lock(),
            Places(engine),
        )

    def _migrate(self, base: Path) -> None:
        with closing(sqlite3.connect(base)) as raw, suppress(sqlite3.OperationalError):
            if raw.execute("SELECT version_num FROM alembic_version").fetchall() == [(migrate.head(self.migrations),)]:
                return
        engine = create_engine(f"sqlite:///{base}", poolclass=NullPool)
        with engine.begin() as connection:
            migrate.upgrade(self.migrations, connection)
        engine.dispose()

    async def _close(self, space: Space) -> None:
        await space.fermer()

    async def _ensure_template(self, graine: Graine) -> None:
        final = self._modeles / graine.cle
        if final.exists():
            with closing(sqlite3.connect(final / BASE)) as raw:
                if raw.execute("SELECT version_num FROM alembic_version").fetchall() == [
                    (migrate.head(self.migrations),)
                ]:
                    return
            shutil.rmtree(final)  # grown by an older version: a template is grown again, never migrated
        building = self._modeles / f"{graine.cle}~{uuid.uuid4().hex}"
        building.mkdir()
        self._migrate(building / BASE)
        engine = _engine(building / BASE, "OFF")
        async with AsyncSession(engine, expire_on_commit=False) as session:
            await self.semeur(session, graine)
            await session.commit()
        await engine.dispose()
        await asyncio.to_thread(_tronquer, building / BASE)
        building.rename(final)

    async def _replace(self, nom: str, graine: Graine) -> None:
        await self._swap(nom, self._modeles / graine.cle / BASE)

    async def _swap(self, nom: str, source: Path) -> None:
        nouveau = self._espaces / f"{nom}~{uuid.uuid4().hex}"
        nouveau.mkdir()
        await asyncio.to_thread(shutil.copyfile, source, nouveau / BASE)
        final, ancien = self._espaces / nom, self._espaces / f"{nom}~ancien"
        space = await self._retire(nom)
        if space is not None:
            async with space.pause():
                self._echanger(nouveau, final, ancien)
            await self._close(space)
        else:
            self._echanger(nouveau, final, ancien)
        await asyncio.to_thread(shutil.rmtree, ancien, ignore_errors=True)

    @staticmethod
    def _echanger(nouveau: Path, final: Path, ancien: Path) -> None:
        if final.exists():
            shutil.rmtree(ancien, ignore_errors=True)
            final.rename(ancien)
        nouveau.rename(final)

    async def _drop(self, nom: str) -> None:
        space = await self._retire(nom)
        final, mort = self._espaces / nom, self._espaces / f"{nom}~{uuid.uuid4().hex}"
        if final.exists():
            final.rename(mort)
        if space is not None:
            await self._close(space)
        await asyncio.to_thread(shutil.rmtree, mort, ignore_errors=True)

    async def exporter(self, nom: str, fichier: Path) -> None:
        space = await self.open(nom)
        async with space.pause():
            await asyncio.to_thread(_copier, self._espaces / nom / BASE, fichier)

    async def importer(self, nom: str, fichier: Path) -> None:
        self._migrate(fichier)
        async with self._verrou_ouverture(nom):
            await self._swap(nom, fichier)

    async def maintenir(self) -> None:
        for space in self.ouverts():
            base = self._espaces / space.nom / BASE
            wal = base.with_name(BASE + "-wal")
            with suppress(OSError):
                if wal.stat().st_size > 1_000_000:
                    await asyncio.to_thread(_checkpoint, base)


def _checkpoint(base: Path) -> None:
    with suppress(sqlite3.Error), closing(sqlite3.connect(base)) as raw:
        raw.execute("PRAGMA wal_checkpoint(PASSIVE)")


def _tronquer(base: Path) -> None:
    with closing(sqlite3.connect(base)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _copier(source: Path, cible: Path) -> None:
    cible.unlink(missing_ok=True)
    with closing(sqlite3.connect(source)) as lu, closing(sqlite3.connect(cible)) as ecrit:
        lu.backup(ecrit)
        ecrit.execute("PRAGMA journal_mode=DELETE")
