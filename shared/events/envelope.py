"""An event on its way: CloudEvents 1.0, structured JSON mode, with the Distributed Tracing extension."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from shared.contracts.event import Event, event_class


@dataclass(frozen=True, slots=True)
class Envelope:
    """``subject`` is the contract's (``dmp.document.depose``); on the wire it is prefixed with ``bac.{bac}.``."""

    id: str
    subject: str
    bac: str
    epoque: int
    source: str
    time: datetime
    data: dict[str, Any]
    traceparent: str | None = None

    @property
    def wire_subject(self) -> str:
        return f"bac.{self.bac}.{self.subject}"

    def event(self) -> Event:
        return event_class(self.subject).model_validate(self.data)

    def to_bytes(self) -> bytes:
        suite = {"traceparent": self.traceparent} if self.traceparent else {}
        return orjson.dumps(
            {
                "specversion": "1.0",
                "id": self.id,
                "type": f"fr.bacasante.{self.subject}",
                "source": f"/services/{self.source}",
                "subject": self.wire_subject,
                "time": self.time.isoformat(),
                "datacontenttype": "application/json",
                "bac": self.bac,
                "epoque": self.epoque,
                "data": self.data,
                **suite,
            }
        )

    @classmethod
    def from_bytes(cls, payload: bytes) -> "Envelope":
        d = orjson.loads(payload)
        return cls(
            id=d["id"],
            subject=d["subject"].split(".", 2)[2],
            bac=d["bac"],
            epoque=d["epoque"],
            source=d["source"].rsplit("/", 1)[1],
            time=datetime.fromisoformat(d["time"]),
            data=d["data"],
            traceparent=d.get("traceparent"),
        )
