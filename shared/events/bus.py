"""Delivery of events: the interface, and the in-process bus of the embedded topology.

Both buses promise the same: at least once, in the order of the producer's commits within a bac; a consumer that keeps
refusing an event gets it as a dead letter, and the others are not held up.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from shared.events.envelope import Envelope

Livraison = Callable[[Envelope], Awaitable[None]]
Ecoute = Callable[[Envelope], None]


class Bus(Protocol):
    async def publish(self, envelopes: list[Envelope]) -> None:
        """Hand the events on; returns when they are safe (in process: when every consumer is done with them)."""
        ...

    def subscribe(self, service: str, subjects: list[str], livrer: Livraison) -> None:
        """``livrer`` returns when the event is dealt with (applied, or dead); raising means: try again later."""
        ...

    def ecouter(self, ecoute: Ecoute) -> None:
        """Watch every event go by, without any promise (console, ``/_bac/evenements``)."""
        ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def inactif(self, service: str, bac: str) -> bool:
        """Whether ``service`` has nothing left to consume for ``bac``."""
        ...

    async def oublier(self, bac: str) -> None:
        """Purge what is still stored for a dropped bac."""
        ...

    async def joignable(self) -> bool: ...


class InProcessBus:
    """Consumers run in the producer's process, one event of a bac after the other; services begin in the order of
    ``services``, whichever subscribed first."""

    def __init__(self, services: Sequence[str] = ()) -> None:
        self._rangs = {nom: rang for rang, nom in enumerate(services)}
        self._abonnes: dict[str, list[tuple[str, Livraison]]] = defaultdict(list)
        self._ecoutes: list[Ecoute] = []
        self._en_vol: dict[tuple[str, str], int] = defaultdict(int)
        self._ouvert = asyncio.Event()
        self._ouvert.set()

    def retenir(self) -> None:
        """Hold every event until :meth:`start`: not everybody has subscribed yet."""
        self._ouvert.clear()

    def subscribe(self, service: str, subjects: list[str], livrer: Livraison) -> None:
        for subject in subjects:
            self._abonnes[subject].append((service, livrer))
            self._abonnes[subject].sort(key=lambda abonne: self._rangs.get(abonne[0], len(self._rangs)))

    def ecouter(self, ecoute: Ecoute) -> None:
        self._ecoutes.append(ecoute)

    async def publish(self, envelopes: list[Envelope]) -> None:
        await self._ouvert.wait()
        for envelope in envelopes:
            for ecoute in self._ecoutes:
                ecoute(envelope)
            await asyncio.gather(*(self._livrer(s, livrer, envelope) for s, livrer in self._abonnes[envelope.subject]))

    async def _livrer(self, service: str, livrer: Livraison, envelope: Envelope) -> None:
        cle = (service, envelope.bac)
        self._en_vol[cle] += 1
        try:
            await livrer(envelope)
        finally:
            self._en_vol[cle] -= 1
            if not self._en_vol[cle]:
                del self._en_vol[cle]

    async def start(self) -> None:
        """Nothing to connect to: what was held goes."""
        self._ouvert.set()

    async def stop(self) -> None:
        """Nothing to disconnect from."""

    async def inactif(self, service: str, bac: str) -> bool:
        return (service, bac) not in self._en_vol

    async def oublier(self, bac: str) -> None:
        """Nothing is stored here: the outbox is in the space, and goes with it."""

    async def joignable(self) -> bool:
        return True
