"""This service's declarative base; the tables of the event machinery are in its metadata already."""

from sqlalchemy.orm import DeclarativeBase

from shared.db.conventions import nouvelle_metadata


class Base(DeclarativeBase):
    metadata = nouvelle_metadata()
