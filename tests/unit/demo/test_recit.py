"""The account of the demo: kept and broken promises, for people and for machines."""

import json
from typing import Any

import httpx
import pytest
from rich.console import Console

from bacasante.demo.documents import compte_rendu, lot_mhd, ordonnance
from bacasante.demo.fil import Fil, motif, resumer
from bacasante.demo.lanceur import demo, jouer
from bacasante.demo.modele import Etape, PromesseRompue, Recit
from bacasante.demo.rendu import RenduConsole, RenduJson
from bacasante.demo.scene import MEDECIN, PATIENTE, Scene
from services.dmp.cda import lire_entete
from services.dmp.domain.cda import regles
from shared.clock import SystemClock
from shared.errors import Interdit
from shared.fhir.outcome import outcome
from shared.monde.patients import PATIENTS
from shared.monde.professionnels import PROFESSIONNELS
from shared.soap.faults import fault_siram


def test_a_broken_promise_carries_what_was_expected_and_what_came() -> None:
    recit = Recit(1, "titre", ())

    recit.egal("kept", 1, 1, voie="A")
    with pytest.raises(PromesseRompue) as rompue:
        recit.egal("broken", 2, 3, voie="B")

    assert [p.quoi for p in recit.promesses] == ["kept"]
    assert (rompue.value.recu, rompue.value.attendu, rompue.value.voie) == (2, 3, "B")


def test_secrets_of_a_redirect_are_not_told() -> None:
    brute = httpx.Response(302, headers={"location": "http://lps/cb?code=SECRET&state=ALSO"})

    assert "SECRET" not in resumer(brute)
    assert "ALSO" not in resumer(brute)


def test_a_refusal_is_told_by_its_rule_in_every_dialect() -> None:
    refus = Interdit("no right", "pas le droit", regle="DMP-AD-031")

    assert motif(httpx.Response(403, json={"regle": "DMP-AD-031", "detail": "no right"})) == "DMP-AD-031 no right"
    assert motif(httpx.Response(403, json=outcome(refus))) == "DMP-AD-031 no right"
    assert motif(httpx.Response(500, content=fault_siram(refus).corps)) == "DMP-AD-031 no right"
    assert (
        motif(httpx.Response(400, json={"error": "invalid_grant", "error_description": "used"})) == "invalid_grant used"
    )
    assert motif(httpx.Response(502, text="bad gateway")) == "bad gateway"


def bac(requete: httpx.Request) -> httpx.Response:
    """A bac that only knows its events and its clock."""
    if requete.url.path.endswith("/_bac/events"):
        return httpx.Response(200, json={"events": [{"id": "1", "subject": "a.b.c"}]})
    return httpx.Response(404, json={"regle": "BAC-REQ-04", "detail": "nothing"}, headers={"Bac-Journal": "j1"})


@pytest.fixture
def monde(monkeypatch: pytest.MonkeyPatch) -> None:
    origine = Fil.__init__

    def init(self: Fil, base: str, **options: Any) -> None:
        origine(self, base, **options)
        self.client.close()
        self.client = httpx.Client(transport=httpx.MockTransport(bac))

    monkeypatch.setattr(Fil, "__init__", init)


def tenir(scene: Scene, recit: Recit) -> None:
    recit.promettre("something holds", True, voie="X")


def rompre(scene: Scene, recit: Recit) -> None:
    scene.fil.get("/absent", voie="Y")


def planter(scene: Scene, recit: Recit) -> None:
    raise KeyError("oops")


@pytest.mark.usefixtures("monde")
def test_the_demo_stops_at_the_first_broken_promise_and_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    etapes = [Etape(1, "un", ("a",), tenir), Etape(2, "deux", ("b",), rompre), Etape(3, "trois", (), tenir)]

    bilan = jouer("http://bac", "default", etapes, RenduJson())

    lignes = [json.loads(ligne) for ligne in capsys.readouterr().out.splitlines()]
    assert not bilan.tenue
    assert [ligne["kind"] for ligne in lignes] == ["step", "step", "end"]
    assert lignes[1]["broken"]["why"] == "http://bac/_bac/why/j1"
    assert lignes[2]["failed_step"] == 2


@pytest.mark.usefixtures("monde")
def test_a_step_that_crashes_is_a_broken_promise_too() -> None:
    console = Console(record=True, width=120, file=open("/dev/null", "w"))  # noqa: SIM115
    bilan = jouer("http://bac", "default", [Etape(1, "un", (), planter)], RenduConsole(console))
    console.file.close()

    assert not bilan.tenue
    assert "KeyError" in console.export_text()


def test_an_illegal_bac_name_is_refused_before_anything_is_started(capsys: pytest.CaptureFixture[str]) -> None:
    assert demo("http://127.0.0.1:9", "NOT LEGAL", propre=False) == 2
    assert demo("http://127.0.0.1:9", "ci-1", propre=False) == 2

    assert "no ready instance" in capsys.readouterr().err


def test_the_documents_of_the_demo_keep_the_rules_of_the_minimal_header() -> None:
    patient, medecin, now = PATIENTS[PATIENTE], PROFESSIONNELS[MEDECIN], SystemClock().now()
    oid = patient.oid("qualif")
    for doc in (
        compte_rendu(patient, oid, medecin, now),
        ordonnance("1.2.3", b"%PDF-1.7", patient, oid, medecin, now),
    ):
        assert list(regles(lire_entete(doc.contenu))) == []
        lot = lot_mhd(doc, patient, oid, medecin, now.isoformat())
        assert [e["resource"]["resourceType"] for e in lot["entry"]] == ["List", "DocumentReference", "Binary"]
        json.dumps(lot)
