"""The relay: outbox → bus, in order, and only then out of the outbox (architecture §11.16)."""

import asyncio
import contextlib
from functools import lru_cache

import structlog
from sqlalchemy import Table, bindparam, delete, select

from shared.db.directe import Directe
from shared.db.spaces import EspaceInconnu, Spaces
from shared.events.bus import Bus
from shared.events.envelope import Envelope
from shared.observability.metrics import compter

_LOT = 200
_BALAYAGE = 10.0
_REGROUPEMENT = 0.003
"""Seconds a relay rests after a lot: the commits that follow close behind travel together."""

log = structlog.get_logger(__name__)


@lru_cache(maxsize=32)
def _lire(outbox: Table) -> Directe:
    return Directe(select(outbox.c.seq, outbox.c.payload).order_by(outbox.c.seq).limit(_LOT))


@lru_cache(maxsize=32)
def _oter(outbox: Table) -> Directe:
    return Directe(delete(outbox).where(outbox.c.seq == bindparam("numero")))


class Relay:
    """One for a service. Woken by each commit that emitted, and by a sweep at start and every ten seconds."""

    def __init__(self, spaces: Spaces, bus: Bus) -> None:
        self._spaces = spaces
        self._bus = bus
        self._encore: set[str] = set()
        self._taches: dict[str, asyncio.Task[None]] = {}
        self._balayage: asyncio.Task[None] | None = None
        spaces.apres_commit = self.marquer
        spaces.occupe = self.occupe

    def marquer(self, nom: str) -> None:
        """This space has (or may have) something in its outbox."""
        self._encore.add(nom)
        if nom not in self._taches:
            self._taches[nom] = asyncio.create_task(self._servir(nom))

    def occupe(self, nom: str) -> bool:
        return nom in self._taches or nom in self._encore

    async def start(self) -> None:
        self._balayage = asyncio.create_task(self._balayer())

    async def stop(self) -> None:
        taches = [*self._taches.values(), *([self._balayage] if self._balayage else [])]
        for tache in taches:
            tache.cancel()
        await asyncio.gather(*taches, return_exceptions=True)

    async def _balayer(self) -> None:
        """What a crash left is in a space that may be closed; later, in spaces nobody else writes to, only an open
        one can hold something."""
        tous = True
        while True:
            try:
                for nom in await self._spaces.noms() if tous else [s.nom for s in self._spaces.ouverts()]:
                    with contextlib.suppress(EspaceInconnu):
                        if not await (await self._spaces.open(nom)).outbox_vide():
                            self.marquer(nom)
                await self._spaces.maintenir()
                tous = not self._spaces.seul
            except Exception as error:  # the database is away: the next sweep finds it back
                log.warning("relais.balayage_interrompu", erreur=repr(error)[:300])
            await asyncio.sleep(_BALAYAGE)

    async def _servir(self, nom: str) -> None:
        try:
            await self._vider(nom)
        finally:  # nothing is awaited since it looked: a mark set from here on starts another task
            self._taches.pop(nom, None)

    async def _vider(self, nom: str) -> None:
        while nom in self._encore:
            self._encore.discard(nom)
            try:
                while await self._un_lot(nom):
                    pass
                await asyncio.sleep(_REGROUPEMENT)
            except EspaceInconnu:
                return
            except asyncio.CancelledError:
                raise
            except Exception as error:  # bus or database away: nothing is lost, try again shortly
                log.warning("relais.reporte", bac=nom, erreur=repr(error)[:300])
                await asyncio.sleep(0.5)
                self._encore.add(nom)

    async def _un_lot(self, nom: str) -> bool:
        space = await self._spaces.open(nom)
        outbox = space.metadata.tables["outbox"]
        async with space.lecture() as session:
            rows = await _lire(outbox).lignes(session)
        if not rows:
            return False
        enveloppes = [Envelope.from_bytes(row.payload) for row in rows]
        await self._bus.publish(enveloppes)
        for enveloppe in enveloppes:
            compter("bacasante_evenements_publies_total", service=self._spaces.service, sujet=enveloppe.subject)
        async with space.ecriture() as session:
            await _oter(outbox).jouer(session, *({"numero": row.seq} for row in rows))
        return len(rows) == _LOT
