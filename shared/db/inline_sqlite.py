"""An async SQLAlchemy dialect for SQLite that runs its short statements inline on the event loop.

``aiosqlite`` hops to a thread for every call; the statements of a sandbox last microseconds, so the hop costs more
than the work (architecture §10). The API stays that of ``AsyncSession``, as on PostgreSQL. URL:
``sqlite+inline:///path``.
"""

import sqlite3
from types import ModuleType
from typing import Any

from sqlalchemy import URL
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool


class InlineCursor(sqlite3.Cursor):
    """A cursor SQLAlchemy can ask to let go: the rows are already here."""

    async def _async_soft_close(self) -> None:
        return


class InlineConnection(sqlite3.Connection):
    def cursor(self, factory: Any = InlineCursor) -> Any:
        return super().cursor(factory)


class InlineSQLite(SQLiteDialect_pysqlite):
    """pysqlite, declared async: nothing in it ever awaits."""

    driver = "inline"
    is_async = True
    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> ModuleType:
        return sqlite3

    def create_connect_args(self, url: URL) -> Any:
        args, options = super().create_connect_args(url)
        options["factory"] = InlineConnection
        return args, options

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:
        return AsyncAdaptedQueuePool

    def get_driver_connection(self, connection: Any) -> Any:
        return connection


class SessionEnLigne(AsyncSession):
    """An ``AsyncSession`` over this dialect. Nothing below ever waits, so the calls go straight down, without the
    greenlet that lets a network driver wait: that bridge costs more than a short statement does."""

    async def execute(self, statement: Any, params: Any = None, **options: Any) -> Any:
        return self.sync_session.execute(statement, params, **options)

    async def scalars(self, statement: Any, params: Any = None, **options: Any) -> Any:
        return self.sync_session.scalars(statement, params, **options)

    async def scalar(self, statement: Any, params: Any = None, **options: Any) -> Any:
        return self.sync_session.scalar(statement, params, **options)

    async def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        return self.sync_session.get(entity, ident, **options)

    async def get_one(self, entity: Any, ident: Any, **options: Any) -> Any:
        return self.sync_session.get_one(entity, ident, **options)

    async def flush(self, objects: Any = None) -> None:
        self.sync_session.flush(objects)

    async def commit(self) -> None:
        self.sync_session.commit()

    async def rollback(self) -> None:
        self.sync_session.rollback()

    async def close(self) -> None:
        self.sync_session.close()

    async def __aexit__(self, type_: Any, value: Any, traceback: Any) -> None:
        self.sync_session.close()


registry.register("sqlite.inline", __name__, "InlineSQLite")

#: Dialect and driver, as the first part of a URL.
ENGINE = "sqlite+inline"
