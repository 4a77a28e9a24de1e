"""This service's declarative base; the outbox and inbox tables come with its metadata."""

from sqlalchemy.orm import DeclarativeBase

from shared.db.conventions import nouvelle_metadata


class Base(DeclarativeBase):
    metadata = nouvelle_metadata()
