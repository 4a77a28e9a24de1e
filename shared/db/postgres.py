"""Spaces on PostgreSQL: one schema per bac in the service's own database; templates are schemas too."""

import asyncio
import math
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, create_engine, event, insert, select, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from shared.db import migrate
from shared.db.spaces import Graine, Semeur, Space, Spaces, espace_inconnu

_SOMMEIL = 1.0

# Tables, rows, identity counters and foreign keys of schema :source into a new schema :cible, in one round trip.
_CLONE = """
DO $clone$
DECLARE
  source text := '{source}'; cible text := '{cible}'; t record; k record; n bigint;
BEGIN
  EXECUTE format('DROP SCHEMA IF EXISTS %%I CASCADE', cible);
  EXECUTE format('CREATE SCHEMA %%I', cible);
  FOR t IN SELECT c.relname FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
           WHERE s.nspname = source AND c.relkind = 'r' LOOP
    EXECUTE format('CREATE TABLE %%I.%%I (LIKE %%I.%%I INCLUDING ALL)', cible, t.relname, source, t.relname);
    EXECUTE format('INSERT INTO %%I.%%I OVERRIDING SYSTEM VALUE SELECT * FROM %%I.%%I',
                   cible, t.relname, source, t.relname);
  END LOOP;
  FOR k IN SELECT a.attname, c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
           JOIN pg_namespace s ON s.oid = c.relnamespace
           WHERE s.nspname = cible AND a.attidentity <> '' AND c.relkind = 'r' LOOP
    EXECUTE format('SELECT coalesce(max(%%I), 0) + 1 FROM %%I.%%I', k.attname, cible, k.relname) INTO n;
    PERFORM setval(pg_get_serial_sequence(format('%%I.%%I', cible, k.relname), k.attname), n, false);
  END LOOP;
  PERFORM set_config('search_path', quote_ident(source), true);
  FOR k IN SELECT f.conname, c.relname, pg_get_constraintdef(f.oid) AS def FROM pg_constraint f
           JOIN pg_class c ON c.oid = f.conrelid JOIN pg_namespace s ON s.oid = c.relnamespace
           WHERE s.nspname = source AND f.contype = 'f' LOOP
    PERFORM set_config('search_path', quote_ident(cible), true);
    EXECUTE format('ALTER TABLE %%I.%%I ADD CONSTRAINT %%I %%s', cible, k.relname, k.conname, k.def);
    PERFORM set_config('search_path', quote_ident(source), true);
  END LOOP;
END $clone$
"""


def schema_de(nom: str) -> str:
    return f"bac_{nom}"


def schema_modele(graine: Graine) -> str:
    return "modele_" + graine.cle.replace("-", "_")


class PostgresSpaces(Spaces):
    """``url`` names the service's own database; the pool is shared by all its bacs."""

    def __init__(
        self, service: str, metadata: MetaData, migrations: str, semeur: Semeur, *, url: str, ouverts_max: int = 128
    ) -> None:
        super().__init__(service, metadata, migrations, semeur, ouverts_max=ouverts_max)
        self._url = url.replace("postgresql://", "postgresql+psycopg://", 1)
        self._engine: AsyncEngine = create_async_engine(
            self._url, pool_size=5, max_overflow=5, pool_timeout=10, connect_args={"connect_timeout": 5}
        )
        self._modeles: set[str] = set()

        @event.listens_for(self._engine.sync_engine.pool, "checkin")
        def checkin(_connection: Any, record: Any) -> None:
            record.info["rendue_a"] = time.monotonic()

        @event.listens_for(self._engine.sync_engine.pool, "checkout")
        def checkout(connection: Any, record: Any, _proxy: Any) -> None:
            """One that slept may belong to a server that died since: it is replaced, not handed out."""
            if time.monotonic() - record.info.get("rendue_a", math.inf) < _SOMMEIL:
                return
            dialecte = self._engine.sync_engine.dialect
            try:
                dialecte.do_ping(connection)
            except dialecte.loaded_dbapi.Error as error:
                raise DisconnectionError from error

        @event.listens_for(self._engine.sync_engine, "begin")
        def begin(connection: Connection) -> None:
            schema = connection.get_execution_options().get("bac_schema")
            if schema:
                connection.exec_driver_sql(f'SET LOCAL search_path TO "{schema}"')

    def _engine_of(self, schema: str) -> AsyncEngine:
        return self._engine.execution_options(bac_schema=schema)

    async def close(self) -> None:
        self._ouverts.clear()
        await self._engine.dispose()

    async def noms(self) -> list[str]:
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                text(r"SELECT nspname FROM pg_namespace WHERE nspname LIKE 'bac\_%' ORDER BY 1")
            )
            return [row[0].removeprefix("bac_") for row in rows]

    async def joignable(self) -> bool:
        try:
            async with asyncio.timeout(3), self._engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except Exception:  # any failure at all means the same thing here: not reachable
            return False
        return True

    async def _exists(self, connection: AsyncConnection, schema: str) -> bool:
        found = await connection.execute(text("SELECT 1 FROM pg_namespace WHERE nspname = :n"), {"n": schema})
        return found.first() is not None

    async def _open(self, nom: str) -> Space:
        schema = schema_de(nom)
        async with self._engine.connect() as connection:
            if not await self._exists(connection, schema):
                raise espace_inconnu(self.service, nom)
        engine = self._engine_of(schema)
        async with engine.begin() as connection:
            await connection.run_sync(self._migrate)
        return Space(nom, engine, self.service, self.metadata, self.apres_commit, None)

    def _migrate(self, connection: Connection) -> None:
        migrate.upgrade(self.migrations, connection)

    async def _close(self, space: Space) -> None:
        """The pool belongs to every bac: nothing to close."""

    async def _ensure_template(self, graine: Graine) -> None:
        schema = schema_modele(graine)
        if schema in self._modeles:
            return
        cle = f"{self.service}:{schema}"
        async with self._engine.connect() as garde:
            await garde.execute(text("SELECT pg_advisory_lock(hashtext(:c))"), {"c": cle})
            try:
                await self._grow(schema, graine)
            finally:
                await garde.execute(text("SELECT pg_advisory_unlock(hashtext(:c))"), {"c": cle})
        self._modeles.add(schema)

    async def _grow(self, schema: str, graine: Graine) -> None:
        engine = self._engine_of(schema)
        async with self._engine.begin() as connection:
            if await self._exists(connection, schema):
                found = await connection.execute(text(f'SELECT version_num FROM "{schema}".alembic_version'))  # noqa: S608
                if found.scalar() == migrate.head(self.migrations):
                    return
                await connection.execute(text(f'DROP SCHEMA "{schema}" CASCADE'))
        chantier = schema + "__chantier"
        async with self._engine.begin() as connection:
            await connection.execute(text(f'DROP SCHEMA IF EXISTS "{chantier}" CASCADE'))
            await connection.execute(text(f'CREATE SCHEMA "{chantier}"'))
        engine = self._engine_of(chantier)
        async with engine.begin() as connection:
            await connection.run_sync(self._migrate)
        async with AsyncSession(engine, expire_on_commit=False) as session:
            await self.semeur(session, graine)
            await session.commit()
        async with self._engine.begin() as connection:
            await connection.execute(text(f'ALTER SCHEMA "{chantier}" RENAME TO "{schema}"'))

    async def _replace(self, nom: str, graine: Graine) -> None:
        await self._retire(nom)
        async with self._engine.begin() as connection:
            await connection.exec_driver_sql(_CLONE.format(source=schema_modele(graine), cible=schema_de(nom)))

    async def _drop(self, nom: str) -> None:
        await self._retire(nom)
        async with self._engine.begin() as connection:
            await connection.execute(text(f'DROP SCHEMA IF EXISTS "{schema_de(nom)}" CASCADE'))

    async def exporter(self, nom: str, fichier: Path) -> None:
        space = await self.open(nom)
        fichier.unlink(missing_ok=True)  # noqa: ASYNC240  # one directory entry
        cible = create_engine(f"sqlite:///{fichier}")
        with cible.begin() as ecrit:
            migrate.upgrade(self.migrations, ecrit)
            source = space.engine.execution_options(isolation_level="REPEATABLE READ")
            async with source.connect() as lu:
                for table in self.metadata.sorted_tables:
                    rows = [dict(r._mapping) for r in await lu.execute(select(table))]
                    if rows:
                        ecrit.execute(insert(table), rows)
        cible.dispose()

    async def importer(self, nom: str, fichier: Path) -> None:
        source = create_engine(f"sqlite:///{fichier}")
        with source.begin() as lu:
            migrate.upgrade(self.migrations, lu)
        await self._retire(nom)
        schema = schema_de(nom)
        async with self._engine.begin() as connection:
            await connection.execute(text(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE'))
            await connection.execute(text(f'CREATE SCHEMA "{schema}"'))
            await connection.execute(text(f'SET LOCAL search_path TO "{schema}"'))
            await connection.run_sync(self._migrate)
            with source.connect() as lu:
                for table in self.metadata.sorted_tables:
                    rows: list[dict[str, Any]] = [dict(r._mapping) for r in lu.execute(select(table))]
                    if rows:
                        await connection.execute(insert(table), rows)
                for table in self.metadata.sorted_tables:
                    for column in table.columns:
                        if column.identity is not None:
                            await connection.execute(
                                text(
                                    f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'),"  # noqa: S608
                                    f" (SELECT coalesce(max({column.name}), 0) + 1 FROM {table.name}), false)"
                                )
                            )
        source.dispose()
