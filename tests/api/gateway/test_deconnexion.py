"""Logging out: redirect, question, closed page, back channel."""

import re

import httpx
import pytest
import respx
from joserfc import jws, jwt
from joserfc.jwk import RSAKey

from gateway.oidc import notification
from shared.contracts.gateway import SessionClose
from tests.api.gateway.outils import CLIENT, REALM, Psc, retour

ACCUEIL = "http://127.0.0.1:8080/"
URL = f"{REALM}/logout"


async def test_a_hint_and_an_enrolled_uri_close_the_session_and_redirect_with_the_state_alone(psc: Psc) -> None:
    tokens = await psc.connexion()

    answer = await psc.web.get(
        URL, params={"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": ACCUEIL, "state": "é&1"}
    )

    assert (answer.status_code, answer.headers["location"]) == (302, ACCUEIL + "?state=%C3%A9%261")
    assert retour(await psc.autoriser(prompt="none"))["error"] == "login_required"
    assert (await psc.userinfo(tokens["access_token"])).status_code == 401
    refus = await psc.rafraichir(tokens["refresh_token"])
    assert refus.json()["error_description"] == "Session not active"
    [event] = await psc.b.emis(SessionClose)
    assert (event.sid, event.client_id) == (tokens["session_state"], None)


async def test_an_expired_hint_still_closes_its_session_from_a_server(psc: Psc) -> None:
    tokens = await psc.connexion()
    await psc.b.avancer(minutes=20)

    answer = await psc.serveur.get(URL, params={"id_token_hint": tokens["id_token"]})

    assert answer.status_code == 200
    assert "session est ferm" in answer.text
    assert (await psc.rafraichir(tokens["refresh_token"])).status_code == 400


@pytest.mark.exigence("PSC-LOG-01", "PSC-LOG-02", "PSC-LOG-03")
async def test_bad_uris_and_hints_show_a_page_and_close_nothing(psc: Psc) -> None:
    tokens = await psc.connexion()
    hint = tokens["id_token"]
    tete, charge, _ = hint.split(".")
    ailleurs = jwt.encode({"alg": "RS256"}, {"sub": "x", "exp": 1}, RSAKey.generate_key(2048, private=True))
    for params in (
        {"id_token_hint": hint, "post_logout_redirect_uri": "http://127.0.0.1:8080/ailleurs"},
        {"id_token_hint": hint, "post_logout_redirect_uri": ACCUEIL + "?a=b"},
        {"id_token_hint": f"eyJhbGciOiJub25lIn0.{charge}.", "post_logout_redirect_uri": ACCUEIL},
        {"id_token_hint": f"{tete}.{charge}.AAAA", "post_logout_redirect_uri": ACCUEIL},
        {"id_token_hint": ailleurs, "post_logout_redirect_uri": ACCUEIL},
        {"id_token_hint": tokens["access_token"], "post_logout_redirect_uri": ACCUEIL},
        {"id_token_hint": hint, "client_id": "autre", "post_logout_redirect_uri": ACCUEIL},
    ):
        answer = await psc.web.get(URL, params=params)
        assert answer.status_code == 400
        assert "location" not in answer.headers
    assert (await psc.userinfo(tokens["access_token"])).status_code == 200


async def test_without_a_hint_the_person_is_asked_and_only_their_own_browser_can_answer(psc: Psc) -> None:
    tokens = await psc.connexion()
    question = await psc.web.get(URL, params={"post_logout_redirect_uri": ACCUEIL, "client_id": CLIENT[0]})
    assert question.status_code == 200
    [code] = re.findall(r'name="session_code" value="([0-9a-f]+)"', question.text)
    assert (await psc.userinfo(tokens["access_token"])).status_code == 200
    form = {"confirmLogout": "oui", "session_code": code}
    assert (await psc.navigateur().post(URL, data=form)).status_code == 400

    answer = await psc.web.post(URL, data=form)

    assert answer.status_code == 200
    assert "location" not in answer.headers
    assert (await psc.userinfo(tokens["access_token"])).status_code == 401


async def test_without_any_parameter_the_browsers_session_is_closed_and_a_page_says_so(psc: Psc) -> None:
    tokens = await psc.connexion()

    answer = await psc.web.get(URL, params={"state": "x"})

    assert answer.status_code == 200
    assert (await psc.userinfo(tokens["access_token"])).status_code == 401


async def test_each_client_of_the_session_that_asked_is_told_by_the_back_channel(psc: Psc) -> None:
    client_id, _ = await psc.enroler(backchannel_logout_uri="https://lps.test/bc")
    tokens = await psc.connexion()
    await psc.autoriser(client_id=client_id)
    with respx.mock(assert_all_called=True) as dehors:
        route = dehors.post("https://lps.test/bc").mock(return_value=httpx.Response(200))

        await psc.web.get(URL, params={"id_token_hint": tokens["id_token"]})
        await notification.attendre()

    [appel] = route.calls
    jeton = appel.request.content.decode().removeprefix("logout_token=")
    jwks = (await psc.serveur.get(f"{REALM}/certs")).json()
    cle = RSAKey.import_key(next(k for k in jwks["keys"] if k["use"] == "sig"))
    claims = jwt.decode(jeton, cle).claims
    assert jws.extract_compact(jeton.encode()).headers()["typ"] == "logout+jwt"
    assert (claims["aud"], claims["sid"]) == (client_id, tokens["session_state"])
    assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert "nonce" not in claims


async def test_a_client_that_does_not_answer_holds_nobody_up(psc: Psc) -> None:
    client_id, _ = await psc.enroler(backchannel_logout_uri="https://lps.test/bc")
    tokens = await psc.connexion()
    await psc.autoriser(client_id=client_id)
    with respx.mock as dehors:
        dehors.post("https://lps.test/bc").mock(side_effect=httpx.ConnectError)
        answer = await psc.web.get(URL, params={"id_token_hint": tokens["id_token"]})
        await notification.attendre()

    assert answer.status_code == 200
