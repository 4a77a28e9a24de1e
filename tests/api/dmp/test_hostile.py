"""Hostile input is normal input: a clear refusal in the dialect of the face, never a 5xx, nothing half-written."""

import base64
import json
from typing import Any

import anyio
import httpx
import pytest

from tests.api.dmp.fabrique import FHIR, JSON_PATCH, bundle, oid, patch, patient, piece
from tests.banc import Banc

BOMBE = (
    b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 1000 + b'">]><ClinicalDocument xmlns="urn:hl7-org:v3">&a;</ClinicalDocument>'
)


async def feed(b: Banc, corps: Any) -> httpx.Response:
    return await b.client.post("/fhir/dmp", json=corps, headers={**b.ps(), **FHIR})


async def compter(b: Banc) -> int:
    answer = await b.client.get(
        "/fhir/dmp/DocumentReference",
        params={"patient.identifier": patient("blanc-valmont"), "status": "current,superseded,entered-in-error"},
        headers=b.ps(),
    )
    total: int = answer.json()["total"]
    return total


@pytest.mark.parametrize(
    "gater",
    [
        lambda r: r["content"][0]["attachment"].update(title="a\x00b"),
        lambda r: r["content"].clear(),
        lambda r: r.update(content=[{"attachment": "non"}]),
        lambda r: r.update(author=[{"reference": "#absent"}]),
        lambda r: r.update(author="moi"),
        lambda r: r.update(contained=[1, 2]),
        lambda r: r.update(securityLabel=[{"coding": "N"}]),
        lambda r: r.update(type={"coding": [{}]}),
        lambda r: r.update(context="rien"),
        lambda r: r.update(relatesTo=[{"code": "replaces", "target": {"reference": "DocumentReference/../../etc"}}]),
        lambda r: r["masterIdentifier"].update(value="urn:oid:1." + "9" * 5000),
        lambda r: r["subject"]["identifier"].update(value="x' OR 1=1 --"),
        lambda r: r["content"][0]["attachment"].update(size=-1),
        lambda r: r["content"][0]["attachment"].update(size=10**30),
    ],
)
async def test_a_twisted_resource_is_refused_and_leaves_nothing(b: Banc, gater: Any) -> None:
    corps = bundle()
    gater(piece(corps))
    avant = await compter(b)

    answer = await feed(b, corps)

    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert answer.json()["issue"][0]["details"]["coding"][0]["code"]
    assert await compter(b) == avant


async def test_a_very_long_title_and_non_ascii_names_are_kept_whole(b: Banc) -> None:
    corps = bundle()
    piece(corps)["content"][0]["attachment"]["title"] = "L'été à Œuf-sur-Mer — " * 60

    answer = await feed(b, corps)

    assert answer.status_code == 200, answer.text


@pytest.mark.exigence("MD-15")
async def test_xml_with_entities_is_never_expanded(b: Banc) -> None:
    standard = await feed(b, bundle(contenu=BOMBE))
    await b.regler(profil="homologation")
    strict = await feed(b, bundle(contenu=BOMBE))

    issues = standard.json()["entry"][0]["response"]["outcome"]["issue"]
    assert "MD-15" in {i["details"]["coding"][0]["code"] for i in issues}
    assert strict.status_code == 422


async def test_one_wrong_document_refuses_the_whole_lot(b: Banc) -> None:
    bon, mauvais = bundle(), bundle()
    piece(mauvais)["content"][0]["attachment"]["size"] = 1
    bon["entry"][0]["resource"]["entry"].append({"item": {"reference": mauvais["entry"][1]["fullUrl"]}})
    bon["entry"] += mauvais["entry"][1:]
    avant = await compter(b)

    answer = await feed(b, bon)

    assert answer.status_code == 422
    assert "MD-05" in b.regles(answer)
    assert await compter(b) == avant


@pytest.mark.exigence("MD-18")
async def test_more_than_twenty_documents_are_too_many(b: Banc) -> None:
    lot = bundle()
    for _ in range(20):
        lot["entry"] += bundle()["entry"][1:]

    answer = await feed(b, lot)

    assert answer.status_code == 413
    assert "MD-18" in b.regles(answer)


async def test_the_same_lot_sent_twenty_times_at_once_is_registered_once(b: Banc) -> None:
    corps = bundle(unique_id=oid())
    statuts: list[int] = []

    async def envoyer() -> None:
        statuts.append((await feed(b, corps)).status_code)

    async with anyio.create_task_group() as groupe:
        for _ in range(20):
            groupe.start_soon(envoyer)

    assert sorted(statuts) == [200, *[409] * 19]


@pytest.mark.parametrize(
    "params",
    [
        {"patient.identifier": "urn:oid:1.2|%00"},
        {"patient.identifier": "a\x00b"},
        {"patient.identifier": "urn:oid:1.2.250.1.213.1.4.8|285076311304226", "date": "hier"},
        {"patient.identifier": "urn:oid:1.2.250.1.213.1.4.8|285076311304226", "_count": "-1"},
        {"patient.identifier": "urn:oid:1.2.250.1.213.1.4.8|285076311304226", "status": "final"},
        {"patient.identifier": "urn:oid:1.2.250.1.213.1.4.8|"},
        {"patient": "Patient/n'importe"},
        {},
    ],
)
@pytest.mark.parametrize("ressource", ["DocumentReference", "List", "AuditEvent"])
async def test_a_twisted_search_is_refused(b: Banc, params: dict[str, str], ressource: str) -> None:
    answer = await b.client.get(f"/fhir/dmp/{ressource}", params=params, headers=b.ps())

    if ressource == "DocumentReference" or ("date" not in params and "_count" not in params and "status" not in params):
        assert 400 <= answer.status_code < 500, answer.text
    assert answer.status_code < 500
    assert answer.json()["resourceType"] in {"OperationOutcome", "Bundle"}


@pytest.mark.parametrize(
    "chemin", ["/fhir/dmp/DocumentReference/%00", "/fhir/dmp/Binary/..%2f..%2fetc", "/fhir/dmp/Nothing"]
)
async def test_a_twisted_path_is_refused_in_fhir(b: Banc, chemin: str) -> None:
    answer = await b.client.get(chemin, headers=b.ps())

    assert answer.status_code in {400, 404}
    assert answer.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(
    ("corps", "media"),
    [
        (b"{", "application/json-patch+json"),
        (b'[{"op":"replace","path":"/securityLabel/99999999999","value":{}}]', "application/json-patch+json"),
        (b'[{"op":"move","path":"/a","from":"/b"}]', "application/json-patch+json"),
        (b"<xml/>", "application/xml"),
        (b'[{"op":"replace","path":"/status","value":{"a":1}}]', "application/json-patch+json"),
    ],
)
async def test_a_twisted_patch_is_refused(b: Banc, corps: bytes, media: str) -> None:
    uid = oid()
    assert (await feed(b, bundle(unique_id=uid))).status_code == 200

    answer = await b.client.patch(
        f"/fhir/dmp/DocumentReference?identifier=urn:ietf:rfc:3986|urn:oid:{uid}",
        content=corps,
        headers={**b.ps(), "Content-Type": media},
    )

    assert 400 <= answer.status_code < 500, answer.text


async def test_an_accented_reason_and_a_forged_one_are_both_text(b: Banc) -> None:
    entetes = {**b.ps("urgence-urgentiste"), "Mode-Acces": "bris_de_glace"}
    params = {"patient.identifier": patient("kermadec"), "status": "current"}
    for raison in ("Arrêt cardiaque".encode(), b"Arr%C3%AAt", b"\xff\xfe", b"<script>alert(1)</script>"):
        bruts = [*((k.encode(), v.encode()) for k, v in entetes.items()), (b"Mode-Acces-Raison", raison)]
        answer = await b.client.get("/fhir/dmp/DocumentReference", params=params, headers=bruts)
        assert answer.status_code == 200, answer.text

    histoire = await b.client.get("/mes/v1/historique", headers=b.patient("kermadec"))
    assert "Arrêt cardiaque" in histoire.text


@pytest.mark.parametrize(
    ("route", "corps"),
    [
        ("documents", {"titre": "a\x00", "type": "DOCPAT03", "contenu": ""}),
        ("documents", {"titre": "a", "type": "DOCPAT03", "contenu": base64.b64encode(b"").decode()}),
        ("documents", {"inconnu": 1}),
        ("blocages", {"titulaire": "\ud800abc"}),
        ("codes-acces", {"durationMinutes": -5}),
        ("codes-acces", {"scope": ["tout"]}),
        ("profil/fermeture", []),
    ],
)
async def test_a_twisted_json_body_is_a_problem_that_names_its_field(b: Banc, route: str, corps: Any) -> None:
    entetes = {**b.patient("blanc-valmont"), "Content-Type": "application/json"}
    answer = await b.client.post(f"/mes/v1/{route}", content=json.dumps(corps), headers=entetes)

    assert answer.status_code in {400, 422}, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["regle"]


async def test_a_patch_twice_at_once_masks_once(b: Banc) -> None:
    uid = oid()
    assert (await feed(b, bundle(unique_id=uid))).status_code == 200
    versions: set[str] = set()

    async def masquer() -> None:
        answer = await b.client.patch(
            f"/fhir/dmp/DocumentReference?identifier=urn:ietf:rfc:3986|urn:oid:{uid}",
            json=patch("MASQUE_PS"),
            headers={**b.ps(), **JSON_PATCH},
        )
        versions.add(answer.json()["meta"]["versionId"])

    async with anyio.create_task_group() as groupe:
        for _ in range(8):
            groupe.start_soon(masquer)

    assert versions == {"2"}
