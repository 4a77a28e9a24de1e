"""The token endpoint's verdicts, row by row of the published table, and what tokens say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.oidc.domain import pkce
from gateway.oidc.domain.client import Client, Preuve, authentifier, lire_preuve, verifier_grant
from gateway.oidc.domain.code import juger_code, lire_grant_type, refuser_doublons
from gateway.oidc.domain.jetons import (
    Contexte,
    at_hash,
    claims_acces,
    claims_id,
    claims_rafraichissement,
    introspection,
)
from gateway.oidc.domain.rafraichissement import juger_rafraichissement, scope_rafraichi
from gateway.oidc.domain.refus import RefusOAuth
from gateway.oidc.domain.reglages import Reglages
from shared.ids import SequentialIds
from shared.monde.professionnels import PROFESSIONNELS
from tests.unit.psc.outils import CHALLENGE, CLIENT, MIDI, REGLAGES, RETOUR, VERIFIER, apres, code, session

BASIC = "Basic bHBzLWRlbW8tYmFzOnNlY3JldC1scHMtZGVtbw=="


def juger(c: object = None, **champs: object) -> str | None:
    valeurs: dict[str, object] = {
        "client_id": "lps-demo-bas",
        "redirect_uri": RETOUR,
        "code_verifier": None,
        "session_active": True,
        "maintenant": apres(seconds=59),
    }
    return juger_code(c, **{**valeurs, **champs})  # type: ignore[arg-type]


@pytest.mark.exigence("PSC-TOK-01", "PSC-TOK-02")
def test_the_grant_is_read_first_and_only_published_ones_exist() -> None:
    with pytest.raises(RefusOAuth) as pris:
        lire_grant_type([("client_id", "inconnu")])
    assert pris.value.corps()["error_description"] == "Missing form parameter: grant_type"

    with pytest.raises(RefusOAuth) as pris:
        lire_grant_type([("grant_type", "magique")])
    assert pris.value.error == "unsupported_grant_type"


@pytest.mark.exigence("PSC-TOK-03a", "PSC-TOK-03b")
def test_an_unknown_client_and_a_wrong_secret_share_a_text_but_not_a_code() -> None:
    for client, preuve, error in (
        (None, Preuve("inconnu", "x", methodes=("client_secret_post",)), "invalid_client"),
        (CLIENT, Preuve("lps-demo-bas", "x", methodes=("client_secret_post",)), "unauthorized_client"),
        (CLIENT, Preuve("lps-demo-bas"), "unauthorized_client"),
    ):
        with pytest.raises(RefusOAuth) as pris:
            authentifier(client, preuve, wrong_secret_error="unauthorized_client")
        assert (pris.value.status, pris.value.error) == (401, error)
        assert pris.value.description == "Invalid client or Invalid client credentials"

    with pytest.raises(RefusOAuth) as pris:
        authentifier(CLIENT, lire_preuve("Basic bHBzLWRlbW8tYmFzOng=", {}), wrong_secret_error="invalid_client")
    assert pris.value.error == "invalid_client"
    assert pris.value.entetes["WWW-Authenticate"].startswith("Basic")


def test_basic_values_are_form_urldecoded_before_being_compared() -> None:
    client = Client("a b", "p:ss/é")
    preuve = lire_preuve("Basic " + "YStiOnAlM0FzcyUyRiVDMyVBOQ==", {})

    assert (preuve.client_id, preuve.secret) == ("a b", "p:ss/é")
    assert authentifier(client, preuve, wrong_secret_error="invalid_client") is client


@pytest.mark.parametrize("en_tete", ["Basic !!", "Basic ", "Basic /////w==", "basic YQ=="])
def test_an_unreadable_basic_header_is_a_refusal_not_a_crash(en_tete: str) -> None:
    with pytest.raises(RefusOAuth) as pris:
        authentifier(None, lire_preuve(en_tete, {}), wrong_secret_error="invalid_client")
    assert pris.value.status == 401


@pytest.mark.exigence("PSC-TOK-03c")
def test_two_ways_of_authenticating_at_once_are_refused() -> None:
    preuve = lire_preuve(BASIC, {"client_id": "lps-demo-bas", "client_secret": "secret-lps-demo"})

    with pytest.raises(RefusOAuth) as pris:
        authentifier(CLIENT, preuve, wrong_secret_error="invalid_client")
    assert (pris.value.status, pris.value.error) == (400, "invalid_request")


@pytest.mark.exigence("PSC-TOK-03d", "PSC-CIBA-01")
def test_grants_the_platform_only_advertises_are_refused_to_vendors() -> None:
    for grant in ("password", "client_credentials"):
        with pytest.raises(RefusOAuth) as pris:
            verifier_grant(CLIENT, grant)
        assert pris.value.error == "unauthorized_client"
    with pytest.raises(RefusOAuth):
        verifier_grant(Client("c", "s", ciba_enabled=False), "urn:openid:params:grant-type:ciba")


@pytest.mark.exigence("PSC-TOK-04")
def test_a_field_sent_twice_is_refused() -> None:
    with pytest.raises(RefusOAuth, match="twice"):
        refuser_doublons([("code", "a"), ("code", "a")])


@pytest.mark.exigence("PSC-TOK-06", "PSC-TOK-07", "PSC-TOK-08")
def test_a_code_is_good_once_for_sixty_seconds_for_its_client_and_uri() -> None:
    assert juger(code()) is None

    assert juger(None) == "PSC-TOK-06"
    assert juger(code(utilise_a=MIDI)) == "PSC-TOK-06"
    assert juger(code(), maintenant=apres(seconds=60)) == "PSC-TOK-06"
    assert juger(code(), session_active=False) == "PSC-TOK-06"
    assert juger(code(), redirect_uri=None) == "PSC-TOK-07"
    assert juger(code(), redirect_uri=RETOUR + "/", client_id="autre") == "PSC-TOK-07"
    assert juger(code(), client_id="autre") == "PSC-TOK-08"


@pytest.mark.exigence("PSC-TOK-09a", "PSC-TOK-09b", "PSC-TOK-09c", "PSC-TOK-09d")
def test_the_proof_key_is_judged_in_the_published_order() -> None:
    lie = code(code_challenge=CHALLENGE, code_challenge_method="S256")

    assert juger(lie, code_verifier=VERIFIER) is None
    assert juger(lie) == "PSC-TOK-09a"
    assert juger(code(), code_verifier=VERIFIER) == "PSC-TOK-09b"
    assert juger(lie, code_verifier="court") == "PSC-TOK-09c"
    assert juger(lie, code_verifier=VERIFIER[::-1]) == "PSC-TOK-09d"
    assert juger(code(code_challenge=VERIFIER, code_challenge_method="plain"), code_verifier=VERIFIER) is None


@given(
    st.text(alphabet="abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~", min_size=43, max_size=128)
)
def test_every_well_formed_verifier_matches_its_own_challenge_and_no_other(verifier: str) -> None:
    challenge = pkce.challenge_s256(verifier)

    assert pkce.juger(challenge, "S256", verifier) is None
    assert pkce.juger(challenge, "S256", verifier[1:] + ("a" if verifier[0] != "a" else "b") + "c" * 20) is not None


def test_the_rfc_7636_vector_holds() -> None:
    assert pkce.challenge_s256(VERIFIER) == CHALLENGE


def test_the_oidc_core_vector_of_at_hash_holds() -> None:
    assert at_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y") == "77QmUPtjPfzWtF2AnpK9RQ"


def juger_refresh(claims: object = "bon", **champs: object) -> str | None:
    valeurs: dict[str, object] = {
        "client_id": "lps-demo-bas",
        "session": session(),
        "client_rattache": True,
        "deja_servi": False,
        "maintenant": apres(minutes=29),
        "horodatage": apres(minutes=29),
        "reglages": REGLAGES,
    }
    bon = {"exp": int(apres(minutes=30).timestamp()), "azp": "lps-demo-bas"}
    return juger_rafraichissement(bon if claims == "bon" else claims, **{**valeurs, **champs})  # type: ignore[arg-type]


@pytest.mark.exigence("PSC-TOK-11", "PSC-TOK-12", "PSC-TOK-13", "PSC-TOK-14", "PSC-TOK-15", "PSC-TOK-16")
def test_the_refresh_grant_gives_its_published_refusals_in_order() -> None:
    assert juger_refresh() is None

    assert juger_refresh(None) == "PSC-TOK-11"
    assert juger_refresh(horodatage=apres(minutes=30)) == "PSC-TOK-12"
    assert juger_refresh(session=None) == "PSC-TOK-13"
    assert juger_refresh(session=session(terminee_a=MIDI)) == "PSC-TOK-13"
    assert juger_refresh(client_id="autre", client_rattache=False) == "PSC-TOK-15"
    assert juger_refresh(client_rattache=False) == "PSC-TOK-14"
    assert juger_refresh(deja_servi=True) is None
    assert juger_refresh(deja_servi=True, reglages=Reglages(refresh_rotation="on")) == "PSC-TOK-16"


def test_a_refresh_may_narrow_the_scope_but_never_widen_it() -> None:
    assert scope_rafraichi(None, "openid scope_all") == "openid scope_all"
    assert scope_rafraichi("openid", "openid scope_all") == "openid"
    assert scope_rafraichi("openid email", "openid scope_all") is None


def test_a_session_lives_thirty_idle_minutes_and_four_hours_whatever_happens() -> None:
    vivante = session()

    assert vivante.est_active(apres(minutes=29, seconds=59), REGLAGES)
    assert not vivante.est_active(apres(minutes=30), REGLAGES)
    for minutes in range(0, 240, 20):
        vivante = vivante.utilisee(apres(minutes=minutes))
        assert vivante.est_active(apres(minutes=minutes + 19), REGLAGES)
    assert not vivante.est_active(apres(hours=4), REGLAGES)


def contexte(persona: str = "exemple-un-mg", **champs: object) -> Contexte:
    valeurs: dict[str, object] = {
        "issuer": "https://bac.example/auth/realms/esante-wallet",
        "client_id": "lps-demo-bas",
        "scope": "openid scope_all",
        "nonce": "5f0e",
        "session": session(),
        "personne": PROFESSIONNELS[persona],
        "reglages": REGLAGES,
        "instant": MIDI,
        "reste_session": 14400,
    }
    return Contexte(**{**valeurs, **champs})  # type: ignore[arg-type]


def test_tokens_carry_the_claims_of_the_published_samples() -> None:
    c, ids = contexte(), SequentialIds()
    acces, identite = claims_acces(c, ids), claims_id(c, ids, "jeton")
    rafraichissement = claims_rafraichissement(c, ids)

    for claims in (acces, identite, rafraichissement):
        assert claims["sub"] == "f:550dc1c8-d97b-4b1e-ac8c-8eb4471cf9dd:899700990015"
        assert claims["nonce"] == "5f0e"
        assert claims["session_state"] == claims["sid"] == session().sid
        assert claims["acr"] == "eidas1"
    assert (acces["typ"], identite["typ"], rafraichissement["typ"]) == ("Bearer", "ID", "Refresh")
    assert "aud" not in acces
    assert identite["aud"] == "lps-demo-bas"
    assert acces["exp"] - acces["iat"] == 120
    assert rafraichissement["exp"] - rafraichissement["iat"] == 1800


def test_a_recent_keycloak_profile_keeps_nonce_to_the_id_token() -> None:
    c = contexte(reglages=Reglages(token_profile="kc_recent"))
    acces, identite = claims_acces(c, SequentialIds()), claims_id(c, SequentialIds(), "jeton")

    assert "nonce" not in acces
    assert "session_state" not in acces
    assert identite["nonce"] == "5f0e"


def test_no_token_outlives_the_four_hours_of_the_session() -> None:
    c = contexte(reste_session=50)

    assert c.duree_acces == c.duree_rafraichissement == 50


def test_acr_follows_the_policy_and_one_persona_always_breaks_naive_clients() -> None:
    def acr(persona: str, politique: str, mode: str = "MOBILE") -> object:
        reglages = REGLAGES.modifies({"acr_policy": politique})
        return claims_acces(contexte(persona, reglages=reglages, session=session(auth_mode=mode)), SequentialIds()).get(
            "acr"
        )

    assert acr("verdier-mg", "always_eidas1", "CARD") == "eidas1"
    assert acr("verdier-mg", "by_auth_mode", "CARD") == "eidas2"
    assert acr("verdier-mg", "absent") is None
    assert acr("dumas-mg", "always_eidas1") == "eidas2"


def test_introspection_shows_subject_name_id_for_access_tokens_only() -> None:
    c = contexte()
    acces = introspection(claims_acces(c, SequentialIds()))
    rafraichissement = introspection(claims_rafraichissement(c, SequentialIds()))

    assert acces["active"] is rafraichissement["active"] is True
    assert acces["username"] == acces["SubjectNameID"] == "899700990015"
    assert acces["client_id"] == "lps-demo-bas"
    assert "SubjectNameID" not in rafraichissement
