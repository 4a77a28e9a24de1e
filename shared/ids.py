"""Identifiers are injected too, so a test can name them."""

import uuid
from collections.abc import Iterator
from typing import Protocol


class Ids(Protocol):
    def uuid(self) -> str: ...

    def oid(self) -> str:
        """A globally unique OID (``2.25.<integer>``, ITU-T X.667)."""
        ...


class RandomIds:
    def uuid(self) -> str:
        return str(uuid.uuid4())

    def oid(self) -> str:
        return f"2.25.{uuid.uuid4().int}"


class SequentialIds:
    """Predictable identifiers for tests and canonical exports."""

    def __init__(self, graine: int = 0) -> None:
        self._suite: Iterator[int] = iter(range(graine + 1, 2**63))

    def uuid(self) -> str:
        return str(uuid.UUID(int=next(self._suite), version=4))

    def oid(self) -> str:
        return f"2.25.{next(self._suite)}"
