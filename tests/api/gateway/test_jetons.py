"""The token endpoint as the platform words it, and what tokens are worth afterwards."""

import asyncio
import time
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from gateway.oidc.domain.pkce import challenge_s256
from shared.contracts.gateway import SessionClose
from tests.api.gateway.outils import CLIENT, REALM, RETOUR, Psc

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
TEXTE_CLIENT = "Invalid client or Invalid client credentials"


def erreur(answer: httpx.Response) -> tuple[int, str, str]:
    corps = answer.json()
    assert set(corps["explication"]) == {"fr", "en"}
    assert corps["regle"].startswith("PSC-")
    return answer.status_code, corps["error"], corps["error_description"]


async def test_errors_before_the_code_is_looked_at_do_not_spend_it(psc: Psc) -> None:
    code = await psc.code()
    bon: dict[str, Any] = {"code": code, "redirect_uri": RETOUR}
    url = f"{REALM}/token"

    assert erreur(await psc.serveur.post(url + "?grant_type=authorization_code", data=bon, auth=CLIENT)) == (
        400,
        "invalid_request",
        "Missing form parameter: grant_type",
    )
    assert erreur(await psc.serveur.post(url, json={"grant_type": "authorization_code"}, auth=CLIENT))[2] == (
        "Missing form parameter: grant_type"
    )
    assert erreur(await psc.jeton(grant_type="magie", **bon)) == (
        400,
        "unsupported_grant_type",
        "Unsupported grant_type",
    )
    inconnu = await psc.jeton(grant_type="authorization_code", client=("inconnu", "x"), **bon)
    assert erreur(inconnu) == (401, "invalid_client", TEXTE_CLIENT)
    assert inconnu.headers["www-authenticate"].startswith("Basic")
    assert erreur(await psc.jeton(grant_type="authorization_code", client=(CLIENT[0], "x"), **bon)) == (
        401,
        "unauthorized_client",
        TEXTE_CLIENT,
    )
    deux = await psc.jeton(grant_type="authorization_code", client_id=CLIENT[0], client_secret=CLIENT[1], **bon)
    assert erreur(deux)[:2] == (400, "invalid_request")
    double = f"grant_type=authorization_code&code={code}&code={code}&redirect_uri={RETOUR}"
    formulaire = {"Content-Type": "application/x-www-form-urlencoded"}
    assert erreur(await psc.serveur.post(url, content=double, headers=formulaire, auth=CLIENT)) == (
        400,
        "invalid_request",
        "duplicated parameter",
    )
    assert erreur(await psc.jeton(grant_type="authorization_code"))[2] == "Missing parameter: code"
    for ferme in ("password", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"):
        assert erreur(await psc.jeton(grant_type=ferme))[1] == "unauthorized_client"

    assert (await psc.echanger(code)).status_code == 200


@pytest.mark.exigence("PSC-TOK-03b")
async def test_the_rfc_word_for_a_wrong_secret_is_a_knob(psc: Psc) -> None:
    await psc.controle("PATCH", "psc/settings", {"wrong_secret_error": "invalid_client"})

    answer = await psc.jeton(grant_type="authorization_code", client=(CLIENT[0], "x"))

    assert erreur(answer)[1] == "invalid_client"


async def test_the_secret_may_come_in_the_body(psc: Psc) -> None:
    answer = await psc.jeton(
        client=None,
        grant_type="authorization_code",
        code=await psc.code(),
        redirect_uri=RETOUR,
        client_id=CLIENT[0],
        client_secret=CLIENT[1],
    )

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"


@pytest.mark.exigence("PSC-TOK-06")
async def test_a_code_serves_once_for_a_minute_and_its_second_use_kills_the_tokens_of_the_first(psc: Psc) -> None:
    assert erreur(await psc.echanger("n'importe quoi")) == (400, "invalid_grant", "Code not valid")
    vieux = await psc.code()
    await psc.b.avancer(seconds=60)
    assert erreur(await psc.echanger(vieux))[2] == "Code not valid"
    code = await psc.code()
    tokens = (await psc.echanger(code)).json()
    assert (await psc.userinfo(tokens["access_token"])).status_code == 200

    assert erreur(await psc.echanger(code))[2] == "Code not valid"

    assert (await psc.userinfo(tokens["access_token"])).status_code == 401
    assert erreur(await psc.rafraichir(tokens["refresh_token"]))[1] == "invalid_grant"
    assert [e.sid for e in await psc.b.emis(SessionClose)] == [tokens["session_state"]]


async def test_of_two_exchanges_at_once_only_one_wins(psc: Psc) -> None:
    code = await psc.code()

    reponses = await asyncio.gather(*(psc.echanger(code) for _ in range(5)))

    assert sorted(r.status_code for r in reponses) == [200, 400, 400, 400, 400]


@pytest.mark.exigence("PSC-TOK-07", "PSC-TOK-08", "PSC-TOK-09a", "PSC-TOK-09b", "PSC-TOK-09c", "PSC-TOK-09d")
async def test_every_later_refusal_has_its_text_and_spends_the_code(psc: Psc) -> None:
    autre = await psc.enroler(client_id="autre-lps")
    lie: dict[str, Any] = {"code_challenge": challenge_s256(VERIFIER), "code_challenge_method": "S256"}
    cas: list[tuple[dict[str, Any], dict[str, Any], str]] = [
        ({}, {"redirect_uri": RETOUR + "/"}, "Incorrect redirect_uri"),
        ({}, {"client": autre}, "Auth error: Found different client_id in clientSession"),
        (lie, {}, "PKCE code verifier not specified"),
        (
            {},
            {"code_verifier": VERIFIER},
            "PKCE code verifier specified but challenge not present in authorization",
        ),
        (lie, {"code_verifier": "court"}, "PKCE verification failed: Invalid code verifier"),
        (lie, {"code_verifier": VERIFIER[::-1]}, "PKCE verification failed: Code mismatch"),
    ]
    for demande, champs, texte in cas:
        code = await psc.code(**demande)
        envoi = {"grant_type": "authorization_code", "code": code, "redirect_uri": RETOUR, **champs}
        assert erreur(await psc.jeton(**envoi)) == (400, "invalid_grant", texte)

        bon = {"code_verifier": VERIFIER} if demande else {}
        assert erreur(await psc.echanger(code, **bon))[2] == "Code not valid"


async def test_a_refusal_tells_the_journal_what_it_looked_at_and_the_row_that_decided(psc: Psc) -> None:
    answer = await psc.jeton(
        grant_type="authorization_code", code=await psc.code(), redirect_uri="http://127.0.0.1:8080/cb"
    )

    [decision, *_] = psc.b.notes(answer)["decisions"]
    assert decision["regle"] == "PSC-TOK-07"
    assert decision["examinees"][-3:] == ["PSC-TOK-05", "PSC-TOK-06", "PSC-TOK-07"]
    assert decision["ligne"]["error_description"] == "Incorrect redirect_uri"
    assert decision["source"] == "PSC §2.4 row 7"
    assert decision["entrees"]["redirect_uri"] == "http://127.0.0.1:8080/cb"
    assert decision["entrees"]["redirect_uri_of_authorize"] == RETOUR
    assert "secret" not in str(decision["entrees"])


async def test_refreshing_keeps_the_person_and_the_login_and_gives_fresh_tokens(psc: Psc) -> None:
    tokens = await psc.connexion()
    avant = await psc.introspecter(tokens["access_token"])
    await psc.b.avancer(minutes=3)
    assert (await psc.userinfo(tokens["access_token"])).status_code == 401

    neufs = (await psc.rafraichir(tokens["refresh_token"])).json()
    apres = await psc.introspecter(neufs["access_token"])

    for claim in ("sub", "iss", "azp", "auth_time", "sid", "nonce", "acr", "scope"):
        assert apres[claim] == avant[claim]
    assert apres["iat"] == avant["iat"] + 180
    assert (await psc.rafraichir(tokens["refresh_token"])).status_code == 200


@pytest.mark.exigence("PSC-TOK-11", "PSC-TOK-12", "PSC-TOK-15", "PSC-TOK-17")
async def test_each_bad_refresh_has_its_text(psc: Psc) -> None:
    autre = await psc.enroler()
    tokens = await psc.connexion()
    refresh = tokens["refresh_token"]

    for faux in ("x", tokens["access_token"], tokens["id_token"], refresh[:-2]):
        assert erreur(await psc.rafraichir(faux))[2] == "Invalid refresh token"
    assert erreur(await psc.jeton(grant_type="refresh_token"))[2] == "No refresh token"
    croise = await psc.jeton(grant_type="refresh_token", refresh_token=refresh, client=autre)
    assert erreur(croise)[2] == "Unmatching clients"
    assert erreur(await psc.rafraichir(refresh, scope="openid email scope_all"))[1] == "invalid_scope"
    assert (await psc.rafraichir(refresh, scope="openid")).json()["scope"] == "openid"
    await psc.b.avancer(minutes=30)
    assert erreur(await psc.rafraichir(refresh))[2] == "Token is not active"


@pytest.mark.exigence("PSC-TOK-13")
async def test_four_hours_after_the_login_no_refresh_helps(psc: Psc) -> None:
    tokens = await psc.connexion()
    for _ in range(9):
        await psc.b.avancer(minutes=25)
        tokens = (await psc.rafraichir(tokens["refresh_token"])).json()
    assert tokens["refresh_expires_in"] == 15 * 60

    await psc.b.avancer(minutes=15)

    assert erreur(await psc.rafraichir(tokens["refresh_token"]))[1] == "invalid_grant"


@pytest.mark.exigence("PSC-TOK-16")
async def test_rotation_is_a_knob(psc: Psc) -> None:
    tokens = await psc.connexion()
    await psc.controle("PATCH", "psc/settings", {"refresh_rotation": "on"})
    assert (await psc.rafraichir(tokens["refresh_token"])).status_code == 200

    answer = await psc.rafraichir(tokens["refresh_token"])

    assert erreur(answer)[2] == "Maximum allowed refresh token reuse exceeded"


async def test_an_access_token_dies_at_120_seconds_of_the_bacs_clock(psc: Psc) -> None:
    token = (await psc.connexion())["access_token"]
    await psc.b.avancer(seconds=119)
    assert (await psc.userinfo(token)).status_code == 200

    await psc.b.avancer(seconds=1)

    answer = await psc.userinfo(token)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == (
        'Bearer realm="esante-wallet", error="invalid_token", error_description="Token verification failed"'
    )
    assert answer.json()["regle"] == "PSC-UI-02"
    assert await psc.introspecter(token) == {"active": False}


async def test_tokens_stamped_with_real_time_satisfy_unmodified_clients(psc: Psc) -> None:
    await psc.b.regler(jetons="reel")
    token = (await psc.connexion())["access_token"]

    vue = await psc.introspecter(token)

    assert abs(vue["iat"] - time.time()) < 60


@pytest.mark.exigence("PSC-UI-01")
async def test_userinfo_takes_the_token_by_get_post_header_or_body_and_explains_its_absence(psc: Psc) -> None:
    token = (await psc.connexion())["access_token"]
    url = f"{REALM}/userinfo"
    porteur = {"Authorization": f"Bearer {token}"}

    reponses = [
        await psc.serveur.get(url, headers=porteur),
        await psc.serveur.post(url, headers=porteur),
        await psc.serveur.post(url, data={"access_token": token}),
    ]

    assert {r.json()["sub"] for r in reponses} == {"f:550dc1c8-d97b-4b1e-ac8c-8eb4471cf9dd:899700990015"}
    sans = await psc.serveur.get(url, params={"access_token": token})
    assert (sans.status_code, sans.headers["www-authenticate"]) == (401, 'Bearer realm="esante-wallet"')
    accents = {b"Authorization": "Bearer é".encode("latin-1")}
    assert (await psc.serveur.get(url, headers=accents)).status_code == 401


async def test_userinfo_may_be_a_signed_jwt(psc: Psc) -> None:
    token = (await psc.connexion())["access_token"]
    answer = await psc.serveur.get(
        f"{REALM}/userinfo", headers={"Authorization": f"Bearer {token}", "Accept": "application/jwt"}
    )

    assert answer.headers["content-type"] == "application/jwt"
    jwks = (await psc.serveur.get(f"{REALM}/certs")).json()
    cle = RSAKey.import_key(next(k for k in jwks["keys"] if k["use"] == "sig"))
    assert jwt.decode(answer.text, cle).claims["SubjectNameID"] == "899700990015"


async def test_introspection_answers_any_client_and_nobody_else(psc: Psc) -> None:
    api = await psc.enroler(nom="API cible")
    tokens = await psc.connexion()

    vue = await psc.introspecter(tokens["access_token"], api)

    assert vue["active"] is True
    assert vue["client_id"] == CLIENT[0]
    assert vue["SubjectNameID"] == vue["username"] == "899700990015"
    assert vue["nonce"] == "5f0e"
    assert "SubjectNameID" not in await psc.introspecter(tokens["refresh_token"], api)
    for faux in ("", "x", tokens["id_token"]):
        assert await psc.introspecter(faux, api) == {"active": False}
    url = f"{REALM}/token/introspect"
    assert (await psc.serveur.post(url, data={"token": tokens["access_token"]})).status_code == 401
    assert erreur(await psc.serveur.post(url, auth=CLIENT))[1] == "invalid_request"


@pytest.mark.exigence("PSC-REV-03")
async def test_revoking_a_refresh_token_ends_the_clients_session_and_says_so(psc: Psc) -> None:
    autre = await psc.enroler()
    tokens = await psc.connexion()
    url = f"{REALM}/revoke"
    foreign = await psc.serveur.post(url, data={"token": tokens["refresh_token"]}, auth=autre)
    assert erreur(foreign)[1] == "invalid_request"
    assert (await psc.userinfo(tokens["access_token"])).status_code == 200

    answer = await psc.serveur.post(url, data={"token": tokens["refresh_token"]}, auth=CLIENT)

    assert (answer.status_code, answer.content) == (200, b"")
    assert (await psc.userinfo(tokens["access_token"])).status_code == 401
    assert erreur(await psc.rafraichir(tokens["refresh_token"]))[1] == "invalid_grant"
    [event] = await psc.b.emis(SessionClose)
    assert (event.sid, event.id_nat) == (tokens["session_state"], "899700990015")
    assert (await psc.serveur.post(url, data={"token": "inconnu"}, auth=CLIENT)).status_code == 200


async def test_a_client_that_leaves_does_not_take_the_others_along(psc: Psc) -> None:
    autre = await psc.enroler()
    ici = await psc.connexion()
    la = await psc.jeton(
        client=autre,
        grant_type="authorization_code",
        redirect_uri=RETOUR,
        code=(await _sso(psc, autre[0])),
    )
    await psc.serveur.post(f"{REALM}/revoke", data={"token": ici["refresh_token"]}, auth=CLIENT)

    assert (await psc.userinfo(ici["access_token"])).status_code == 401
    assert (await psc.userinfo(la.json()["access_token"])).status_code == 200
    [event] = await psc.b.emis(SessionClose)
    assert event.client_id == CLIENT[0]


async def _sso(psc: Psc, client_id: str) -> str:
    from tests.api.gateway.outils import retour

    return retour(await psc.autoriser(client_id=client_id))["code"]


async def test_revoking_an_access_token_leaves_the_session_alone(psc: Psc) -> None:
    tokens = await psc.connexion()
    await psc.serveur.post(f"{REALM}/revoke", data={"token": tokens["access_token"]}, auth=CLIENT)

    assert (await psc.userinfo(tokens["access_token"])).status_code == 401
    assert (await psc.rafraichir(tokens["refresh_token"])).status_code == 200


async def test_keys_turn_without_breaking_living_tokens(psc: Psc) -> None:
    tokens = await psc.connexion()
    tour = await psc.controle("POST", "psc/keys/rotate")

    kids = [k["kid"] for k in (await psc.serveur.get(f"{REALM}/certs")).json()["keys"]]
    assert tour["kid"] in kids
    assert set(tour["previous"]) <= set(kids)
    assert (await psc.userinfo(tokens["access_token"])).status_code == 200
    assert (await psc.rafraichir(tokens["refresh_token"])).status_code == 200


async def test_a_client_with_keys_proves_itself_by_a_signed_assertion_once(psc: Psc) -> None:
    cle = RSAKey.generate_key(2048, parameters={"kid": "k1", "use": "sig"}, private=True)
    client_id, _ = await psc.enroler(
        jwks={"keys": [cle.as_dict(private=False)]}, auth_methods=["private_key_jwt"], client_id="lps-assertion"
    )
    maintenant = int(psc.b.bac.now().timestamp())
    issuer = f"{psc.b.bac.base_url}/auth/realms/esante-wallet"

    def assertion(alg: str = "PS256", **changes: Any) -> dict[str, str]:
        claims = {"iss": client_id, "sub": client_id, "aud": issuer, "exp": maintenant + 60, "jti": "j1", **changes}
        return {
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": jwt.encode({"alg": alg, "kid": "k1"}, claims, cle, algorithms=[alg]),
        }

    async def essai(**champs: Any) -> httpx.Response:
        return await psc.jeton(client=None, grant_type="refresh_token", refresh_token="x", **champs)

    assert erreur(await essai(**assertion()))[2] == "Invalid refresh token"
    assert erreur(await essai(**assertion()))[1] == "invalid_client"
    fausses: list[dict[str, Any]] = [
        {"aud": "ailleurs"},
        {"exp": maintenant - 1},
        {"iss": "autre"},
        {"sub": "lps-demo-bas"},
    ]
    for changes in fausses:
        assert erreur(await essai(**assertion(**{"jti": str(changes), **changes})))[1] == "invalid_client"
    assert erreur(await essai(**assertion("RS256", jti="j2")))[2] == "Invalid refresh token"
    assert erreur(await psc.jeton(grant_type="refresh_token", client=(client_id, "x")))[0] == 401


async def test_services_learn_who_holds_a_session_until_it_ends(psc: Psc) -> None:
    from gateway.oidc import interne

    tokens = await psc.connexion()
    sid = tokens["session_state"]
    await psc.controle("PATCH", "psc/settings", {"idnat_format": "bare_rpps", "userinfo_shape": "minimal"})

    vue = await interne.session(psc.b.ctx, psc.b.bac, sid)
    assert vue is not None
    assert vue["clients"] == [CLIENT[0]]
    assert vue["userinfo"]["SubjectNameID"] == "899700990015"
    assert vue["userinfo"]["SubjectRefPro"]["exercices"]
    await psc.controle("DELETE", f"psc/sessions/{sid}")
    assert await interne.session(psc.b.ctx, psc.b.bac, sid) is None
    assert await interne.session(psc.b.ctx, psc.b.bac, "") is None
