"""The tables of the e-prescription base."""

from sqlalchemy.orm import DeclarativeBase

from shared.db.conventions import nouvelle_metadata


class Base(DeclarativeBase):
    metadata = nouvelle_metadata()
