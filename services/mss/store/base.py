"""The tables of secure mail: this module's metadata is what Alembic compares and templates are made of."""

from sqlalchemy.orm import DeclarativeBase

from shared.db.conventions import nouvelle_metadata


class Base(DeclarativeBase):
    metadata = nouvelle_metadata()
