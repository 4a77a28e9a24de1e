"""Events as published language: facts in the past tense, identifiers and values, never documents."""

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

_CLASSES: dict[str, type["Event"]] = {}


class Event(BaseModel):
    """A fact one service tells the others. ``subject`` is ``<service>.<objet>.<participe>`` (architecture §6)."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    subject: ClassVar[str] = ""
    occurred_at: datetime

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        if cls.subject:
            _CLASSES[cls.subject] = cls


def event_class(subject: str) -> type[Event]:
    """The class of a subject; ``KeyError`` when its contract module was never imported."""
    return _CLASSES[subject]
