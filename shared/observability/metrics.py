"""Prometheus counters and histograms, declared in one table, imported at the first use.

Labels are codes with few values (service, method, route, rule): never an identifier, never a bac's name.
"""

import time
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias

from shared.web.asgi import ASGIApp, Message, Receive, Scope, Send

Genre: TypeAlias = Literal["compteur", "duree", "jauge"]
SECONDES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


@dataclass(frozen=True, slots=True)
class Definition:
    genre: Genre
    aide: str
    labels: tuple[str, ...] = ()


METRIQUES: dict[str, Definition] = {
    "bacasante_requetes_total": Definition(
        "compteur", "HTTP requests answered", ("service", "methode", "route", "statut")
    ),
    "bacasante_requete_secondes": Definition("duree", "Time to the end of the answer", ("service", "methode", "route")),
    "bacasante_refus_total": Definition("compteur", "Refusals by rule", ("service", "regle")),
    "bacasante_evenements_publies_total": Definition("compteur", "Events relayed", ("service", "sujet")),
    "bacasante_evenements_traites_total": Definition(
        "compteur", "Events consumed", ("service", "consommateur", "issue")
    ),
    "bacasante_lettres_mortes_total": Definition("compteur", "Events given up", ("service", "consommateur")),
    "bacasante_commandes_mail_total": Definition(
        "compteur", "SMTP and IMAP commands", ("protocole", "commande", "issue")
    ),
    "bacasante_bacs": Definition("jauge", "Bacs that exist"),
    "bacasante_espaces_ouverts": Definition("jauge", "Spaces kept open", ("service",)),
}


def compter(nom: str, valeur: float = 1, **labels: str) -> None:
    """Add to a declared counter."""
    _serie(nom, labels).inc(valeur)


def observer(nom: str, secondes: float, **labels: str) -> None:
    """Record a duration."""
    _serie(nom, labels).observe(secondes)


def mesurer(nom: str, valeur: float, **labels: str) -> None:
    """Set a gauge."""
    _serie(nom, labels).set(valeur)


def exposer() -> tuple[str, bytes]:
    """(Content-Type, text) of ``/metrics``."""
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

    return CONTENT_TYPE_LATEST, generate_latest(_registre())


class Mesures:
    """Pure ASGI middleware: counts and times requests by route template."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self.app = app
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        statut, debut = 500, time.perf_counter()

        async def envoyer(message: Message) -> None:
            nonlocal statut
            if message["type"] == "http.response.start":
                statut = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, envoyer)
        finally:
            route = str(getattr(scope.get("route"), "path", None) or "(autre)")
            communs: dict[str, str] = {"service": self.service, "methode": str(scope["method"]), "route": route}
            compter("bacasante_requetes_total", 1, **communs, statut=str(statut))
            observer("bacasante_requete_secondes", time.perf_counter() - debut, **communs)


@cache
def _registre() -> Any:
    from prometheus_client import CollectorRegistry

    return CollectorRegistry()


@cache
def _metrique(nom: str) -> Any:
    from prometheus_client import Counter, Gauge, Histogram

    definition = METRIQUES[nom]
    if definition.genre == "duree":
        return Histogram(nom, definition.aide, definition.labels, buckets=SECONDES, registry=_registre())
    classe = Counter if definition.genre == "compteur" else Gauge
    return classe(nom, definition.aide, definition.labels, registry=_registre())


def serie(nom: str, **labels: str) -> Any:
    """One series of a declared metric, to keep at hand on a hot path (``inc``, ``observe``)."""
    return _serie(nom, labels)


def _serie(nom: str, labels: dict[str, str]) -> Any:
    return _metrique(nom).labels(**labels) if labels else _metrique(nom)
