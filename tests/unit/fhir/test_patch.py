"""JSON Patch, its bounds, and the published defects we tolerate."""

from typing import Any

import pytest

from shared.fhir.patch import OPERATIONS_MAX, PatchInvalide, TestEchoue, appliquer, lire_patch

DOC: dict[str, Any] = {"status": "current", "securityLabel": [{"code": "N"}], "a/b": 1}


def patcher(*operations: dict[str, Any], doc: dict[str, Any] = DOC) -> dict[str, Any]:
    return appliquer(doc, lire_patch(list(operations)))


@pytest.mark.exigence("TD3.3a")
def test_the_four_operations_change_a_copy() -> None:
    resultat = patcher(
        {"op": "test", "path": "/status", "value": "current"},
        {"op": "replace", "path": "/status", "value": "entered-in-error"},
        {"op": "add", "path": "/securityLabel/-", "value": {"code": "MASQUE_PS"}},
        {"op": "add", "path": "/securityLabel/0", "value": {"code": "V"}},
        {"op": "remove", "path": "/a~1b"},
    )

    assert resultat["status"] == "entered-in-error"
    assert [label["code"] for label in resultat["securityLabel"]] == ["V", "N", "MASQUE_PS"]
    assert "a/b" not in resultat
    assert DOC["status"] == "current"


def test_a_failed_test_is_a_conflict_and_changes_nothing() -> None:
    with pytest.raises(TestEchoue) as refus:
        patcher({"op": "replace", "path": "/status", "value": "x"}, {"op": "test", "path": "/status", "value": "y"})

    assert refus.value.status == 409
    assert DOC["status"] == "current"


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "/absent", "value": 1},
        {"op": "remove", "path": "/securityLabel/7"},
        {"op": "add", "path": "/securityLabel/01", "value": 1},
        {"op": "add", "path": "/status/deep", "value": 1},
        {"op": "move", "from": "/status", "path": "/x"},
        {"op": "add", "path": "status", "value": 1},
        {"op": "add", "path": "/x"},
        {"op": "replace", "path": "", "value": {}},
    ],
)
def test_paths_that_lead_nowhere_and_other_verbs_are_refused(operation: dict[str, Any]) -> None:
    with pytest.raises(PatchInvalide):
        patcher(operation)


@pytest.mark.parametrize("corps", [[], {}, "x", None, [1], [{"op": "remove", "path": "/a"}] * (OPERATIONS_MAX + 1)])
def test_what_is_not_a_bounded_patch_is_refused(corps: Any) -> None:
    with pytest.raises(PatchInvalide):
        lire_patch(corps)


def test_the_pseudo_path_of_the_published_text_finds_or_creates_the_extension() -> None:
    url = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived"
    operation = {"op": "replace", "path": f"/extension[url:'{url}']/valueBoolean", "value": True}

    cree = patcher(operation)
    change = patcher({**operation, "value": False}, doc=cree)

    assert cree["extension"] == [{"url": url, "valueBoolean": True}]
    assert change["extension"] == [{"url": url, "valueBoolean": False}]


def test_a_fhirpath_patch_is_read_as_the_same_operations() -> None:
    parameters = {
        "resourceType": "Parameters",
        "parameter": [
            {
                "name": "operation",
                "part": [
                    {"name": "type", "valueCode": "replace"},
                    {"name": "path", "valueString": "DocumentReference.status"},
                    {"name": "value", "valueCode": "superseded"},
                ],
            },
            {
                "name": "operation",
                "part": [
                    {"name": "type", "valueCode": "delete"},
                    {"name": "path", "valueString": "DocumentReference.securityLabel[0]"},
                ],
            },
        ],
    }

    resultat = appliquer(DOC, lire_patch(parameters))

    assert resultat["status"] == "superseded"
    assert resultat["securityLabel"] == []
