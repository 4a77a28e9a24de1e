"""Whatever is sent, a clear refusal: never a 5xx, never half a change."""

import itertools
from typing import Any

import httpx
import pytest

from tests.api.gateway.outils import CLIENT, REALM, RETOUR, Psc

VILAINS = ("", "\x00", "%", "é" * 50, "💥", "' OR 1=1 --", "<script>", "../../etc/passwd", "x" * 5000, "\ud7ff", "null")
FORMULAIRES = (
    (f"{REALM}/token", ("grant_type", "code", "refresh_token", "auth_req_id", "client_id", "client_assertion")),
    (f"{REALM}/token/introspect", ("token", "client_id", "client_secret")),
    (f"{REALM}/revoke", ("token", "token_type_hint")),
    (f"{REALM}/ext/ciba/auth", ("scope", "login_hint", "id_token_hint", "binding_message", "requested_expiry")),
    (f"{REALM}/userinfo", ("access_token",)),
    (f"{REALM}/logout", ("id_token_hint", "client_id", "post_logout_redirect_uri", "session_code", "confirmLogout")),
    ("/auth", ("client_id", "redirect_uri", "scope", "state", "claims", "id_token_hint", "login_hint", "max_age")),
    ("/auth/connexion/x/persona", ("persona", "moyen")),
    ("/ecps/demandes/x", ("decision", "pin")),
)


@pytest.mark.parametrize(("url", "champs"), FORMULAIRES)
async def test_no_form_field_breaks_an_endpoint(psc: Psc, url: str, champs: tuple[str, ...]) -> None:
    base = {
        "grant_type": "refresh_token",
        "client_id": CLIENT[0],
        "redirect_uri": RETOUR,
        "response_type": "code",
        "scope": "openid",
    }
    for champ, valeur in itertools.product(champs, VILAINS):
        for auth in (httpx.BasicAuth(*CLIENT), httpx.USE_CLIENT_DEFAULT):
            answer = await psc.serveur.post(url, data={**base, champ: valeur}, auth=auth)
            assert answer.status_code < 500, (champ, valeur[:20], answer.text[:300])


@pytest.mark.parametrize(
    "path",
    ["/ecps?persona={}", "/_bac/personas/{}", "/_bac/clients/{}", "/auth/connexion/{}", "/_bac/psc/ecps?persona={}"],
)
async def test_no_path_or_query_breaks_a_read(psc: Psc, path: str) -> None:
    from urllib.parse import quote

    for valeur in VILAINS:
        answer = await psc.serveur.get(path.format(quote(valeur, safe="")))
        assert answer.status_code < 500, (valeur[:20], answer.text[:300])


CORPS: tuple[Any, ...] = (
    None,
    [],
    "x",
    1,
    {"a": {"b": [1] * 3}},
    {"persona": None},
    {"persona": "\x00"},
    {"nom": "\x00", "prenom": "x"},
    {"nom": "A\x07", "prenom": "x"},
    {"nom": "A", "prenom": "B", "pin": "12345"},
    {"nom": "A", "prenom": "B", "activites": [{"structure": {"raison_sociale": "\x00"}}]},
    {"jwks": {"keys": "x"}},
    {"jwks": {"keys": [{"kty": "RSA", "n": "\x00"}]}},
    {"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}},
    {"client_id": "\x00"},
    {"redirect_uris": ["http://[::1"]},
    {"redirect_uris": ["http://a:99999999/"]},
    {"acr_policy": ["always_eidas1"]},
    {"access_ttl": 10**30},
    {"decision": "approve", "pin": "\x00"},
    {"scope": "\x00", "client_id": "\x00"},
)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/_bac/psc/next-login"),
        ("PATCH", "/_bac/psc/settings"),
        ("POST", "/_bac/psc/ecps/x"),
        ("POST", "/_bac/clients"),
        ("PATCH", "/_bac/clients/lps-demo-bas"),
        ("POST", "/_bac/clients/identifiants/IDAM"),
        ("POST", "/_bac/personas"),
        ("PATCH", "/_bac/personas/verdier-mg"),
        ("POST", "/_bac/personas/verdier-mg/tokens"),
    ],
)
async def test_no_json_breaks_the_control_api(psc: Psc, method: str, path: str) -> None:
    for corps in CORPS:
        answer = await psc.serveur.request(method, path, json=corps)
        assert answer.status_code < 500, (corps, answer.text[:300])
    for brut in (
        b"{",
        b"\xff\xfe",
        b'{"nom": "\\ud800", "prenom": "x"}',
        b"[" * 2000,
        b'{"a": "b"',
    ):
        answer = await psc.serveur.request(method, path, content=brut, headers={"Content-Type": "application/json"})
        assert 400 <= answer.status_code < 500, (brut[:30], answer.text[:300])
