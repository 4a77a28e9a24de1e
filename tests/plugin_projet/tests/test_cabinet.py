"""Each test has the national back-end to itself; both run at the same time."""

import os
from pathlib import Path

import httpx
from cabinet import Logiciel

MATRICULE = "285076311304226"


def _temoigner(bac) -> None:
    """Which bac this test had, and which worker: the suite that runs this project reads it."""
    if dossier := os.environ.get("TEMOINS"):
        Path(dossier, bac.name).write_text(f"{bac.url} {os.environ.get('PYTEST_XDIST_WORKER', '')}")


def test_the_software_finds_a_patient_and_reads_the_record(bac) -> None:
    _temoigner(bac)
    logiciel = Logiciel(bac.url, bac.token("verdier-mg"))

    assert logiciel.chercher_ins("BLANC-VALMONT", "CAMILLE", "F", "1985-07-14") == MATRICULE
    assert "Consultation de suivi" in logiciel.titres(MATRICULE)

    bac.settle()
    bac.assert_no_refusal()
    assert [e["subject"] for e in bac.events("dmp.*")] != []


def test_the_software_survives_an_outage_and_an_expired_token(bac) -> None:
    _temoigner(bac)
    depart = bac.clock.freeze("2027-01-15T09:00:00+00:00")
    jeton = bac.token("verdier-mg")

    bac.fault("insi-indisponible", times=1)
    panne = httpx.post(f"{bac.url}/insi/v1/recherche-traits", headers={"Authorization": f"Bearer {jeton}"}, json={})
    assert bac.why(panne)["injected_fault"] == "insi-indisponible"
    assert Logiciel(bac.url, jeton).chercher_ins("BLANC-VALMONT", "CAMILLE", "F", "1985-07-14") == MATRICULE

    assert (bac.clock.advance(minutes=3) - depart).total_seconds() == 180
    assert Logiciel(bac.url, jeton).chercher_ins("BLANC-VALMONT", "CAMILLE", "F", "1985-07-14") is None
    assert "expir" in bac.assert_refused(service="ins")["explanation"]["en"].lower()

    moi = httpx.get(
        f"{bac.url}/mes/v1/profil", headers={"Authorization": f"Bearer {bac.patient_token('blanc-valmont')}"}
    )
    assert moi.json()["profil"] == MATRICULE
