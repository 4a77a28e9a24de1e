"""Prometheus counters and histograms, declared in one table, imported at the first use.

Labels are codes with few values (service, method, route, rule): never an identifier, never a bac's name.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias

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
    "bacasante_commandes_mail_total": Definition("compteur", "SMTP and IMAP commands", ("protocole", "issue")),
    "bacasante_bacs": Definition("jauge", "Bacs that exist"),
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
