"""What was decided and why: the material of ``/_bac/why/{id}``.

A use case that weighs rules calls :func:`noter`; a refusal (:class:`shared.errors.DomainError`) is noted by the web
layer by itself. The notes of a request travel to the journal of the gateway, never to the caller's answer.
"""

from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, TypeAlias

Verdict: TypeAlias = Literal["accepte", "refuse", "averti"]


@dataclass(frozen=True, slots=True)
class Decision:
    """One verdict: the rule (or table row) that decided, what it looked at, and the sentence in both languages.

    ``entrees`` holds the inputs (codes and technical ids), ``examinees`` the ids of the rules looked at in order,
    ``ligne`` the deciding row of a published table, ``source`` the document and section.
    """

    regle: str
    verdict: Verdict
    fr: str
    en: str
    entrees: dict[str, Any] = field(default_factory=dict)
    examinees: tuple[str, ...] = ()
    ligne: dict[str, Any] | None = None
    source: str | None = None


@dataclass(slots=True)
class Notes:
    """Everything a request leaves for the journal."""

    operation: str | None = None
    faits: dict[str, Any] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.operation or self.faits or self.decisions)


_courantes: ContextVar[Notes | None] = ContextVar("notes", default=None)


class carnet:
    """A fresh notebook for the current request (or mail command, or event), for the length of a ``with``."""

    __slots__ = ("_avant",)
    _avant: Token[Notes | None]

    def __enter__(self) -> Notes:
        notes = Notes()
        self._avant = _courantes.set(notes)
        return notes

    def __exit__(
        self, type_: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _courantes.reset(self._avant)


def noter(decision: Decision) -> None:
    """Record a decision; outside any request this is a no-op."""
    if (notes := _courantes.get()) is not None:
        notes.decisions.append(decision)


def avertir(regle: str, *, fr: str, en: str, **entrees: Any) -> None:
    """Record a warning: accepted, yet a stricter profile would have refused."""
    noter(Decision(regle, "averti", fr, en, entrees))


def operation(nom: str, **faits: Any) -> None:
    """Name the published operation being played (``ITI-65``, ``TD3.1``, ``RECSANSVITALE``) and its parsed facts."""
    if (notes := _courantes.get()) is not None:
        notes.operation = nom
        notes.faits.update(faits)
