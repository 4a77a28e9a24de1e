"""The edge: bacs, journal, why, faults, guards."""

import asyncio
import gzip
import io
import re
import zipfile

import httpx
import pytest

from gateway.edge.journal import identifiant
from tests.suite import Maison


async def test_a_bac_is_made_on_first_use_and_is_its_own_issuer(m: Maison, bac: str) -> None:
    here = (await m.client.get(f"{bac}/_bac")).json()

    assert here["name"] == bac.removeprefix("/bac/")
    assert here["url"] == f"http://127.0.0.1:8400{bac}"
    discovery = await m.client.get(f"{bac}/auth/realms/esante-wallet/.well-known/wallet-openid-configuration")
    assert discovery.json()["issuer"] == here["issuer"]


async def test_naming_a_bac_in_the_list_does_not_make_it(m: Maison) -> None:
    answer = await m.client.get("/_bac/bacs/never-made")

    assert (answer.status_code, answer.json()["regle"]) == (404, "BAC-BAC-01")
    assert "never-made" not in [b["name"] for b in (await m.client.get("/_bac/bacs")).json()["bacs"]]


@pytest.mark.parametrize("name", ["Majuscule", "-tiret", "a" * 33, "a_b", "a%2Fb"])
async def test_an_illegal_bac_name_is_refused_by_name(m: Maison, name: str) -> None:
    answer = await m.client.get(f"/bac/{name}/_bac")

    assert answer.status_code in (400, 404)
    if answer.status_code == 400:
        assert answer.json()["regle"] == "BAC-NOM-01"


async def test_one_bac_too_many_is_refused_and_nothing_is_evicted(m: Maison) -> None:
    registry = m.suite.passerelle.registre
    before = len(registry.lister())
    object.__setattr__(registry.settings, "bacs_max", before)
    try:
        answer = await m.client.get("/bac/one-too-many/_bac")
        assert (answer.status_code, answer.json()["regle"]) == (409, "BAC-BAC-02")
        assert str(before) in answer.json()["detail"]
        assert len(registry.lister()) == before
    finally:
        object.__setattr__(registry.settings, "bacs_max", 64)


async def test_a_dropped_bac_leaves_nothing_behind(m: Maison, bac: str) -> None:
    name = bac.removeprefix("/bac/")
    await m.client.post("/_bac/bacs", json={"name": name})

    assert (await m.client.delete(f"/_bac/bacs/{name}")).status_code == 204

    assert (await m.client.get(f"/_bac/bacs/{name}")).status_code == 404
    for app in m.suite.services.values():
        assert name not in await app.state.contexte.spaces.noms()
    assert (await m.client.delete("/_bac/bacs/default")).json()["regle"] == "BAC-BAC-04"


async def test_every_answer_names_its_journal_entry_and_why_explains_it_in_both_languages(m: Maison, bac: str) -> None:
    answer = await m.client.get(f"{bac}/fhir/dmp/DocumentReference", headers={"Authorization": "Bearer abc"})

    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("application/fhir+json")
    why = await m.pourquoi(answer)
    assert why["verdict"] == "refuse"
    assert why["rule"] == "BAC-JETON-02"
    assert why["explanation"]["fr"] != why["explanation"]["en"]
    entry = (await m.client.get(f"/_bac/journal/{answer.headers['bac-journal']}")).json()
    assert ["authorization", "***"] in entry["request"]["headers"]


async def test_codes_and_tokens_of_a_url_are_struck_out_of_the_journal(m: Maison, bac: str) -> None:
    answer = await m.client.get(f"{bac}/fhir/dmp/metadata?code=secret-code&state=visible")

    entry = (await m.client.get(f"/_bac/journal/{answer.headers['bac-journal']}")).text
    assert "secret-code" not in entry
    assert "state=visible" in entry


async def test_internal_faces_do_not_exist_from_outside(m: Maison, bac: str) -> None:
    for path in ("/_service/bacs/default/activite", "/_interne/bacs/default", f"{bac}/_interne/bacs/default"):
        assert (await m.client.get(path, headers={"Bac-Secret": "guess"})).status_code == 404


async def test_internal_headers_of_a_caller_are_stripped(m: Maison, bac: str) -> None:
    forged = {"Bac-Service": "dmp", "Bac-Now": "1999-01-01T00:00:00+00:00", "Bac-Etat": "{}"}
    answer = await m.client.get(f"{bac}/_bac", headers=forged)

    assert answer.status_code == 200
    assert not answer.json()["clock"]["now"].startswith("1999")


async def test_another_site_cannot_drive_the_control_api(m: Maison) -> None:
    rules = {
        "BAC-CTL-01": {"Host": "evil.example"},
        "BAC-CTL-02": {"Origin": "https://evil.example"},
        "BAC-CTL-03": {"Content-Type": "text/plain"},
    }
    for rule, headers in rules.items():
        answer = await m.client.post("/_bac/reset", content=b"{}", headers=headers)
        assert (answer.status_code in (403, 415), answer.json()["regle"]) == (True, rule)


async def test_a_control_api_beyond_the_loopback_wants_its_secret(m: Maison) -> None:
    settings = m.suite.passerelle.bord.settings
    object.__setattr__(settings, "libre", False)
    try:
        refused = await m.client.get("/_bac/bacs")
        assert (refused.status_code, refused.json()["regle"]) == (401, "BAC-CTL-04")
        assert settings.jeton_de_controle is not None
        secret = settings.jeton_de_controle.get_secret_value()
        allowed = await m.client.get("/_bac/bacs", headers={"Authorization": f"Bearer {secret}"})
        assert allowed.status_code == 200
        why = await m.client.get(f"/_bac/why/{refused.headers['bac-journal']}")
        assert why.status_code == 200
    finally:
        object.__setattr__(settings, "libre", True)


async def test_faults_count_down_and_speak_the_dialect_of_the_surface(m: Maison, bac: str) -> None:
    await m.client.post(f"{bac}/_bac/faults", json={"name": "dmp-indisponible", "times": 1})
    headers = await m.ps(bac=bac)

    hit = await m.client.get(f"{bac}/fhir/dmp/metadata", headers=headers)
    assert hit.status_code == 503
    assert hit.json()["resourceType"] == "OperationOutcome"
    assert (await m.pourquoi(hit))["injected_fault"] == "dmp-indisponible"

    assert (await m.client.get(f"{bac}/_bac/faults")).json()["faults"] == []
    assert (await m.client.get(f"{bac}/fhir/dmp/metadata", headers=headers)).status_code == 200


async def test_a_soap_fault_is_injected_as_published(m: Maison, bac: str) -> None:
    await m.client.post(f"{bac}/_bac/faults", json={"name": "insi-indisponible", "times": 1})
    envelope = (
        b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header>'
        b'<a:Action xmlns:a="http://www.w3.org/2005/08/addressing">'
        b"urn:ServiceIdentiteCertifiee:1.0.0:rechercherInsAvecTraitsIdentite</a:Action></s:Header><s:Body/></s:Envelope>"
    )

    answer = await m.client.post(f"{bac}/lps", content=envelope, headers={"Content-Type": "application/soap+xml"})

    assert answer.status_code == 500
    assert b"desir_1020" in answer.content


async def test_an_action_of_nobody_is_a_soap_fault(m: Maison, bac: str) -> None:
    answer = await m.client.post(f"{bac}/lps", content=b"<x/>", headers={"Content-Type": "application/soap+xml"})

    assert answer.status_code == 500
    assert b"BAC-LPS-01" in answer.content


async def test_an_unknown_fault_name_lists_the_known_ones(m: Maison, bac: str) -> None:
    answer = await m.client.post(f"{bac}/_bac/faults", json={"name": "nope"})

    assert answer.status_code == 400
    assert "reseau-3s" in answer.json()["detail"]


async def test_probability_draws_are_reproducible(m: Maison, bac: str) -> None:
    async def draws() -> list[int]:
        await m.client.delete(f"{bac}/_bac/faults")
        fault = {"name": "dmp-indisponible", "probability": 0.5, "seed": 7}
        await m.client.post(f"{bac}/_bac/faults", json=fault)
        return [(await m.client.get(f"{bac}/fhir/dmp/metadata")).status_code for _ in range(12)]

    first = await draws()
    assert {200, 503} == set(first)
    assert await draws() == first


async def test_an_oversized_body_is_refused_in_the_dialect(m: Maison, bac: str) -> None:
    big = b"<" * 2_100_000
    soap = await m.client.post(f"{bac}/lps", content=big, headers={"Content-Type": "application/soap+xml"})
    assert soap.status_code == 500
    assert b"BAC-REQ-13" in soap.content


async def test_the_clock_of_one_bac_moves_and_another_does_not_notice(m: Maison, bac: str) -> None:
    other = f"{bac}-b"
    await m.client.get(f"{other}/_bac")
    moved = await m.client.post(f"{bac}/_bac/clock/advance", json={"days": 42})

    assert moved.status_code == 200
    assert moved.json()["mode"] == "shifted"
    assert moved.json()["skew_seconds"] > 3_600_000
    assert "warning" in moved.json()
    assert abs((await m.client.get(f"{other}/_bac/clock")).json()["skew_seconds"]) < 5


async def test_a_frozen_clock_stands_still_and_a_scaled_one_runs(m: Maison, bac: str) -> None:
    await m.client.put(f"{bac}/_bac/clock", json={"mode": "frozen", "at": "2026-01-15T09:00:00Z"})
    assert (await m.client.get(f"{bac}/_bac/clock")).json()["now"] == "2026-01-15T09:00:00+00:00"
    await m.client.post(f"{bac}/_bac/clock/advance", json={"minutes": 5})
    assert (await m.client.get(f"{bac}/_bac/clock")).json()["now"] == "2026-01-15T09:05:00+00:00"

    scaled = await m.client.put(f"{bac}/_bac/clock", json={"mode": "scaled", "rate": 3600})
    assert scaled.json()["rate"] == 3600
    bad = await m.client.put(f"{bac}/_bac/clock", json={"mode": "shifted"})
    assert (bad.status_code, bad.json()["champ"]) == (400, "at")


async def test_settle_answers_when_all_is_at_rest(m: Maison, bac: str) -> None:
    await m.client.get(f"{bac}/_bac")
    assert (await m.client.post(f"{bac}/_bac/settle")).json() == {"settled": True, "dead_letters": []}


async def test_a_reset_puts_clock_and_faults_back_and_keeps_the_keys(m: Maison, bac: str) -> None:
    keys = f"{bac}/auth/realms/esante-wallet/protocol/openid-connect/certs"
    before = (await m.client.get(keys)).json()
    epoch = (await m.client.get(f"{bac}/_bac")).json()["epoch"]
    old_token = await m.ps(bac=bac)
    await m.client.post(f"{bac}/_bac/clock/advance", json={"days": 3})
    await m.client.post(f"{bac}/_bac/faults", json={"name": "reseau-3s", "service": "ins"})

    answer = await m.client.post(f"{bac}/_bac/reset", json={})

    assert answer.json()["clock"]["mode"] == "real"
    assert answer.json()["epoch"] > epoch
    assert (await m.client.get(f"{bac}/_bac/faults")).json()["faults"] == []
    kids = {k["kid"] for k in before["keys"]}
    assert {k["kid"] for k in (await m.client.get(keys)).json()["keys"]} == kids
    refused = await m.client.get(f"{bac}/fhir/dmp/DocumentReference", headers=old_token)
    assert refused.status_code == 401


async def test_a_token_of_one_bac_is_refused_by_another(m: Maison, bac: str) -> None:
    headers = await m.ps(bac=bac)
    other = f"{bac}-b"

    refused = await m.client.get(f"{other}/fhir/dmp/DocumentReference", headers=headers)

    assert refused.status_code == 401
    assert (await m.pourquoi(refused))["rule"] in ("BAC-JETON-03", "BAC-JETON-04")


async def test_a_snapshot_brings_a_bac_back_elsewhere(m: Maison, bac: str) -> None:
    await m.client.post(f"{bac}/_bac/clock/advance", json={"days": 10})
    await m.client.patch(f"{bac}/_bac/settings", json={"profile": "homologation"})
    taken = await m.client.post(f"{bac}/_bac/snapshots", json={"name": "essai"})
    assert taken.status_code == 201, taken.text
    file = (await m.client.get(f"{bac}/_bac/snapshots/essai")).content

    zip_headers = {"Content-Type": "application/zip"}
    assert (await m.client.put("/_bac/snapshots/copie", content=file, headers=zip_headers)).status_code == 201
    restored = await m.client.post(f"{bac}-b/_bac/snapshots/copie/restore")

    assert restored.status_code == 200, restored.text
    assert restored.json()["settings"]["profile"] == "homologation"
    assert restored.json()["clock"]["skew_seconds"] > 800_000


async def test_a_half_written_snapshot_is_refused(m: Maison, bac: str) -> None:
    await m.client.post(f"{bac}/_bac/snapshots", json={"name": "moitie"})
    file = (await m.client.get(f"{bac}/_bac/snapshots/moitie")).content
    without_manifest = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as whole, zipfile.ZipFile(without_manifest, "w") as half:
        half.writestr("ins.db", whole.read("ins.db"))

    for broken in (file[: len(file) // 2], without_manifest.getvalue(), gzip.compress(b"x")):
        answer = await m.client.put(
            "/_bac/snapshots/casse", content=broken, headers={"Content-Type": "application/zip"}
        )
        assert (answer.status_code, answer.json()["regle"]) == (400, "BAC-SNAP-02")


async def test_an_event_is_waited_for_without_polling(m: Maison, bac: str) -> None:
    moi = {"subject": "gateway.professionnel.*"}
    attente = asyncio.create_task(m.client.get(f"{bac}/_bac/events", params={**moi, "wait": 20}))
    await asyncio.sleep(0)
    assert (await m.client.post(f"{bac}/_bac/personas", json={"nom": "LENOUVEAU", "prenom": "Ada"})).status_code == 201

    async with asyncio.timeout(10):
        [premier] = (await attente).json()["events"]
    assert premier["subject"] == "gateway.professionnel.cree"
    await m.client.post(f"{bac}/_bac/personas", json={"nom": "LASUIVANTE", "prenom": "Ida"})
    ensuite = {**moi, "after": premier["id"], "wait": 20}
    async with asyncio.timeout(10):
        [second] = (await m.client.get(f"{bac}/_bac/events", params=ensuite)).json()["events"]
    assert second["id"] != premier["id"]
    rien = {**moi, "after": second["id"], "wait": 0.01}
    assert (await m.client.get(f"{bac}/_bac/events", params=rien)).json() == {"events": []}
    assert (await m.client.get(f"{bac}/_bac/events", params={"wait": 61})).status_code == 400


async def test_the_journal_is_filtered(m: Maison, bac: str) -> None:
    await m.client.get(f"{bac}/fhir/dmp/DocumentReference")
    await m.client.get(f"{bac}/nowhere")

    entries = (await m.client.get(f"{bac}/_bac/journal?service=dmp")).json()["entries"]
    assert [e["path"] for e in entries] == ["/fhir/dmp/DocumentReference"]
    refused = (await m.client.get(f"{bac}/_bac/journal?verdict=refuse")).json()["entries"]
    assert {e["path"] for e in refused} == {"/fhir/dmp/DocumentReference", "/nowhere"}


async def test_health_names_every_service(m: Maison) -> None:
    ready = await m.client.get("/health/ready")

    assert ready.status_code == 200
    assert set(ready.json()["services"]) == {"ins", "adri", "apcv", "dmp", "mss", "eprescription", "gateway"}


async def test_the_console_speaks_both_languages(m: Maison) -> None:
    french = await m.client.get("/console?lang=fr")
    english = await m.client.get("/console?lang=en")

    assert 'lang="fr"' in french.text
    assert "Horloge" in french.text
    assert "Clock" in english.text


async def test_an_unreachable_service_is_a_503_that_says_when_to_retry(m: Maison, bac: str) -> None:
    await m.client.get(f"{bac}/_bac")

    async def dead(scope: object, receive: object, send: object) -> None:
        raise ConnectionRefusedError

    alive = m.suite.passerelle.bord.services["ins"]
    m.suite.passerelle.bord.services["ins"] = dead
    try:
        answer: httpx.Response = await m.client.post(f"{bac}/insi/v1/recherche-traits", json={})
    finally:
        m.suite.passerelle.bord.services["ins"] = alive
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert answer.json()["dependance"] == "ins"


def test_journal_ids_never_repeat_from_one_draw_to_the_next() -> None:
    tires = {identifiant() for _ in range(2000)}

    assert len(tires) == 2000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{12}", tire) for tire in tires)
