"""Delivery over NATS JetStream: one file-backed stream, one durable consumer a service."""

import asyncio
import contextlib
import time
from collections import defaultdict
from datetime import timedelta
from typing import Any

import nats
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from shared.events.bus import Ecoute, Livraison
from shared.events.envelope import Envelope

STREAM = "BACASANTE"
_RETENTION = timedelta(days=7)
#: What a killed consumer had taken comes back after this long; one that is merely slow says so meanwhile.
_ATTENTE_ACK = 6.0

log = structlog.get_logger(__name__)


class NatsBus:
    """At-least-once over JetStream; ``Nats-Msg-Id`` lets the server drop a relay's repetition."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Client | None = None
        self._js: JetStreamContext | None = None
        self._abonnes: dict[str, list[tuple[list[str], Livraison]]] = defaultdict(list)
        self._ecoutes: list[Ecoute] = []
        self._taches: list[asyncio.Task[None]] = []
        self._en_vol: dict[tuple[str, str], int] = defaultdict(int)

    def subscribe(self, service: str, subjects: list[str], livrer: Livraison) -> None:
        self._abonnes[service].append((subjects, livrer))

    def ecouter(self, ecoute: Ecoute) -> None:
        self._ecoutes.append(ecoute)

    async def start(self) -> None:
        self._taches.append(asyncio.create_task(self._vivre()))

    async def _vivre(self) -> None:
        """Connect, however long that takes: requests that only need the database work meanwhile."""
        while True:
            try:
                await self._connecter()
                return
            except (NatsError, OSError, TimeoutError) as error:
                log.warning("nats.injoignable", erreur=type(error).__name__)
                await asyncio.sleep(1)

    async def _connecter(self) -> None:
        async def quietly(error: Exception) -> None:
            log.warning("nats.erreur", erreur=type(error).__name__)

        client = await nats.connect(
            self._url,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.5,
            connect_timeout=3,
            error_cb=quietly,
        )
        try:
            await self._preparer(client)
        except BaseException:
            self._js = None
            await client.close()
            raise
        self._client = client
        self._taches += [asyncio.create_task(self._consommer(service)) for service in self._abonnes]

    async def _preparer(self, client: Client) -> None:
        """Stream, watchers, consumers: in that order, so that nothing goes by unseen."""
        js = client.jetstream(timeout=5)
        try:
            await js.stream_info(STREAM)
        except NotFoundError:
            await js.add_stream(
                StreamConfig(
                    name=STREAM,
                    subjects=["bac.>"],
                    storage=StorageType.FILE,
                    retention=RetentionPolicy.LIMITS,
                    max_age=_RETENTION.total_seconds(),
                    duplicate_window=120,
                )
            )
        if self._ecoutes:
            await client.subscribe("bac.>", cb=self._montrer)
            await client.flush()
        self._js = js
        for service in self._abonnes:
            await self._declarer(service)

    async def _montrer(self, msg: Msg) -> None:
        with contextlib.suppress(ValueError, KeyError):
            envelope = Envelope.from_bytes(msg.data)
            for ecoute in self._ecoutes:
                ecoute(envelope)

    def _subjects(self, service: str) -> list[str]:
        return sorted({s for subjects, _ in self._abonnes[service] for s in subjects})

    async def _declarer(self, service: str) -> None:
        assert self._js is not None
        await self._js.add_consumer(
            STREAM,
            ConsumerConfig(
                durable_name=service,
                ack_policy=AckPolicy.EXPLICIT,
                deliver_policy=DeliverPolicy.ALL,
                ack_wait=_ATTENTE_ACK,
                max_deliver=-1,
                max_ack_pending=1000,
                filter_subjects=[f"bac.*.{s}" for s in self._subjects(service)],
            ),
        )

    async def _consommer(self, service: str) -> None:
        assert self._js is not None
        while True:
            try:
                subscription = await self._js.pull_subscribe_bind(consumer=service, stream=STREAM)
                while True:
                    with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
                        await self._traiter(service, await subscription.fetch(100, timeout=5))
            except asyncio.CancelledError:
                raise
            except Exception as error:  # the connection is down or the consumer was lost: declare it again
                log.warning("nats.consommation_interrompue", service=service, erreur=type(error).__name__)
                await asyncio.sleep(0.5)
                with contextlib.suppress(Exception):
                    await self._declarer(service)

    async def _traiter(self, service: str, messages: list[Msg]) -> None:
        par_bac: dict[str, list[Msg]] = defaultdict(list)
        for message in messages:
            par_bac[message.subject.split(".", 2)[1]].append(message)
        await asyncio.gather(*(self._suite(service, bac, suite) for bac, suite in par_bac.items()))

    async def _suite(self, service: str, bac: str, suite: list[Msg]) -> None:
        cle = (service, bac)
        self._en_vol[cle] += 1
        signe = time.monotonic()
        try:
            for rang, message in enumerate(suite):
                if time.monotonic() - signe > _ATTENTE_ACK / 3:
                    signe = time.monotonic()
                    for restant in suite[rang:]:
                        await restant.in_progress()
                await self._un(service, message)
        finally:
            self._en_vol[cle] -= 1
            if not self._en_vol[cle]:
                del self._en_vol[cle]

    async def _un(self, service: str, message: Msg) -> None:
        try:
            envelope = Envelope.from_bytes(message.data)
        except (ValueError, KeyError, IndexError):
            log.error("evenement.illisible", sujet=message.subject)
            await message.term()
            return
        try:
            for subjects, livrer in self._abonnes[service]:
                if envelope.subject in subjects:
                    await livrer(envelope)
        except Exception as error:  # a dependency is missing: the server gives it again
            log.warning("evenement.reporte", sujet=envelope.subject, erreur=type(error).__name__)
            await message.nak(delay=1)
            return
        await message.ack()

    async def publish(self, envelopes: list[Envelope]) -> None:
        if self._js is None:
            raise ConnectionError("NATS is not connected")
        js = self._js
        await asyncio.gather(
            *(js.publish(e.wire_subject, e.to_bytes(), headers={"Nats-Msg-Id": e.id}) for e in envelopes)
        )

    async def stop(self) -> None:
        for tache in self._taches:
            tache.cancel()
        await asyncio.gather(*self._taches, return_exceptions=True)
        if self._client is not None:
            await self._client.close()

    async def inactif(self, service: str, bac: str) -> bool:
        if self._js is None or (service, bac) in self._en_vol:
            return False
        if not self._abonnes.get(service):
            return True
        dernier = 0
        for subject in self._subjects(service):
            with contextlib.suppress(NotFoundError):
                message: Any = await self._js.get_last_msg(STREAM, f"bac.{bac}.{subject}")
                dernier = max(dernier, message.seq or 0)
        try:
            info = await self._js.consumer_info(STREAM, service)
        except NotFoundError:  # a server that comes back reads its consumers one after the other
            return False
        if not info.num_pending and not info.num_ack_pending:
            return True
        return info.ack_floor is not None and info.ack_floor.stream_seq >= dernier

    async def oublier(self, bac: str) -> None:
        if self._js is not None:
            await self._js.purge_stream(STREAM, subject=f"bac.{bac}.>")

    async def joignable(self) -> bool:
        """Asked, not remembered: a connection whose server has just died still looks open."""
        if self._client is None or not self._client.is_connected:
            return False
        try:
            await self._client.flush(2)
        except (NatsError, OSError, TimeoutError):
            return False
        return self._client.is_connected
