"""Outcomes and bundles."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.errors import Interdit, TropGros
from shared.fhir.bundle import (
    Entree,
    ReponseEntree,
    collection,
    lire_transaction,
    resoudre_references,
    searchset,
    transaction_response,
)
from shared.fhir.outcome import avertissement, enveloppe, outcome, outcome_octets
from shared.fhir.validation import RessourceInvalide


def test_a_refusal_becomes_an_outcome_with_rule_published_code_path_and_two_languages() -> None:
    refus = Interdit(
        "only the author may delete",
        "Seul l'auteur peut supprimer",
        regle="DMP-AD-031",
        champ="DocumentReference.status",
        membres={"code": "DMPDeleteForbiddenNotAuthor", "systeme": "urn:sandbox:dmp-error"},
    )

    [issue] = json.loads(outcome_octets(refus))["issue"]

    assert (issue["severity"], issue["code"]) == ("error", "forbidden")
    assert issue["details"]["coding"] == [
        {"system": "urn:bacasante:regle", "code": "DMP-AD-031"},
        {"system": "urn:sandbox:dmp-error", "code": "DMPDeleteForbiddenNotAuthor"},
    ]
    assert issue["details"]["text"] == "Seul l'auteur peut supprimer"
    assert issue["diagnostics"] == "only the author may delete"
    assert "only the author may delete" in json.dumps(issue["details"]["_text"])
    assert issue["expression"] == ["DocumentReference.status"]


def test_a_required_element_is_an_issue_of_that_type() -> None:
    assert outcome(RessourceInvalide("e", "f", membres={"issue": "required"}))["issue"][0]["code"] == "required"
    assert enveloppe([avertissement("R", fr="f", en="e")])["issue"][0]["severity"] == "warning"


def test_a_searchset_is_joined_from_stored_bytes() -> None:
    entrees = [
        Entree("http://h/Patient/1", b'{"resourceType":"Patient","id":"1"}'),
        Entree(None, b'{"a":"\xc3\xa9"}', "outcome"),
    ]

    lu = json.loads(searchset(entrees, total=9, liens={"self": "http://h/Patient?_count=1"}))

    assert (lu["type"], lu["total"], lu["link"][0]["relation"]) == ("searchset", 9, "self")
    assert lu["entry"][0] == {
        "fullUrl": "http://h/Patient/1",
        "resource": {"resourceType": "Patient", "id": "1"},
        "search": {"mode": "match"},
    }
    assert lu["entry"][1]["resource"]["a"] == "é"


def test_an_empty_bundle_has_no_entry_member() -> None:
    assert "entry" not in json.loads(searchset([], total=0))
    assert json.loads(collection("collection", [Entree(None, b"{}")]))["entry"] == [{"resource": {}}]


def test_a_transaction_response_keeps_the_order_and_what_each_entry_knows() -> None:
    instant = datetime(2026, 1, 5, 9, tzinfo=UTC)
    lu = json.loads(
        transaction_response(
            [
                ReponseEntree("201 Created", "List/1/_history/1", 'W/"1"', instant, outcome=b'{"resourceType":"X"}'),
                ReponseEntree("200 OK", ressource=b'{"id":"2"}'),
            ]
        )
    )

    premier, second = lu["entry"]
    assert premier["response"]["location"] == "List/1/_history/1"
    assert premier["response"]["lastModified"] == "2026-01-05T09:00:00.000+00:00"
    assert premier["response"]["outcome"] == {"resourceType": "X"}
    assert second == {"resource": {"id": "2"}, "response": {"status": "200 OK"}}


def bundle(*entrees: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "transaction", "entry": list(entrees)}


def test_a_transaction_is_read_and_its_references_resolved() -> None:
    [entree] = lire_transaction(
        bundle(
            {
                "fullUrl": "urn:uuid:1",
                "request": {"method": "POST", "url": "List"},
                "resource": {"a": [{"reference": "urn:uuid:2"}]},
            }
        )
    )

    assert (entree.method, entree.url, entree.chemin.chemin) == ("POST", "List", "Bundle.entry[0].resource")
    assert resoudre_references(entree.ressource, {"urn:uuid:2": "Binary/9"}) == {"a": [{"reference": "Binary/9"}]}


@pytest.mark.parametrize(
    ("recu", "champ"),
    [
        ({"resourceType": "Patient"}, "Bundle.resourceType"),
        ({"resourceType": "Bundle", "type": "history"}, "Bundle.type"),
        (bundle({"resource": {}}), "Bundle.entry[0].request"),
        (bundle({"request": {"method": "POSE", "url": "List"}}), "Bundle.entry[0].request.method"),
        (bundle(*[{"fullUrl": "a", "request": {"method": "POST", "url": "List"}}] * 2), "Bundle.entry"),
    ],
)
def test_a_broken_transaction_is_refused_with_its_path(recu: dict[str, Any], champ: str) -> None:
    with pytest.raises(RessourceInvalide) as refus:
        lire_transaction(recu)

    assert refus.value.champ == champ


def test_a_transaction_is_bounded() -> None:
    with pytest.raises(TropGros):
        lire_transaction(bundle(*[{"request": {"method": "POST", "url": "List"}}] * 201))
