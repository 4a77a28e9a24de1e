"""CIBA by poll: the phone of the professional and the patience of the client."""

from typing import Any

import httpx
import pytest

from tests.api.gateway.outils import CLIENT, REALM, Psc

GRANT = "urn:openid:params:grant-type:ciba"


async def demander(psc: Psc, **changes: str) -> httpx.Response:
    champs = {
        "scope": "openid scope_all",
        "login_hint": "899700990015",
        "binding_message": "42",
        "acr_values": "eidas1",
        "channel": "MOBILE",
        **changes,
    }
    return await psc.serveur.post(f"{REALM}/ext/ciba/auth", data=champs, auth=CLIENT)


async def sonder(psc: Psc, auth_req_id: str, client: tuple[str, str] = CLIENT) -> tuple[int, Any]:
    answer = await psc.jeton(grant_type=GRANT, auth_req_id=auth_req_id, client=client)
    corps = answer.json()
    return answer.status_code, corps.get("error", corps)


async def test_the_phone_shows_the_clients_number_and_approval_gives_tokens_once(psc: Psc) -> None:
    demande = (await demander(psc)).json()
    assert (demande["expires_in"], demande["interval"]) == (120, 5)
    assert await sonder(psc, demande["auth_req_id"]) == (400, "authorization_pending")
    [vue] = await psc.controle("GET", "psc/ecps?persona=exemple-un-mg")
    assert (vue["number"], vue["origin"]) == ("42", "ciba")
    assert ">42<" in (await psc.web.get("/ecps?persona=exemple-un-mg")).text
    await psc.controle("POST", f"psc/ecps/{vue['id']}", {"decision": "approve"})
    await psc.b.avancer(seconds=5)

    statut, tokens = await sonder(psc, demande["auth_req_id"])

    assert statut == 200
    info = (await psc.userinfo(tokens["access_token"])).json()
    assert (info["SubjectNameID"], info["authMode"]) == ("899700990015", "MOBILE")
    assert (await psc.rafraichir(tokens["refresh_token"])).status_code == 200
    await psc.b.avancer(seconds=5)
    assert await sonder(psc, demande["auth_req_id"]) == (400, "invalid_grant")


@pytest.mark.exigence("PSC-CIBA-23")
async def test_a_hasty_client_is_slowed_down_by_five_seconds(psc: Psc) -> None:
    auth_req_id = (await demander(psc)).json()["auth_req_id"]
    assert (await sonder(psc, auth_req_id))[1] == "authorization_pending"
    await psc.b.avancer(seconds=4)
    assert (await sonder(psc, auth_req_id))[1] == "slow_down"
    await psc.b.avancer(seconds=6)
    assert (await sonder(psc, auth_req_id))[1] == "slow_down"
    await psc.b.avancer(seconds=15)

    assert (await sonder(psc, auth_req_id))[1] == "authorization_pending"


@pytest.mark.exigence("PSC-CIBA-24")
async def test_a_refusal_is_repeated_until_expiry_and_then_the_request_expires(psc: Psc) -> None:
    await psc.controle("PATCH", "personas/exemple-un-mg", {"politique": "auto_refuse"})
    auth_req_id = (await demander(psc)).json()["auth_req_id"]

    for _ in range(3):
        assert (await sonder(psc, auth_req_id))[1] == "access_denied"
        await psc.b.avancer(seconds=5)
    await psc.b.avancer(seconds=105)
    assert (await sonder(psc, auth_req_id))[1] == "expired_token"
    await psc.b.avancer(seconds=15)
    assert (await sonder(psc, auth_req_id))[1] == "invalid_grant"


async def test_another_client_cannot_poll_nor_disturb_the_pace(psc: Psc) -> None:
    autre = await psc.enroler()
    auth_req_id = (await demander(psc)).json()["auth_req_id"]

    assert (await sonder(psc, auth_req_id, autre))[1] == "invalid_grant"
    assert (await sonder(psc, auth_req_id))[1] == "authorization_pending"


@pytest.mark.exigence("PSC-CIBA-01", "PSC-CIBA-05", "PSC-CIBA-26")
async def test_unknown_people_and_unreachable_phones_have_their_errors(psc: Psc) -> None:
    inconnu = await demander(psc, login_hint="899700990999")
    assert (inconnu.status_code, inconnu.json()["error"]) == (400, "unknown_user_id")
    await psc.controle("PATCH", "personas/verdier-mg", {"ecps_active": False})
    muet = await demander(psc, login_hint="810999000010")
    assert (muet.status_code, muet.json()["error"]) == (503, "server_error")
    sans = await psc.enroler(ciba_enabled=False)
    refuse = await psc.serveur.post(f"{REALM}/ext/ciba/auth", data={"scope": "openid"}, auth=sans)
    assert refuse.json()["error"] == "unauthorized_client"
    assert (await psc.serveur.post(f"{REALM}/ext/ciba/auth", data={"scope": "openid"})).status_code == 401


async def test_a_short_requested_expiry_is_obeyed(psc: Psc) -> None:
    demande = (await demander(psc, requested_expiry="10")).json()
    assert demande["expires_in"] == 10
    await psc.b.avancer(seconds=10)

    assert (await sonder(psc, demande["auth_req_id"]))[1] == "expired_token"


async def test_the_card_channel_signs_in_by_card(psc: Psc) -> None:
    await psc.controle("PATCH", "psc/settings", {"ciba_policy": "auto_approve", "acr_policy": "by_auth_mode"})
    demande = (await demander(psc, channel="CARD")).json()

    _, tokens = await sonder(psc, demande["auth_req_id"])

    vue = await psc.introspecter(tokens["access_token"])
    assert (vue["acr"], vue["authMode"]) == ("eidas2", "CARD")


async def test_the_professional_may_be_named_by_an_earlier_id_token(psc: Psc) -> None:
    tokens = await psc.connexion("verdier-mg")
    champs = {"scope": "openid", "id_token_hint": tokens["id_token"]}
    answer = await psc.serveur.post(f"{REALM}/ext/ciba/auth", data=champs, auth=CLIENT)

    assert answer.status_code == 200
    [vue] = await psc.controle("GET", "psc/ecps")
    assert vue["persona"] == "verdier-mg"
