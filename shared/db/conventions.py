"""Table conventions shared by every service: names, column types, and the tables every space carries."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.dialects.postgresql import JSONB

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

#: JSON on SQLite, JSONB on PostgreSQL.
Json = JSON().with_variant(JSONB(), "postgresql")

#: Integer sequence type that both databases autoincrement: use with ``Identity()`` (never a bare SERIAL, whose
#: sequence would be shared by every copy of a template schema).
Sequence = BigInteger().with_variant(Integer(), "sqlite")


def _lire_texte(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


class Instant(TypeDecorator[datetime]):
    """A timezone-aware UTC instant; kept as sortable text (ISO, microseconds) on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(32))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime: every instant carries its zone")
        value = value.astimezone(UTC)
        return value.isoformat(timespec="microseconds") if dialect.name == "sqlite" else value

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        """On SQLite the reader is the one in C, called directly: a list reads hundreds of instants."""
        return _lire_texte if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        instant: datetime = value
        return instant.astimezone(UTC)


def nouvelle_metadata() -> MetaData:
    """The metadata of one service, with the tables of the event machinery already in it.

    ``outbox``: facts committed with the state that made them, until the relay hands them on. A number may serve again
    once its row is gone: it orders what waits, and names nothing.
    ``inbox``: which consumer has already applied which event. ``lettre_morte``: events a consumer gave up on.
    """
    metadata = MetaData(naming_convention=NAMING)
    Table(
        "outbox",
        metadata,
        Column("seq", Sequence, Identity(), primary_key=True),
        Column("event_id", String(36), nullable=False),
        Column("subject", String(120), nullable=False),
        Column("payload", LargeBinary, nullable=False),
    )
    Table(
        "inbox",
        metadata,
        Column("consumer", String(120), primary_key=True),
        Column("event_id", String(36), primary_key=True),
        Column("traite_le", Instant, nullable=False),
    )
    Table(
        "lettre_morte",
        metadata,
        Column("seq", Sequence, Identity(), primary_key=True),
        Column("consumer", String(120), nullable=False),
        Column("event_id", String(36), nullable=False),
        Column("subject", String(120), nullable=False),
        Column("payload", LargeBinary, nullable=False),
        Column("erreur", Text, nullable=False),
        Column("survenu_le", Instant, nullable=False),
        Index("ix_lettre_morte_event_id", "event_id"),
    )
    return metadata
