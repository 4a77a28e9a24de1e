"""OpenTelemetry hooks: a patient's story across HTTP and events. Without an SDK they cost nothing and still propagate.

``opentelemetry`` is imported at the first use: a process that traces nothing does not pay for it.
"""

import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

NOM = "bacasante"
_SUIVI: ContextVar[bool] = ContextVar("suivi", default=False)


def injecter(entetes: MutableMapping[str, str]) -> MutableMapping[str, str]:
    """Write ``traceparent`` (and ``tracestate``) of the current span into outgoing headers or an envelope."""
    from opentelemetry import propagate

    propagate.inject(entetes)
    return entetes


def traceparent() -> str | None:
    """The current ``traceparent``, to be stored in an outbox row."""
    return injecter({}).get("traceparent")


def courant() -> str | None:
    """The same, for hot paths: outside any span of ours it costs one look at a variable."""
    return traceparent() if _SUIVI.get() else None


def suivi(entete: str | None) -> bool:
    """Whether an exchange is worth a span: the caller traces, or this process was given an SDK."""
    return entete is not None or "opentelemetry.sdk" in sys.modules


@contextmanager
def suivre(
    nom: str, entetes: Mapping[str, str] | None = None, *, attributs: Mapping[str, str | int | bool] | None = None
) -> Iterator[Any]:
    """A span named after the operation, child of the caller's when ``entetes`` carry a ``traceparent``.

    Attributes are technical ids and codes, never a person's data. An exception is recorded by its class only.
    """
    from opentelemetry import context, propagate, trace

    parent = propagate.extract(dict(entetes)) if entetes else None
    jeton = context.attach(parent) if parent is not None else None
    ici = _SUIVI.set(True)
    try:
        with trace.get_tracer(NOM).start_as_current_span(
            nom, attributes=dict(attributs or {}), record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except Exception as exc:
                span.set_status(trace.Status(trace.StatusCode.ERROR, type(exc).__name__))
                raise
    finally:
        _SUIVI.reset(ici)
        if jeton is not None:
            context.detach(jeton)


def identifiants() -> dict[str, str]:
    """``trace_id`` and ``span_id`` of the current span, in hexadecimal; nothing when there is none."""
    from opentelemetry import trace

    contexte = trace.get_current_span().get_span_context()
    if not contexte.is_valid:
        return {}
    return {"trace_id": f"{contexte.trace_id:032x}", "span_id": f"{contexte.span_id:016x}"}
