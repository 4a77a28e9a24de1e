"""Spaces: one isolated copy of a service's state per bac, made from a migrated template.

``Spaces`` is the interface; :mod:`shared.db.sqlite` and :mod:`shared.db.postgres` keep it. Both promise the same:
``create`` replaces whatever was there by a copy of the template, atomically; what a transaction committed survives
``kill -9``; a space of a newer schema is refused untouched.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy import MetaData, Table, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from shared.db.directe import Directe
from shared.db.inline_sqlite import Places
from shared.db.unit_of_work import UnitOfWork
from shared.edge.bac import Bac
from shared.errors import Introuvable, Invalide


@dataclass(frozen=True, slots=True)
class Graine:
    """What a template is grown from: ``demo``, ``vide`` or ``population-N``, at a reference date (§11.5)."""

    nom: str
    reference: date

    def __post_init__(self) -> None:
        if self.nom not in ("demo", "vide") and not self.nom.removeprefix("population-").isdecimal():
            raise Invalide(
                f"unknown seed {self.nom!r}: demo, vide or population-N",
                f"graine inconnue {self.nom!r} : demo, vide ou population-N",
                regle="BAC-GRAINE-01",
                champ="graine",
            )

    @property
    def taille(self) -> int | None:
        """N of ``population-N``, else None."""
        suffixe = self.nom.removeprefix("population-")
        return int(suffixe) if suffixe != self.nom else None

    @property
    def cle(self) -> str:
        return f"{self.nom}_{self.reference:%Y%m%d}"


@lru_cache(maxsize=32)
def _premier(outbox: Table) -> Directe:
    return Directe(select(outbox.c.seq).limit(1))


Semeur = Callable[[AsyncSession, Graine], Awaitable[None]]


class EspaceInconnu(Introuvable):
    slug = "bac-inconnu"
    regle = "BAC-ESP-01"


class Space:
    """One open space. Writers queue on ``verrou`` where the database has a single writer (SQLite).

    ``version`` grows with each commit. Where this process is the only writer (``seul``), what was read at a version
    still holds at that version: a hot read may be remembered by it.
    """

    def __init__(
        self,
        nom: str,
        engine: AsyncEngine,
        service: str,
        metadata: MetaData,
        apres_commit: Callable[[str], None],
        verrou: asyncio.Lock | None,
        places: Places | None = None,
    ) -> None:
        self.nom = nom
        self.engine = engine
        self.service = service
        self.metadata = metadata
        self._apres_commit = apres_commit
        self._verrou = verrou
        self._places = places
        self.en_cours = 0
        self.version = 0
        self.seul = verrou is not None
        self.echeance: datetime | None = None
        self.echeance_connue = False

    @asynccontextmanager
    async def transaction(self, bac: Bac) -> AsyncIterator[UnitOfWork]:
        """A read-write transaction: committed when the block ends, rolled back when it raises."""
        async with self.ecriture() as session:
            uow = UnitOfWork(session, bac, self.service, self.metadata)
            yield uow
            await session.flush()
            emitted = await uow.write_outbox()
        self.echeance_connue = False
        if emitted:
            self._apres_commit(self.nom)

    def _session(self, ecriture: bool) -> AsyncSession:
        return self._places.session(ecriture) if self._places else AsyncSession(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def ecriture(self) -> AsyncIterator[AsyncSession]:
        """A bare read-write transaction, for the machinery itself."""
        self.en_cours += 1
        try:
            async with (
                self._verrou or nullcontext(),
                self._session(ecriture=True) as session,
            ):
                yield session
                await session.commit()
        finally:
            self.version += 1  # after the commit: who read just before it knows an older version
            self.en_cours -= 1

    @asynccontextmanager
    async def lecture(self) -> AsyncIterator[AsyncSession]:
        """A consistent read-only view; always rolled back."""
        self.en_cours += 1
        try:
            async with self._session(ecriture=False) as session:
                yield session
        finally:
            self.en_cours -= 1

    @asynccontextmanager
    async def pause(self) -> AsyncIterator[None]:
        """Hold writers off (SQLite; PostgreSQL copies in one snapshot transaction and needs no pause)."""
        async with self._verrou or nullcontext():
            yield

    async def fermer(self) -> None:
        """Close its connections, those in use when they come back."""
        if self._places:
            self._places.fermer()
            await self.engine.dispose()

    async def outbox_vide(self) -> bool:
        async with self.lecture() as session:
            return await _premier(self.metadata.tables["outbox"]).une(session) is None


class Spaces(ABC):
    """Every space of one service, in one kind of database. ``seul``: nobody else writes to them."""

    seul = False

    def __init__(self, service: str, metadata: MetaData, migrations: str, semeur: Semeur, *, ouverts_max: int) -> None:
        self.service = service
        self.metadata = metadata
        self.migrations = migrations
        self.semeur = semeur
        self.apres_commit: Callable[[str], None] = lambda nom: None
        self.occupe: Callable[[str], bool] = lambda nom: False
        self._ouverts: OrderedDict[str, Space] = OrderedDict()
        self._ouverts_max = ouverts_max
        self._verrous: dict[str, asyncio.Lock] = {}

    def _verrou_ouverture(self, nom: str) -> asyncio.Lock:
        return self._verrous.setdefault(nom, asyncio.Lock())

    async def open(self, nom: str) -> Space:
        """The space of a bac; :class:`EspaceInconnu` when there is none."""
        if (space := self._ouverts.get(nom)) is not None:
            self._ouverts.move_to_end(nom)
            return space
        async with self._verrou_ouverture(nom):
            if (space := self._ouverts.get(nom)) is not None:
                return space
            space = await self._open(nom)
            self._ouverts[nom] = space
        await self._fermer_les_moins_recents()
        return space

    async def _fermer_les_moins_recents(self) -> None:
        for nom, space in list(self._ouverts.items()):
            if len(self._ouverts) <= self._ouverts_max:
                return
            if space.en_cours == 0 and not self.occupe(nom):
                del self._ouverts[nom]
                await self._close(space)

    def ouvert(self, nom: str) -> Space | None:
        """The space of a bac if it is open."""
        return self._ouverts.get(nom)

    async def create(self, nom: str, graine: Graine) -> None:
        """Make, or replace, the space of ``nom`` by a copy of the template of ``graine``."""
        async with self._verrou_ouverture("modele:" + graine.cle):
            await self._ensure_template(graine)
        async with self._verrou_ouverture(nom):
            await self._replace(nom, graine)

    async def drop(self, nom: str) -> None:
        """Forget the space of ``nom``; unknown names are fine."""
        async with self._verrou_ouverture(nom):
            await self._drop(nom)
        self._verrous.pop(nom, None)

    async def _retire(self, nom: str) -> Space | None:
        return self._ouverts.pop(nom, None)

    async def close(self) -> None:
        while self._ouverts:
            _, space = self._ouverts.popitem()
            await self._close(space)

    def ouverts(self) -> Iterable[Space]:
        return list(self._ouverts.values())

    @abstractmethod
    async def noms(self) -> list[str]:
        """Every space there is, open or not."""

    @abstractmethod
    async def exporter(self, nom: str, fichier: Path) -> None:
        """Write a consistent copy of the space as one SQLite file (portable between both databases)."""

    @abstractmethod
    async def importer(self, nom: str, fichier: Path) -> None:
        """Replace the space by the content of such a file, migrating it when it is older."""

    async def maintenir(self) -> None:  # noqa: B027  # optional upkeep (SQLite checkpoints)
        """Periodic upkeep, called by the relay's sweep."""

    @abstractmethod
    async def joignable(self) -> bool:
        """Whether the database answers."""

    @abstractmethod
    async def _open(self, nom: str) -> Space: ...

    @abstractmethod
    async def _close(self, space: Space) -> None: ...

    @abstractmethod
    async def _ensure_template(self, graine: Graine) -> None: ...

    @abstractmethod
    async def _replace(self, nom: str, graine: Graine) -> None: ...

    @abstractmethod
    async def _drop(self, nom: str) -> None: ...


def espace_inconnu(service: str, nom: str) -> EspaceInconnu:
    return EspaceInconnu(
        f"service {service} has no bac {nom!r}", f"le service {service} n'a pas de bac {nom!r}", champ="bac"
    )
