"""Signing in: page, phone, single sign-on, scripts."""

import asyncio
import re

import pytest

from gateway.oidc.domain.pkce import challenge_s256
from shared.contracts.gateway import SessionClose
from tests.api.gateway.outils import REALM, RETOUR, Psc, action, retour

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


async def test_a_person_chosen_on_the_page_is_signed_in_and_the_code_buys_tokens(psc: Psc) -> None:
    page = await psc.autoriser(code_challenge=challenge_s256(VERIFIER), code_challenge_method="S256")
    assert page.status_code == 200
    assert "CLAIRE EXEMPLE-UN" in page.text
    assert "http://" not in page.text.split("<style>")[0]

    answer = await psc.web.post(action(page, "/persona"), data={"persona": "exemple-un-mg", "moyen": ""})

    champs = retour(answer)
    assert champs["state"] == "9b1d"
    assert champs["iss"] == f"{psc.b.bac.base_url}/auth/realms/esante-wallet"
    tokens = (await psc.echanger(champs["code"], code_verifier=VERIFIER)).json()
    assert tokens["token_type"] == "Bearer"
    assert (tokens["expires_in"], tokens["refresh_expires_in"]) == (120, 1800)
    assert tokens["session_state"] == champs["session_state"]
    info = (await psc.userinfo(tokens["access_token"])).json()
    assert info["SubjectNameID"] == "899700990015"
    assert len(info["SubjectRefPro"]["exercices"][0]["activities"]) == 2


async def test_the_phone_shows_the_number_of_the_page_and_its_approval_lets_the_browser_through(psc: Psc) -> None:
    page = await psc.autoriser()
    suite = await psc.web.post(action(page, "/ecps"), data={"id_nat": "99700990015"})
    attente = await psc.web.get(suite.headers["location"])
    [numero] = re.findall(r'id="numero">(\d\d)<', attente.text)

    telephone = await psc.navigateur().get("/ecps?persona=exemple-un-mg")
    assert f">{numero}<" in telephone.text
    form = next(a for a in re.findall(r'action="([^"]+)"', telephone.text) if "/demandes/" in a)
    trop = await psc.navigateur().post(form, data={"decision": "approuver", "pin": "0000"})
    assert trop.status_code == 400
    assert (await psc.web.get(suite.headers["location"])).status_code == 200
    await psc.navigateur().post(form, data={"decision": "approuver", "pin": "1234"})

    assert "code" in retour(await psc.web.get(suite.headers["location"]))


@pytest.mark.exigence("PSC-AUT-20", "PSC-AUT-21")
async def test_a_refusal_or_two_minutes_of_silence_come_back_as_access_denied(psc: Psc) -> None:
    for attendre in (False, True):
        page = await psc.autoriser()
        suite = await psc.web.post(action(page, "/ecps"), data={"id_nat": "899700990015"})
        [demande] = await psc.controle("GET", "psc/ecps")
        if attendre:
            await psc.b.avancer(seconds=120)
        else:
            await psc.controle("POST", f"psc/ecps/{demande['id']}", {"decision": "refuse"})

        champs = retour(await psc.web.get(suite.headers["location"]))

        assert champs["error"] == "access_denied"
        assert champs["state"] == "9b1d"
        assert "iss" in champs


@pytest.mark.exigence("PSC-AUT-20")
async def test_cancelling_comes_back_as_access_denied_once(psc: Psc) -> None:
    page = await psc.autoriser()
    annuler = action(page, "/annuler")

    assert retour(await psc.web.post(annuler))["error"] == "access_denied"
    assert (await psc.web.post(annuler)).status_code == 400


async def test_an_unknown_identifier_stays_on_the_page_with_a_word(psc: Psc) -> None:
    page = await psc.autoriser()

    answer = await psc.web.post(action(page, "/ecps"), data={"id_nat": "<script>"})

    assert answer.status_code == 400
    assert "<script>" not in answer.text
    assert 'role="alert"' in answer.text


@pytest.mark.exigence("PSC-PAGE-01")
async def test_a_login_page_belongs_to_the_browser_that_opened_it(psc: Psc) -> None:
    page = await psc.autoriser()

    voleur = await psc.navigateur().post(action(page, "/persona"), data={"persona": "exemple-un-mg"})

    assert voleur.status_code == 400
    assert "location" not in voleur.headers


async def test_a_second_service_signs_in_without_a_page_for_thirty_idle_minutes(psc: Psc) -> None:
    await psc.connexion()
    await psc.b.avancer(minutes=29)
    assert "code" in retour(await psc.autoriser())

    await psc.b.avancer(minutes=30)

    assert (await psc.autoriser()).status_code == 200


async def test_single_sign_on_ends_after_four_hours_whatever_the_activity(psc: Psc) -> None:
    await psc.connexion()
    for _ in range(11):
        await psc.b.avancer(minutes=20)
        assert "code" in retour(await psc.autoriser())

    await psc.b.avancer(minutes=20)

    assert (await psc.autoriser()).status_code == 200


@pytest.mark.exigence("PSC-AUT-19")
async def test_prompt_none_answers_at_once_or_says_login_required(psc: Psc) -> None:
    assert retour(await psc.autoriser(prompt="none"))["error"] == "login_required"
    tokens = await psc.connexion()
    autre = await psc.connexion("verdier-mg", prompt="login")
    await psc.connexion()

    assert "code" in retour(await psc.autoriser(prompt="none"))
    assert "code" in retour(await psc.autoriser(prompt="none", id_token_hint=tokens["id_token"]))
    assert retour(await psc.autoriser(prompt="none", id_token_hint=autre["id_token"]))["error"] == "login_required"
    await psc.b.avancer(seconds=2)
    assert retour(await psc.autoriser(prompt="none", max_age="1"))["error"] == "login_required"
    assert "code" in retour(await psc.autoriser(prompt="none", max_age="10000"))


async def test_prompt_login_asks_again_and_moves_auth_time_forward(psc: Psc) -> None:
    premier = await psc.introspecter((await psc.connexion())["access_token"])
    await psc.b.avancer(minutes=1)
    page = await psc.autoriser(prompt="login")
    assert page.status_code == 200

    answer = await psc.web.post(action(page, "/persona"), data={"persona": "exemple-un-mg"})
    tokens = (await psc.echanger(retour(answer)["code"])).json()
    second = await psc.introspecter(tokens["access_token"])

    assert second["auth_time"] == premier["auth_time"] + 60
    assert second["sid"] == premier["sid"]


async def test_someone_else_at_the_same_browser_gets_a_session_of_their_own(psc: Psc) -> None:
    premier = await psc.connexion()
    second = await psc.connexion("verdier-mg", prompt="login")

    assert premier["session_state"] != second["session_state"]
    assert (await psc.introspecter(premier["access_token"])) == {"active": False}
    assert premier["session_state"] in [e.sid for e in await psc.b.emis(SessionClose)]


async def test_login_hint_signs_in_by_itself_where_the_client_asked_for_it(psc: Psc) -> None:
    assert "code" in retour(await psc.autoriser(login_hint="899700990015"))
    assert "code" in retour(await psc.autoriser(psc.navigateur(), login_hint="verdier-mg"))

    client_id, _ = await psc.enroler()
    page = await psc.autoriser(psc.navigateur(), client_id=client_id, login_hint="899700990015")
    assert page.status_code == 200
    assert 'value="899700990015"' in page.text


async def test_queued_logins_are_taken_in_order_once_each(psc: Psc) -> None:
    await psc.prevoir("verdier-mg")
    await psc.prevoir("verdier-mg", "refuse")
    await psc.prevoir("verdier-mg", "timeout")

    reponses = [retour(await psc.autoriser(psc.navigateur())) for _ in range(3)]

    assert "code" in reponses[0]
    assert reponses[1]["error"] == "access_denied"
    assert reponses[2]["error_description"] == "authentication timed out"
    assert (await psc.autoriser(psc.navigateur())).status_code == 200
    assert await psc.controle("GET", "psc/next-login") == []


async def test_ten_browsers_at_once_each_get_their_own_code(psc: Psc) -> None:
    await psc.controle("POST", "psc/next-login", {"persona": "verdier-mg", "times": 10})

    reponses = await asyncio.gather(*(psc.autoriser(psc.navigateur()) for _ in range(10)))

    assert len({retour(r)["code"] for r in reponses}) == 10


async def test_the_answer_comes_by_form_or_fragment_when_asked(psc: Psc) -> None:
    await psc.prevoir()
    formulaire = await psc.autoriser(response_mode="form_post")
    assert action(formulaire, "/callback") == RETOUR
    assert 'name="code"' in formulaire.text
    assert 'name="iss"' in formulaire.text

    fragment = await psc.autoriser(response_mode="fragment")
    assert fragment.headers["location"].startswith(RETOUR + "#")


async def test_the_authorization_request_may_be_posted_and_asked_at_the_realm_too(psc: Psc) -> None:
    corps = psc.url_autorisation().partition("?")[2]
    for url in ("/auth", f"{REALM}/auth"):
        answer = await psc.web.post(url, content=corps, headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status_code == 200
        assert "EXEMPLE-UN" in answer.text


@pytest.mark.exigence("PSC-AUT-01", "PSC-AUT-02", "PSC-AUT-03")
async def test_an_unknown_client_or_uri_gets_a_page_that_says_how_to_enrol_it(psc: Psc) -> None:
    for changes, texte in (
        ({"client_id": None}, "Missing parameter: client_id"),
        ({"client_id": "inconnu"}, "Client not found."),
        ({"redirect_uri": RETOUR + "/"}, "Invalid parameter: redirect_uri"),
        ({"redirect_uri": None}, "Invalid parameter: redirect_uri"),
        ({"redirect_uri": "javascript:alert(1)"}, "Invalid parameter: redirect_uri"),
    ):
        answer = await psc.autoriser(**changes)
        assert answer.status_code == 400
        assert "location" not in answer.headers
        assert texte in answer.text
    assert "_bac/clients/lps-demo-bas" in (await psc.autoriser(redirect_uri="http://lps.test/cb")).text


async def test_a_redirected_error_names_its_rule_in_the_journal_and_nothing_more_to_the_client(psc: Psc) -> None:
    answer = await psc.autoriser(scope="openid dossier")

    assert retour(answer) == {
        "error": "invalid_scope",
        "error_description": "Invalid scopes: openid dossier",
        "state": "9b1d",
        "iss": f"{psc.b.bac.base_url}/auth/realms/esante-wallet",
    }
    assert "PSC-AUT-11" in psc.b.regles(answer)


async def test_a_cookie_of_another_bac_opens_nothing_even_under_the_right_name(psc: Psc) -> None:
    await psc.connexion()
    [biscuit] = [c for c in psc.web.cookies.jar if c.name == f"bac-{psc.b.bac.nom}-session"]
    assert biscuit.path == f"/bac/{psc.b.bac.nom}/auth"
    autre = psc.navigateur()
    for nom in (f"bac-{psc.b.bac.nom}-session", "bac-default-session"):
        autre.cookies.set(nom, f"x{biscuit.value}", path=biscuit.path or "/")

    assert (await psc.autoriser(autre)).status_code == 200
    temoin = psc.navigateur()
    temoin.cookies.set(biscuit.name, str(biscuit.value), path="/")
    assert "code" in retour(await psc.autoriser(temoin))


async def test_pages_speak_english_when_the_browser_or_the_request_does(psc: Psc) -> None:
    assert "Connexion du professionnel" in (await psc.autoriser()).text
    assert "Professional sign-in" in (await psc.autoriser(ui_locales="en")).text
    answer = await psc.web.get(psc.url_autorisation(), headers={"Accept-Language": "de, en;q=0.8"})
    assert "Professional sign-in" in answer.text
    assert 'lang="en"' in answer.text


async def test_hostile_requests_are_refused_without_a_crash(psc: Psc) -> None:
    base = psc.url_autorisation()
    for suite in ("&state=%00", "&" + "&".join(f"p{i}=1" for i in range(150)), "&nonce=%F0%28%8C%28"):
        answer = await psc.web.get(base + suite)
        assert answer.status_code in (302, 400)
    gros = await psc.serveur.post(
        f"{REALM}/token",
        content=b"a=" + b"x" * 70_000,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert gros.status_code == 413
    assert gros.json()["error"] == "invalid_request"
