"""Prometheus counters and histograms, declared in one table, imported at the first use.

Labels are codes with few values (service, method, route, rule): never an identifier, never a bac's name.
"""

import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate
from typing import Any, Literal, TypeAlias

Genre: TypeAlias = Literal["compteur", "jauge"]
SECONDES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


@dataclass(frozen=True, slots=True)
class Definition:
    genre: Genre
    aide: str
    labels: tuple[str, ...] = ()


METRIQUES: dict[str, Definition] = {
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
    _serie(nom, tuple(labels.items())).inc(valeur)


def mesurer(nom: str, valeur: float, **labels: str) -> None:
    """Set a gauge."""
    _serie(nom, tuple(labels.items())).set(valeur)


def exposer() -> tuple[str, bytes]:
    """(Content-Type, text) of ``/metrics``."""
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

    return CONTENT_TYPE_LATEST, generate_latest(_registre())


@cache
def _registre() -> Any:
    from prometheus_client import CollectorRegistry

    registre = CollectorRegistry()
    registre.register(_Exposition())
    return registre


@cache
def _metrique(nom: str) -> Any:
    from prometheus_client import Counter, Gauge

    definition = METRIQUES[nom]
    classe = Counter if definition.genre == "compteur" else Gauge
    return classe(nom, definition.aide, definition.labels, registry=_registre())


@lru_cache(maxsize=2000)
def _serie(nom: str, labels: tuple[tuple[str, str], ...]) -> Any:
    return _metrique(nom).labels(**dict(labels)) if labels else _metrique(nom)


class Requetes:
    """The HTTP requests of one kind: how many ended within each bound of ``SECONDES``, and the time they took.

    Every exchange is counted here, in plain numbers that become metrics when somebody reads them: adding to a metric of
    the library costs more than the journal entry of the exchange.
    """

    __slots__ = ("depuis", "effectifs", "somme")

    def __init__(self) -> None:
        self.effectifs = [0] * (len(SECONDES) + 1)
        self.somme = 0.0
        self.depuis = time.time()

    def ajouter(self, secondes: float) -> None:
        self.effectifs[bisect_left(SECONDES, secondes)] += 1
        self.somme += secondes


_REQUETES: dict[tuple[str, str, str, str], Requetes] = defaultdict(Requetes)


def requetes(*, service: str, methode: str, route: str, statut: str) -> Requetes:
    """The series of one kind of request, to keep at hand."""
    return _REQUETES[service, methode, route, statut]


class _Exposition:
    """``bacasante_requetes_total`` by status, and ``bacasante_requete_secondes`` over all of them."""

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

        labels = ("service", "methode", "route")
        nombres = CounterMetricFamily("bacasante_requetes", "HTTP requests answered", labels=(*labels, "statut"))
        durees = HistogramMetricFamily("bacasante_requete_secondes", "Time to the end of the answer", labels=labels)
        genres: dict[tuple[str, ...], list[Requetes]] = defaultdict(list)
        for cle, serie in _REQUETES.items():
            nombres.add_metric(cle, sum(serie.effectifs), created=serie.depuis)
            genres[cle[:3]].append(serie)
        bornes = [*map(str, SECONDES), "+Inf"]
        for genre, series in genres.items():
            cumules = accumulate(map(sum, zip(*(s.effectifs for s in series), strict=True)))
            durees.add_metric(genre, list(zip(bornes, cumules, strict=True)), sum(s.somme for s in series))
            depuis = min(s.depuis for s in series)
            durees.add_sample("bacasante_requete_secondes_created", dict(zip(labels, genre, strict=True)), depuis)
        yield nombres
        yield durees
