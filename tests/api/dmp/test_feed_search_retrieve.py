"""ITI-65, ITI-67 and ITI-68 on the PDSm face: what is fed is found and read, byte for byte."""

import base64
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.dmp.app import create_app
from services.dmp.config import DmpSettings
from shared.contracts.dmp import DocumentDepose, DocumentRemplace, DossierConsulte
from tests.api.dmp.fabrique import FHIR, bundle, document, oid, patient, piece
from tests.banc import Banc, banc


async def feed(b: Banc, corps: dict[str, Any], qui: str = "verdier-mg") -> httpx.Response:
    return await b.client.post("/fhir/dmp", json=corps, headers={**b.ps(qui), **FHIR})


async def search(b: Banc, slug: str, qui: str = "verdier-mg", **params: str) -> httpx.Response:
    return await b.client.get(
        "/fhir/dmp/DocumentReference",
        params={"patient.identifier": patient(slug), "status": "current", **params},
        headers=b.ps(qui),
    )


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [e["resource"]["id"] for e in answer.json().get("entry", [])]


@pytest.mark.exigence("ITI-65", "ITI-67", "ITI-68", "AD-016", "AD-024")
async def test_what_is_fed_is_found_and_read_byte_for_byte(b: Banc) -> None:
    uid = oid()
    contenu = document("blanc-valmont", "verdier-mg", unique_id=uid)

    answer = await feed(b, bundle(unique_id=uid, contenu=contenu))

    assert answer.status_code == 200, answer.text
    reponse = answer.json()
    assert reponse["type"] == "transaction-response"
    assert [e["response"]["status"] for e in reponse["entry"]] == ["201 Created"] * 3
    assert "outcome" not in reponse["entry"][0]["response"]
    doc_id = reponse["entry"][1]["response"]["location"].split("/")[1]

    found = await search(b, "blanc-valmont", identifier=f"urn:ietf:rfc:3986|urn:oid:{uid}")
    [entree] = found.json()["entry"]
    r = entree["resource"]
    assert (r["id"], found.json()["total"]) == (doc_id, 1)
    assert entree["fullUrl"] == f"{b.bac.base_url}/fhir/dmp/DocumentReference/{doc_id}"
    assert r["content"][0]["attachment"]["url"] == f"{b.bac.base_url}/fhir/dmp/Binary/{doc_id}"
    assert r["content"][0]["attachment"]["size"] == len(contenu)

    lu = await b.client.get(f"/fhir/dmp/Binary/{doc_id}", headers={**b.ps(), "Accept": "text/xml"})
    assert lu.content == contenu
    assert lu.headers["content-type"].startswith("text/xml")

    [depose] = await b.emis(DocumentDepose)
    assert (depose.unique_id, depose.matricule_ins, depose.auteur_id_nat) == (uid, "285076311304226", "810999000010")
    assert depose.notifier
    assert "DMP-AD-016" in b.regles(answer)


@pytest.mark.exigence("ITI-68")
async def test_a_document_comes_as_fhir_when_only_fhir_is_accepted_and_never_as_something_else(b: Banc) -> None:
    [doc_id] = ids(await search(b, "d-orgeval"))

    fhir = await b.client.get(f"/fhir/dmp/Binary/{doc_id}", headers={**b.ps(), "Accept": "application/fhir+json"})
    refus = await b.client.get(f"/fhir/dmp/Binary/{doc_id}", headers={**b.ps(), "Accept": "image/png"})
    absent = await b.client.get("/fhir/dmp/Binary/00000000-0000-4000-8000-000000000000", headers=b.ps())

    assert fhir.json()["resourceType"] == "Binary"
    assert base64.b64decode(fhir.json()["data"]).startswith(b"<?xml")
    assert refus.status_code == 406
    assert b.regles(refus) == ["ITI-68-ACCEPT"]
    assert (absent.status_code, absent.json()["resourceType"]) == (404, "OperationOutcome")


@pytest.mark.exigence("ITI-105")
async def test_one_document_alone_is_published_with_its_bytes_inline(b: Banc) -> None:
    uid = oid()
    contenu = document("blanc-valmont", "verdier-mg", unique_id=uid)
    seul = piece(bundle(unique_id=uid, contenu=contenu))
    attachement = seul["content"][0]["attachment"]
    attachement["data"] = base64.b64encode(contenu).decode()
    del attachement["url"]

    answer = await b.client.post("/fhir/dmp/DocumentReference", json=seul, headers={**b.ps(), **FHIR})

    assert answer.status_code == 201, answer.text
    assert answer.headers["location"].endswith(f"/DocumentReference/{answer.json()['id']}/_history/1")
    assert "data" not in answer.json()["content"][0]["attachment"]
    lu = await b.client.get(f"/fhir/dmp/Binary/{answer.json()['id']}", headers=b.ps())
    assert lu.content == contenu


@pytest.mark.exigence("MD-03")
async def test_the_same_lot_twice_is_refused_and_writes_nothing_the_second_time(b: Banc) -> None:
    corps = bundle()
    assert (await feed(b, corps)).status_code == 200
    avant = ids(await search(b, "blanc-valmont"))

    answer = await feed(b, corps)

    assert answer.status_code == 409
    assert "MD-03" in b.regles(answer)
    [issue] = answer.json()["issue"]
    assert {c["code"] for c in issue["details"]["coding"]} >= {"MD-03", "XDSDuplicateUniqueIdInRegistry"}
    assert ids(await search(b, "blanc-valmont")) == avant


@pytest.mark.exigence("MD-02", "MD-05", "MD-06", "MD-10", "MD-11", "MD-14")
@pytest.mark.parametrize(
    ("gater", "statut", "regle", "code"),
    [
        (
            lambda r: r["subject"]["identifier"].update(value="199027505611739"),
            422,
            "MD-02",
            "XDSPatientIdDoesNotMatch",
        ),
        (lambda r: r["content"][0]["attachment"].update(size=3), 422, "MD-05", "XDSRepositoryMetadataError"),
        (lambda r: r["content"][0]["attachment"].update(hash="AAAA"), 422, "MD-05", "XDSRepositoryMetadataError"),
        (lambda r: r["content"][0]["attachment"].update(url="urn:uuid:x"), 422, "MD-04", "XDSMissingDocument"),
        (lambda r: r["type"]["coding"][0].update(code="99999-9"), 422, "MD-06", "XDSRegistryMetadataError"),
        (lambda r: r.update(securityLabel=[]), 422, "MD-10", "DMPConfidentialityConflict"),
        (lambda r: r["context"]["period"].update(start="pas une date"), 422, "MD-11", "XDSRegistryMetadataError"),
        (lambda r: r["context"]["period"].update(end="2020-01-01"), 422, "MD-11", "XDSRegistryMetadataError"),
        (lambda r: r.pop("author"), 422, "MD-12", "XDSRegistryMetadataError"),
        (lambda r: r.pop("authenticator"), 422, "MD-13", "XDSRegistryMetadataError"),
        (lambda r: r["type"]["coding"][0].update(code="EXPPAT_3"), 422, "MD-14", "XDSRegistryMetadataError"),
        (lambda r: r["masterIdentifier"].update(value="pas-un-oid"), 422, "MD-03-FORME", "XDSRegistryMetadataError"),
    ],
)
async def test_each_broken_metadata_is_refused_by_its_numbered_rule(
    b: Banc, gater: Any, statut: int, regle: str, code: str
) -> None:
    corps = bundle()
    gater(piece(corps))

    answer = await feed(b, corps)

    assert answer.status_code == statut, answer.text
    codes = {c["code"] for i in answer.json()["issue"] for c in i["details"]["coding"]}
    assert {regle, code} <= codes
    assert await b.emis(DocumentDepose) == []


@pytest.mark.exigence("MD-07", "MD-09", "MD-15")
async def test_the_profile_decides_between_refusing_and_warning(b: Banc) -> None:
    def faux() -> dict[str, Any]:
        corps = bundle(contenu=b'<ClinicalDocument xmlns="urn:hl7-org:v3"/>', classe="11")
        piece(corps)["context"]["facilityType"]["coding"][0]["code"] = "225728007"
        return corps

    standard = await feed(b, faux())
    await b.regler(profil="homologation")
    strict = await feed(b, faux())

    assert standard.status_code == 200, standard.text
    issues = standard.json()["entry"][0]["response"]["outcome"]["issue"]
    assert {i["severity"] for i in issues} == {"warning"}
    regles = {i["details"]["coding"][0]["code"] for i in issues}
    assert {"MD-07", "MD-09-J61"} <= regles
    assert strict.status_code == 422
    assert {"MD-07", "MD-09-J61"} <= {i["details"]["coding"][0]["code"] for i in strict.json()["issue"]}


@pytest.mark.exigence("AD-022", "AD-018", "AD-019", "DMP-V8")
@pytest.mark.parametrize(
    ("corps", "statut", "regle"),
    [
        (bundle(labels=("N", "MASQUE_PS", "INVISIBLE_PATIENT")), 422, "DMP-AD-022"),
        (bundle("perret-clos"), 409, "DMP-AD-018"),
        (bundle("lemoine-oppose"), 404, "DMP-AD-019"),
        (bundle("gillet-notifiee"), 404, "DMP-AD-019"),
    ],
)
async def test_the_state_of_the_dossier_and_the_labels_decide_the_deposit(
    b: Banc, corps: dict[str, Any], statut: int, regle: str
) -> None:
    answer = await feed(b, corps)

    assert answer.status_code == statut, answer.text
    assert regle in b.regles(answer)
    decision = next(d for d in b.notes(answer)["decisions"] if d["regle"] == regle)
    assert decision["ligne"]["id"] == regle.removeprefix("DMP-")
    assert decision["fr"] != decision["en"]


@pytest.mark.exigence("DMP-V8")
async def test_an_oid_of_the_other_mode_is_refused(b: Banc) -> None:
    corps = bundle()
    for entree in corps["entry"][:2]:
        entree["resource"]["subject"]["identifier"]["system"] = "urn:oid:1.2.250.1.213.1.4.10"

    answer = await feed(b, corps)

    assert answer.status_code == 404
    assert "DMP-V8" in b.regles(answer)


@pytest.mark.exigence("RPLC")
async def test_a_replacement_makes_the_former_version_obsolete(b: Banc) -> None:
    premier = await feed(b, bundle())
    ancien = premier.json()["entry"][1]["response"]["location"].split("/")[1]

    answer = await feed(b, bundle(remplace=ancien, avec_patch=True))
    encore = await feed(b, bundle(remplace=ancien, avec_patch=True))

    assert answer.status_code == 200, answer.text
    assert answer.json()["entry"][3]["response"] == {
        "status": "200 OK",
        "location": f"DocumentReference/{ancien}/_history/2",
        "etag": 'W/"2"',
    }
    nouveau = answer.json()["entry"][1]["response"]["location"].split("/")[1]
    vus = ids(await search(b, "blanc-valmont"))
    assert nouveau in vus
    assert ancien not in vus
    assert ancien in ids(await search(b, "blanc-valmont", status="superseded"))
    [evenement] = await b.emis(DocumentRemplace)
    assert evenement.remplace == ancien
    assert (encore.status_code, b.regles(encore)[-1]) == (409, "DMP-CV-RPLC")


async def test_only_the_author_or_his_structure_replaces(b: Banc) -> None:
    premier = await feed(b, bundle())
    ancien = premier.json()["entry"][1]["response"]["location"].split("/")[1]

    answer = await feed(b, bundle(auteur="morel-cardio", remplace=ancien), "exemple-un-mg")

    assert answer.status_code == 422
    assert "DMP-CV-RPLC-AUTEUR" in b.regles(answer)
    assert ancien in ids(await search(b, "blanc-valmont"))


@pytest.mark.exigence("ITI-67")
async def test_search_parameters_narrow_the_list(b: Banc) -> None:
    async def trouves(**params: str) -> int:
        total: int = (await search(b, "kermadec", **params)).json()["total"]
        return total

    assert await trouves() == 4
    assert await trouves(type="http://loinc.org|11502-2") == 1
    assert await trouves(type="http://example.org|11502-2") == 0
    assert await trouves(type="11502-2,18748-4") == 2
    assert await trouves(category="31") == 1
    assert await trouves(isArchived="true") == 1
    assert await trouves(**{"isArchived": "true,false"}) == 5
    assert await trouves(**{"period-start": "ge2025-01-01"}) == 3
    assert await trouves(**{"period": "lt2024-01-01"}) == 1
    assert await trouves(**{"security-label": "N"}) == 4
    assert await trouves(**{"author.family": "fabre"}) == 1
    assert await trouves(**{"author.family": "FABRE", "category": "10"}) == 0
    assert await trouves(format="urn:ihe:iti:xds-sd:pdf:2008") == 4
    assert await trouves(facility="SA07", setting="AMBULATOIRE") > 0


async def test_post_search_answers_as_get(b: Banc) -> None:
    form = {"patient.identifier": patient("kermadec"), "status": "current", "category": "31"}

    answer = await b.client.post("/fhir/dmp/DocumentReference/_search", data=form, headers=b.ps())

    assert ids(answer) == ids(await search(b, "kermadec", category="31"))


async def test_a_long_list_is_read_page_by_page(b: Banc) -> None:
    first = (await search(b, "legoff", _count="25")).json()
    vus = [e["resource"]["id"] for e in first["entry"]]
    suivante = next((x["url"] for x in first["link"] if x["relation"] == "next"), None)
    while suivante:
        page = (await b.client.get(suivante.removeprefix(b.bac.base_url), headers=b.ps())).json()
        vus += [e["resource"]["id"] for e in page["entry"]]
        suivante = next((x["url"] for x in page["link"] if x["relation"] == "next"), None)

    assert first["total"] == 60
    assert len(first["entry"]) == 25
    assert len(set(vus)) == len(vus) == 60


@pytest.mark.exigence("ITI-67-PATIENT", "ITI-67-STATUS")
async def test_a_search_without_its_mandatory_parameters_is_refused(b: Banc) -> None:
    sans_patient = await b.client.get("/fhir/dmp/DocumentReference?status=current", headers=b.ps())
    sans_statut = {"patient.identifier": patient("kermadec")}
    tolere = await b.client.get("/fhir/dmp/DocumentReference", params=sans_statut, headers=b.ps())
    await b.regler(profil="homologation")
    strict = await b.client.get("/fhir/dmp/DocumentReference", params=sans_statut, headers=b.ps())

    assert (sans_patient.status_code, b.regles(sans_patient)) == (400, ["ITI-67-PATIENT"])
    assert tolere.json()["total"] == 4
    assert (strict.status_code, b.regles(strict)) == (400, ["ITI-67-STATUS"])


@pytest.mark.exigence("ITI-66")
async def test_the_lots_of_a_dossier_name_their_documents(b: Banc) -> None:
    answer = await feed(b, bundle())
    lot, doc = (answer.json()["entry"][n]["response"]["location"].split("/")[1] for n in (0, 1))
    code = "https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes|submissionset"

    trouves = await b.client.get(
        "/fhir/dmp/List",
        params={"patient.identifier": patient("blanc-valmont"), "code": code, "status": "current", "date": "ge2026"},
        headers=b.ps(),
    )
    un = await b.client.get(f"/fhir/dmp/List/{lot}", headers=b.ps())

    assert ids(trouves)[0] == lot
    assert un.json()["entry"] == [{"item": {"reference": f"DocumentReference/{doc}"}}]
    assert un.json()["identifier"][1]["value"].startswith("urn:oid:")


@pytest.mark.exigence("AD-024")
async def test_the_first_consultation_is_notified_and_the_next_ones_are_not(b: Banc) -> None:
    await search(b, "blanc-valmont", "morel-cardio")
    await search(b, "blanc-valmont", "morel-cardio")

    premiere, seconde = await b.emis(DossierConsulte)
    assert (premiere.notifier, seconde.notifier) == (True, False)
    assert premiere.auteur_id_nat == "899700990049"


@pytest.mark.parametrize(
    ("octets", "type_mime", "statut"),
    [
        (b"{", "application/fhir+json", 400),
        (b"[]", "application/fhir+json", 400),
        (b"<Bundle/>", "application/fhir+xml", 415),
        (b'{"resourceType":"Patient"}', "application/fhir+json", 400),
        (b'{"resourceType":"Bundle","type":"batch"}', "application/fhir+json", 400),
        (b'{"resourceType":"Bundle","type":"transaction","entry":[]}', "application/fhir+json", 422),
        (
            b'{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"DELETE","url":"x"}}]}',
            "application/fhir+json",
            405,
        ),
        (b"[" * 5000, "application/fhir+json", 400),
    ],
)
async def test_what_is_not_a_provide_bundle_is_told_so(b: Banc, octets: bytes, type_mime: str, statut: int) -> None:
    answer = await b.client.post("/fhir/dmp", content=octets, headers={**b.ps(), "Content-Type": type_mime})

    assert answer.status_code == statut, answer.text
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert answer.json()["issue"][0]["details"]["coding"][0]["code"]


async def test_nobody_reads_without_a_token_and_a_patient_has_his_own_door(b: Banc) -> None:
    anonyme = await b.client.get("/fhir/dmp/DocumentReference?patient=p-1")
    patiente = await b.client.get("/fhir/dmp/DocumentReference?patient=p-1", headers=b.patient("blanc-valmont"))

    assert (anonyme.status_code, anonyme.json()["resourceType"]) == (401, "OperationOutcome")
    assert patiente.status_code == 403


async def test_the_capability_statement_lists_what_is_there(b: Banc) -> None:
    answer = await b.client.get("/fhir/dmp/metadata")

    noms = {r["type"] for r in answer.json()["rest"][0]["resource"]}
    assert {"DocumentReference", "List", "Binary", "Patient"} <= noms


@pytest.mark.exigence("ITI-65", "dmp.md §5.3")
async def test_the_published_example_of_a_lot_is_accepted_as_it_is_written(b: Banc) -> None:
    """Shape of the sheet's own example: the author names no organisation, the custodian does; codes carry systems."""
    uid = oid()
    corps = bundle("sandbox-lou", "testeur-mg", unique_id=uid)
    r = piece(corps)
    lou = {"system": "urn:oid:1.2.250.1.213.1.4.10", "value": "299129999999911"}
    del r["contained"][1]["organization"]
    r["custodian"]["identifier"]["value"] = "1990000010"
    for ressource in (r, corps["entry"][0]["resource"]):
        ressource["subject"]["identifier"] = lou
    contenu = document("sandbox-lou", "testeur-mg", unique_id=uid).replace(b"4.8", b"4.10")
    r["content"][0]["attachment"].update(size=len(contenu), hash=None)
    corps["entry"][2]["resource"]["data"] = base64.b64encode(contenu).decode()

    answer = await feed(b, corps, "testeur-mg")

    assert answer.status_code == 200, answer.text
    regles = {i["details"]["coding"][0]["code"] for i in _issues(answer)}
    assert regles <= {"MD-12-VIHF"}


def _issues(answer: httpx.Response) -> list[dict[str, Any]]:
    issues: list[dict[str, Any]] = answer.json()["entry"][0]["response"].get("outcome", {}).get("issue", [])
    return issues


@pytest.mark.exigence("population-N")
async def test_a_generated_population_has_its_dossiers(base: str | None, tmp_path: Path) -> None:
    async with banc(create_app, DmpSettings, base=base, tmp_path=tmp_path, graine="population-300") as b:
        page = await b.client.get("/mes")

    assert page.text.count("OPEN_NOT_ACTIVATED") > page.text.count(">ACTIVE<") > 0
