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
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
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


class Places:
    """The connections of one database, kept open between sessions: each is known to SQLAlchemy and to its driver."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._libres: list[Place] = []
        self._ferme = False

    def session(self, ecriture: bool) -> "SessionEnLigne":
        """A session whose transaction is open from the start; ``ecriture`` takes the write lock."""
        place = self._libres.pop() if self._libres else Place(self._engine)
        try:
            return SessionEnLigne(self, place, "BEGIN IMMEDIATE" if ecriture else "BEGIN")
        except BaseException:
            self.rendre(place)
            raise

    def rendre(self, place: "Place") -> None:
        if self._ferme or place.perdue or place.brute.in_transaction:
            place.fermer()
        else:
            self._libres.append(place)

    def fermer(self) -> None:
        """Close what is free; what is in use is closed when it comes back."""
        self._ferme = True
        while self._libres:
            self._libres.pop().fermer()


class Place:
    def __init__(self, engine: AsyncEngine) -> None:
        connexion = engine.sync_engine.connect()
        self.connexion = AsyncConnection(engine, connexion)
        self.brute: Any = connexion.connection.dbapi_connection
        self.dialecte = connexion.dialect
        self.perdue = False
        """A transaction did not end here as it should: what SQLAlchemy believes of it is nobody else's."""

    def fermer(self) -> None:
        sync = self.connexion.sync_connection
        if sync is not None:
            sync.close()


class SessionEnLigne(AsyncSession):
    """An ``AsyncSession`` over this dialect. Nothing below ever waits, so the calls go straight down, without the
    greenlet that lets a network driver wait: that bridge costs more than a short statement does. What was compiled
    beforehand (:class:`shared.db.directe.Directe`) goes to the driver, in the same transaction; a session that plays
    nothing else never makes its ``sync_session``."""

    def __init__(self, places: Places, place: Place, debut: str) -> None:
        self._places = places
        self._place: Place | None = place
        self._info: dict[Any, Any] = {}
        self.brute = place.brute
        self._sur_la_base(debut)

    def __getattr__(self, nom: str) -> Any:
        """``sync_session``, made when first asked for."""
        if nom not in ("sync_session", "_proxied") or self._place is None:
            raise AttributeError(nom)
        super().__init__(self._place.connexion, expire_on_commit=False)
        self.sync_session.info.update(self._info)
        return self.__dict__[nom]

    @property
    def _entamee(self) -> bool:
        return "sync_session" in self.__dict__ and self.sync_session.in_transaction()

    @property
    def info(self) -> dict[Any, Any]:
        return self.sync_session.info if "sync_session" in self.__dict__ else self._info

    def get_bind(self, *_: Any, **__: Any) -> Any:
        return self._ouverte.connexion.sync_connection

    @property
    def _ouverte(self) -> Place:
        if self._place is None:
            raise InvalidRequestError("this session is closed")
        return self._place

    def _sur_la_base(self, sql: str) -> None:
        try:
            self.brute.execute(sql)
        except sqlite3.Error as error:
            raise self.traduire(error, sql) from error

    def traduire(self, error: sqlite3.Error, sql: str) -> BaseException:
        """What SQLAlchemy raises for that error of the driver."""
        return DBAPIError.instance(sql, None, error, sqlite3.Error, dialect=self._ouverte.dialecte)

    def preparer(self) -> None:
        """Send what the session has not written yet: a statement played on the driver must see it."""
        if self._entamee:
            self.sync_session.flush()

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
        if self._entamee:
            self.sync_session.flush(objects)

    async def commit(self) -> None:
        try:
            if self._entamee:
                self.sync_session.commit()
            if self.brute.in_transaction:
                self._sur_la_base("COMMIT")
        except DBAPIError:
            self._ouverte.perdue = True
            raise

    async def rollback(self) -> None:
        if self._entamee:
            self.sync_session.rollback()
        if self.brute.in_transaction:
            self._sur_la_base("ROLLBACK")

    async def close(self) -> None:
        """Undo what was not committed, and give the connection back."""
        if (place := self._place) is None:
            return
        try:
            if "sync_session" in self.__dict__:
                self.sync_session.close()
            if self.brute.in_transaction:
                self.brute.execute("ROLLBACK")
        except Exception:
            place.perdue = True
            raise
        finally:
            self._place = None
            self._places.rendre(place)

    async def __aexit__(self, type_: Any, value: Any, traceback: Any) -> None:
        await self.close()


registry.register("sqlite.inline", __name__, "InlineSQLite")

#: Dialect and driver, as the first part of a URL.
ENGINE = "sqlite+inline"
