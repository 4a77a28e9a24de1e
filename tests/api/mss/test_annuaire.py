"""The directory's public read API (annuaire-sante.md §2 to §5)."""

from typing import Any

import pytest

from tests.banc import Banc

CLE = {"ESANTE-API-KEY": "bac-a-sante"}
BASE = "/annuaire/fhir/v2"


async def chercher(b: Banc, requete: str) -> dict[str, Any]:
    reponse = await b.client.get(f"{BASE}/{requete}", headers=CLE)
    assert reponse.status_code == 200, reponse.text
    assert reponse.headers["content-type"].startswith("application/fhir+json")
    bundle: dict[str, Any] = reponse.json()
    return bundle


def noms(bundle: dict[str, Any]) -> list[str]:
    return [e["resource"]["name"][0]["family"] for e in bundle.get("entry", [])]


async def test_a_colleague_is_found_by_rpps_with_the_mailbox(b: Banc) -> None:
    for requete in (
        "Practitioner?identifier=https://rpps.esante.gouv.fr%7C99700990023",
        "Practitioner?identifier=urn:oid:1.2.250.1.71.4.2.1%7C899700990023",
        "Practitioner?identifier=99700990023",
    ):
        bundle = await chercher(b, requete)
        assert bundle["total"] == 1
        ressource = bundle["entry"][0]["resource"]
        assert ressource["name"][0]["family"] == "MARTIN"
        assert ressource["telecom"][0]["value"] == "marie.martin@medecin.mssante.fr"
        [metadonnees] = [e for e in ressource["telecom"][0]["extension"] if e["url"].endswith("mailbox-mss-metadata")]
        assert metadonnees["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "PER"


async def test_names_are_searched_without_case_or_accents(b: Banc) -> None:
    assert "D'ARGENTAN-LÉVÊQUE" in noms(await chercher(b, "Practitioner?family=d'argentan-leveque"))
    assert set(noms(await chercher(b, "Practitioner?name:family=MARTIN"))) == {"MARTIN", "MARTIN-DUPUY"}
    assert noms(await chercher(b, "Practitioner?family:exact=MARTIN&given=Marie")) == ["MARTIN"]
    assert "SAINT-MARTIN" in noms(await chercher(b, "Practitioner?family:contains=martin"))
    vide = await chercher(b, "Practitioner?family=PERSONNE")
    assert (vide["total"], vide.get("entry", [])) == (0, [])


async def test_a_removed_professional_keeps_only_an_identity(b: Banc) -> None:
    bundle = await chercher(b, "Practitioner?family=BERNARD&active=false")
    [ressource] = [e["resource"] for e in bundle["entry"]]

    assert ressource["active"] is False
    assert "telecom" not in ressource


async def test_workplace_mailboxes_are_on_the_role_and_come_with_revinclude(b: Banc) -> None:
    bundle = await chercher(b, "Practitioner?identifier=810999000010&_revinclude=PractitionerRole:practitioner")

    modes = [(e["resource"]["resourceType"], e["search"]["mode"]) for e in bundle["entry"]]
    assert modes == [("Practitioner", "match"), ("PractitionerRole", "include"), ("PractitionerRole", "include")]
    assert bundle["total"] == 1
    boites = {t["value"] for e in bundle["entry"][1:] for t in e["resource"]["telecom"]}
    assert boites == {"alice.verdier@cabinet-verdier.mssante.fr", "alice.verdier@hopital-demo.mssante.fr"}
    assert [t["value"] for t in bundle["entry"][0]["resource"]["telecom"]] == ["alice.verdier@medecin.mssante.fr"]


async def test_roles_of_a_practitioner_include_their_structures(b: Banc) -> None:
    praticien = (await chercher(b, "Practitioner?identifier=810999000010"))["entry"][0]["resource"]["id"]

    bundle = await chercher(b, f"PractitionerRole?practitioner={praticien}&_include=PractitionerRole:organization")

    structures = {e["resource"]["name"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Organization"}
    assert structures == {"CABINET DU DOCTEUR VERDIER", "HOPITAL DEMO"}


async def test_structures_are_found_by_finess_type_and_town(b: Banc) -> None:
    hopital = await chercher(b, "Organization?identifier=https://finess.esante.gouv.fr%7C990000010")
    pharmacies = await chercher(b, "Organization?type=SA33,SA38&mailbox-mss:contains=%40")
    partie = await chercher(b, "Organization?identifier=1990000028&_revinclude=Organization:partof")

    assert hopital["entry"][0]["resource"]["name"] == "HOPITAL DEMO"
    assert "cardiologie@hopital-demo.mssante.fr" in str(hopital)
    assert [e["resource"]["name"] for e in pharmacies["entry"]] == ["PHARMACIE DU BAC A SABLE"]
    assert {e["resource"]["name"] for e in partie["entry"] if e["search"]["mode"] == "include"} >= {"HOPITAL DEMO"}


async def test_pages_are_followed_by_the_link_and_never_lose_nor_repeat(b: Banc) -> None:
    bundle = await chercher(b, "Practitioner?_count=7&active=true")
    total, vus = bundle["total"], [e["resource"]["id"] for e in bundle["entry"]]
    while suite := next((x["url"] for x in bundle["link"] if x["relation"] == "next"), None):
        assert "/_page?id=" in suite
        bundle = await chercher(b, suite.partition(f"{BASE}/")[2])
        vus += [e["resource"]["id"] for e in bundle["entry"]]

    assert len(vus) == len(set(vus)) == total


@pytest.mark.parametrize(
    ("requete", "statut", "code"),
    [
        ("Practitioner?mailbox-mss-type=PER", 400, "processing"),
        ("Practitioner?_lastUpdated=hier", 400, "invalid"),
        ("Practitioner?family=%00", 400, "invalid"),
        ("PractitiXXXner", 404, "not-found"),
        ("Practitioner/inconnu", 404, "not-found"),
        ("_page?id=xxx", 400, "invalid"),
    ],
)
async def test_a_request_it_does_not_understand_gets_an_operation_outcome(
    b: Banc, requete: str, statut: int, code: str
) -> None:
    reponse = await b.client.get(f"{BASE}/{requete}", headers=CLE)

    assert reponse.status_code == statut
    assert reponse.json()["resourceType"] == "OperationOutcome"
    assert reponse.json()["issue"][0]["code"] == code


async def test_the_key_is_asked_for_on_every_call(b: Banc) -> None:
    for entetes in ({}, {"ESANTE-API-KEY": "autre"}):
        reponse = await b.client.get(f"{BASE}/Practitioner", headers=entetes)
        assert (reponse.status_code, reponse.json()["regle"]) == (401, "ANN-CLE-01")
    await b.regler(profil="lenient")
    assert (await b.client.get(f"{BASE}/Practitioner")).status_code == 200


async def test_a_search_by_form_answers_the_same(b: Banc) -> None:
    reponse = await b.client.post(
        f"{BASE}/Practitioner/_search", data={"family": "VERDIER", "_elements": "name"}, headers=CLE
    )

    ressource = reponse.json()["entry"][0]["resource"]
    assert ressource["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert "qualification" not in ressource
