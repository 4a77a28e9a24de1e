"""Structured logs: one event a line, in colour for people or JSON for machines, never a person's data."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO, TypeAlias

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from shared.observability.redaction import caviarder, caviarder_texte

Format: TypeAlias = Literal["console", "json"]
_TECHNIQUES = frozenset({"event", "level", "timestamp", "logger", "trace_id", "span_id", "service", "bac", "exception"})
# Loggers that repeat what the journal says better.
_BAVARDS = ("uvicorn.access", "httpx", "httpcore", "aiosqlite", "mail.log", "asyncio", "fontTools", "fpdf", "nats")


def configurer(niveau: str = "INFO", format: Format = "console", *, flux: TextIO | None = None) -> None:
    """Send structlog and the standard library's loggers through the same chain, to ``flux`` (stderr by default).

    Idempotent: called again, it replaces what it set.
    """
    partages: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _ajouter_trace,
        structlog.processors.format_exc_info,  # plain text: no local variable is ever rendered
        rediger,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *partages,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    sortie = flux or sys.stderr
    gestionnaire = logging.StreamHandler(sortie)
    gestionnaire.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=partages,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _rendu(format, sortie)],
        )
    )
    racine = logging.getLogger()
    racine.handlers[:] = [gestionnaire]
    racine.setLevel(niveau.upper())
    for nom in _BAVARDS:
        logging.getLogger(nom).setLevel(max(logging.WARNING, racine.level))
    for nom in ("uvicorn", "uvicorn.error"):
        logging.getLogger(nom).handlers[:] = []
        logging.getLogger(nom).propagate = True


def rediger(_: WrappedLogger, __: str, evenement: EventDict) -> EventDict:
    """Structlog processor: everything but the technical members goes through the redactor, texts always do."""
    for cle, valeur in list(evenement.items()):
        if cle in _TECHNIQUES:
            evenement[cle] = caviarder_texte(valeur) if isinstance(valeur, str) else valeur
        elif not cle.startswith("_"):
            evenement[cle] = caviarder(valeur, cle)
    return evenement


def lier(**contexte: Any) -> None:
    """Attach technical members (``bac``, ``service``, ``journal``) to every line of the current task."""
    structlog.contextvars.bind_contextvars(**contexte)


def _ajouter_trace(_: WrappedLogger, __: str, evenement: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if "opentelemetry.trace" in sys.modules:
        from shared.observability.tracing import identifiants

        evenement.update(identifiants())
    return evenement


def _rendu(format: Format, sortie: TextIO) -> Processor:
    if format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    couleurs = hasattr(sortie, "isatty") and sortie.isatty()
    return structlog.dev.ConsoleRenderer(colors=couleurs, exception_formatter=structlog.dev.plain_traceback)
