"""Reading resources, negotiating formats."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from shared.fhir.negociation import FHIR_JSON, FormatNonAcceptable, accepte, negocier
from shared.fhir.reponse import FhirResponse
from shared.fhir.validation import (
    FormatNonSupporte,
    JsonMalForme,
    Noeud,
    RessourceInvalide,
    RessourceTropGrosse,
    lire_json,
    lire_ressource,
)

DOC = Noeud(
    {
        "status": "current",
        "vide": " ",
        "rang": 3,
        "actif": False,
        "date": "2026-03-02T09:10:00+01:00",
        "mois": "2026-03",
        "type": {"coding": [{"system": "http://loinc.org", "code": "11488-4"}]},
        "identifier": [{"system": "s", "value": "v"}],
        "content": [{"attachment": {"size": "big"}}],
    },
    "DocumentReference",
)


def test_typed_steps_read_what_is_there() -> None:
    assert DOC.code("status", parmi={"current", "superseded"}) == "current"
    assert DOC.entier("rang", minimum=1) == 3
    assert DOC.booleen("actif") is False
    assert DOC.booleen("absent", defaut=True) is True
    assert DOC.instant("date") == datetime(2026, 3, 2, 8, 10, tzinfo=UTC)
    assert DOC.instant("mois") == datetime(2026, 3, 1, tzinfo=UTC)
    assert DOC.premier_coding("type", "http://loinc.org") == ("http://loinc.org", "11488-4")
    assert DOC.premier_coding("type", "other") is None
    assert DOC.identifiant("s") == "v"
    assert DOC.liste("absent") == []


@pytest.mark.parametrize(
    ("lire", "champ"),
    [
        (lambda: DOC.texte("absent"), "DocumentReference.absent"),
        (lambda: DOC.texte("vide"), "DocumentReference.vide"),
        (lambda: DOC.code("status", parmi={"x"}), "DocumentReference.status"),
        (lambda: DOC.entier("rang", maximum=2), "DocumentReference.rang"),
        (lambda: DOC.entier("actif"), "DocumentReference.actif"),
        (lambda: DOC.instant("status"), "DocumentReference.status"),
        (lambda: DOC.objet("status"), "DocumentReference.status"),
        (lambda: DOC.liste("absent", minimum=1), "DocumentReference.absent"),
        (lambda: DOC.decimal("status"), "DocumentReference.status"),
        (
            lambda: DOC.liste("content")[0].objet("attachment").entier("size"),
            "DocumentReference.content[0].attachment.size",
        ),
    ],
)
def test_a_refusal_names_the_fhirpath(lire: Callable[[], object], champ: str) -> None:
    with pytest.raises(RessourceInvalide) as refus:
        lire()

    assert (refus.value.champ, refus.value.regle) == (champ, "BAC-FHIR-01")


def test_a_body_is_parsed_by_type_and_bounded() -> None:
    valeur, noeud = lire_ressource(b'{"resourceType":"List"}', "application/fhir+json; charset=utf-8", "List")

    assert valeur["resourceType"] == noeud.chemin == "List"
    with pytest.raises(RessourceInvalide):
        lire_ressource(b'{"resourceType":"List"}', "application/json", "Bundle")
    with pytest.raises(RessourceInvalide):
        lire_ressource(b"[]", "application/json")
    with pytest.raises(FormatNonSupporte):
        lire_ressource(b"<List/>", "application/fhir+xml", "List")
    with pytest.raises(RessourceTropGrosse):
        lire_json(b" " * 11, limite=10)


@pytest.mark.parametrize("brut", [b"", b"{", b'{"a":NaN}', b"\xff", b"[" * 100 + b"]" * 100, b"[" * 5000 + b"]" * 5000])
def test_malformed_and_very_deep_json_is_refused(brut: bytes) -> None:
    with pytest.raises(JsonMalForme):
        lire_json(brut)


def test_json_is_answered_to_whoever_can_read_it() -> None:
    for accept in (None, "*/*", "application/fhir+json", "text/html,*/*;q=0.1", "application/json"):
        assert negocier(accept) == FHIR_JSON
    assert negocier("application/fhir+xml", "application/fhir json") == FHIR_JSON
    for accept, demande in (("application/fhir+xml", None), ("*/*", "xml")):
        with pytest.raises(FormatNonAcceptable) as refus:
            negocier(accept, demande)
        assert refus.value.status == 406


def test_a_document_is_sent_only_as_an_accepted_type() -> None:
    assert accepte("application/pdf", "application/pdf")
    assert accepte(None, "text/xml")
    assert accepte("text/*;q=0.5", "text/xml")
    assert not accepte("application/pdf", "text/xml")
    assert not accepte("text/xml;q=0", "text/xml")


def test_a_fhir_answer_sends_stored_bytes_untouched_with_its_version() -> None:
    reponse = FhirResponse(b'{"a":1}', 201, location="List/1", version=2, modifie=datetime(2026, 1, 5, tzinfo=UTC))

    assert reponse.body == b'{"a":1}'
    assert reponse.headers["etag"] == 'W/"2"'
    assert reponse.headers["last-modified"] == "Mon, 05 Jan 2026 00:00:00 GMT"
    assert FhirResponse({"é": 1}).body == '{"é":1}'.encode()
    assert reponse.headers["content-type"] == FHIR_JSON
