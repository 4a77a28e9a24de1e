"""A bac's clock, seen from the public wires of the whole suite: what falls due happens, and only in that bac."""

from collections.abc import AsyncIterator

import pytest

from shared.monde.patients import PATIENTS
from tests.suite import Maison, maison

OID = "1.2.250.1.213.1.4.8"


@pytest.fixture(scope="module")
async def m(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Maison]:
    async with maison(tmp_path_factory.mktemp("horloge")) as m:
        yield m


async def _avancer(m: Maison, bac: str, **duree: float) -> None:
    moved = await m.client.post(f"{bac}/_bac/clock/advance", json=duree)
    assert moved.status_code == 200, moved.text


async def _dossiers(m: Maison, bac: str, slug: str) -> int:
    """TD0.2: how many dossiers the DMP finds under the person's INS."""
    identifier = f"urn:oid:{OID}|{PATIENTS[slug].matricule_ins}"
    found = await m.client.get(
        f"{bac}/fhir/dmp/Patient", params={"identifier": identifier}, headers=await m.ps(bac=bac)
    )
    total: int = found.json()["total"]
    return total


async def _contexte(m: Maison, bac: str) -> str:
    """The identifier of a context just opened by reading the phone's QR code."""
    matricule = PATIENTS["blanc-valmont"].matricule_ins
    phones = (await m.client.get(f"{bac}/apcv/phone/v1/applis", params={"matricule": matricule})).json()["applis"]
    shown = await m.client.post(
        f"{bac}/apcv/phone/v1/applis/{phones[0]['id']}/presentations", json={"code": "1234", "mode": "qr"}
    )
    opened = await m.client.post(
        f"{bac}/apcv/v1/contextes", json={"donnees": shown.json()["donnees"]}, headers=await m.ps(bac=bac)
    )
    assert opened.status_code in (200, 201), opened.text
    return str(opened.json()["contexteApCV"]["identifiant"])


@pytest.mark.exigence("TD0.2")
async def test_a_profile_opens_by_itself_after_forty_two_days_and_another_bac_does_not_notice(m: Maison) -> None:
    here, there = "/bac/jours", "/bac/jours-temoin"
    assert await _dossiers(m, here, "gillet-notifiee") == 0
    assert await _dossiers(m, there, "gillet-notifiee") == 0

    await _avancer(m, here, days=41)
    assert await _dossiers(m, here, "gillet-notifiee") == 0
    await _avancer(m, here, days=1, hours=1)

    assert await _dossiers(m, here, "gillet-notifiee") == 1
    assert await _dossiers(m, there, "gillet-notifiee") == 0
    subjects = [e["subject"] for e in (await m.client.get(f"{here}/_bac/events")).json()["events"]]
    assert "dmp.profil.ouvert" in subjects


@pytest.mark.exigence("APCV-202")
async def test_a_context_dies_at_twenty_minutes_and_another_bac_does_not_notice(m: Maison) -> None:
    here, there = "/bac/minutes", "/bac/minutes-temoin"
    ids = {bac: await _contexte(m, bac) for bac in (here, there)}

    await _avancer(m, here, minutes=19, seconds=30)
    alive = await m.client.get(f"{here}/apcv/v1/contextes/{ids[here]}", headers=await m.ps(bac=here))
    assert alive.status_code == 200
    assert "ACTIVE" in alive.text
    await _avancer(m, here, seconds=31)

    dead = await m.client.get(f"{here}/apcv/v1/contextes/{ids[here]}", headers=await m.ps(bac=here))
    assert "ACTIVE" not in dead.text
    other = await m.client.get(f"{there}/apcv/v1/contextes/{ids[there]}", headers=await m.ps(bac=there))
    assert "ACTIVE" in other.text


async def test_a_token_dies_at_one_hundred_and_twenty_seconds_and_another_bac_does_not_notice(m: Maison) -> None:
    here, there = "/bac/secondes", "/bac/secondes-temoin"
    for bac in (here, there):
        await m.client.put(f"{bac}/_bac/clock", json={"mode": "frozen"})
    tokens = {bac: await m.ps(bac=bac) for bac in (here, there)}
    userinfo = "/auth/realms/esante-wallet/protocol/openid-connect/userinfo"
    await _avancer(m, here, seconds=119)
    for path in (userinfo, "/mss/v1/boites"):
        assert (await m.client.get(here + path, headers=tokens[here])).status_code == 200

    await _avancer(m, here, seconds=1)

    for path in (userinfo, "/mss/v1/boites"):
        refused = await m.client.get(here + path, headers=tokens[here])
        assert refused.status_code == 401, path
        assert (await m.pourquoi(refused))["verdict"] == "refuse"
        assert (await m.client.get(there + path, headers=tokens[there])).status_code == 200
