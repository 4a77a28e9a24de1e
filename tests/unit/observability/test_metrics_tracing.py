"""Metrics and traces."""

import subprocess
import sys

import pytest

from shared.observability.metrics import compter, exposer, mesurer, requetes
from shared.observability.tracing import identifiants, injecter, suivre, traceparent

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def valeur(debut: str) -> float:
    lignes = [ligne for ligne in exposer()[1].decode().splitlines() if ligne.startswith(debut)]
    return float(lignes[0].rsplit(" ", 1)[1]) if lignes else 0.0


def test_a_counter_counts_and_a_gauge_shows_the_last_value() -> None:
    serie = 'bacasante_refus_total{regle="TEST-1",service="essai"}'
    avant = valeur(serie)

    compter("bacasante_refus_total", service="essai", regle="TEST-1")
    mesurer("bacasante_bacs", 3)

    assert valeur(serie) == avant + 1
    assert valeur("bacasante_bacs") == 3


def test_an_undeclared_metric_or_label_is_a_bug_seen_at_once() -> None:
    with pytest.raises(KeyError):
        compter("inconnue")
    with pytest.raises(ValueError, match="label"):
        compter("bacasante_refus_total", patient="x")


def test_a_traceparent_travels_even_without_sdk() -> None:
    with suivre("TD3.1", {"traceparent": PARENT}):
        assert traceparent() == PARENT
        assert injecter({})["traceparent"] == PARENT
        assert identifiants()["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"

    assert traceparent() is None
    assert identifiants() == {}


def test_an_exception_crosses_a_span_untouched() -> None:
    with pytest.raises(ZeroDivisionError), suivre("x", attributs={"regle": "A"}):
        _ = 1 / 0


def test_what_is_heavy_is_imported_at_the_first_use() -> None:
    code = (
        "import sys, shared.observability.metrics, shared.observability.tracing, shared.soap.verification\n"
        "assert not {'prometheus_client', 'opentelemetry', 'signxml'} & set(sys.modules)"
    )

    subprocess.run([sys.executable, "-c", code], check=True, cwd=".")


def test_requests_are_counted_by_status_and_timed_over_all_of_them() -> None:
    genre = {"service": "essai", "methode": "GET", "route": "/essai"}
    serie = 'methode="GET",route="/essai",service="essai"'

    requetes(**genre, statut="200").ajouter(0.002)
    requetes(**genre, statut="200").ajouter(0.0025)
    requetes(**genre, statut="404").ajouter(20)

    assert valeur(f'bacasante_requetes_total{{{serie},statut="200"}}') == 2
    assert valeur(f'bacasante_requetes_total{{{serie},statut="404"}}') == 1
    assert valeur(f'bacasante_requete_secondes_bucket{{le="0.001",{serie}}}') == 0
    assert valeur(f'bacasante_requete_secondes_bucket{{le="0.0025",{serie}}}') == 2
    assert valeur(f'bacasante_requete_secondes_bucket{{le="+Inf",{serie}}}') == 3
    assert valeur(f"bacasante_requete_secondes_count{{{serie}}}") == 3
    assert valeur(f"bacasante_requete_secondes_sum{{{serie}}}") == pytest.approx(20.0045)
