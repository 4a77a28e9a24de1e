"""One request, one transaction, committed before the answer leaves; events leave with the state that made them."""

import uuid
from datetime import datetime
from functools import lru_cache

from sqlalchemy import MetaData, insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.event import Event
from shared.db.directe import Directe
from shared.edge.bac import Bac
from shared.events.envelope import Envelope
from shared.observability.tracing import courant


@lru_cache(maxsize=32)
def _ecrire(metadata: MetaData) -> Directe:
    """The insertion into the outbox, composed once a service."""
    return Directe(insert(metadata.tables["outbox"]))


class UnitOfWork:
    """The open transaction of one use case. Nobody but :class:`shared.db.spaces.Space` commits it.

    No network call may be awaited while it is open: it holds the write lock of its space (architecture §11.14).
    """

    def __init__(self, session: AsyncSession, bac: Bac, service: str, metadata: MetaData) -> None:
        self.session = session
        self.bac = bac
        self._service = service
        self._metadata = metadata
        self._envelopes: list[Envelope] = []

    def now(self) -> datetime:
        return self.bac.now()

    def emit(self, event: Event) -> str:
        """Queue a fact for the outbox; it is published if and only if the transaction commits. Returns its id."""
        event_id = str(uuid.uuid4())
        self._envelopes.append(
            Envelope(
                id=event_id,
                subject=event.subject,
                bac=self.bac.nom,
                epoque=self.bac.epoque,
                source=self._service,
                time=self.bac.now(),
                data=event.model_dump(mode="json"),
                traceparent=courant(),
            )
        )
        return event_id

    async def write_outbox(self) -> int:
        """Called by the space, just before it commits."""
        if not self._envelopes:
            return 0
        rows = [{"event_id": e.id, "subject": e.subject, "payload": e.to_bytes()} for e in self._envelopes]
        await _ecrire(self._metadata).jouer(self.session, *rows)
        return len(rows)
