"""The gateway's tables. Each bac has its own space; ``_gateway`` is the central one (registry, signing keys)."""

from sqlalchemy.orm import DeclarativeBase

from shared.db.conventions import nouvelle_metadata

CENTRAL = "_gateway"


class Base(DeclarativeBase):
    metadata = nouvelle_metadata()
