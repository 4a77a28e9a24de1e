"""An off-the-shelf OpenID Connect client (Authlib's) knows the discovery address and nothing else."""

import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.instance import Marche, marche

DECOUVERTE = "/auth/realms/esante-wallet/.well-known/{}"
RETOUR = "http://localhost:5000/callback"
CLIENT = ("lps-demo-bas", "secret-lps-demo")


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marche]:
    with marche(tmp_path_factory.mktemp("oidc") / "data") as prete:
        yield prete


@pytest.fixture
def metadonnees(instance: Marche) -> dict[str, Any]:
    lues: dict[str, Any] = httpx.get(instance.url + DECOUVERTE.format("wallet-openid-configuration"), timeout=30).json()
    return lues


@pytest.fixture
def client() -> Iterator[OAuth2Session]:
    with OAuth2Session(
        *CLIENT,
        scope="openid scope_all",
        redirect_uri=RETOUR,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_post",
    ) as session:
        yield session


def connecter(client: OAuth2Session, metadonnees: dict[str, Any], **parametres: str) -> tuple[dict[str, Any], str]:
    """(tokens, nonce): the scripted login (``login_hint``) stands for the person at the browser."""
    verifieur, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(12)
    url, state = client.create_authorization_url(
        metadonnees["authorization_endpoint"],
        code_verifier=verifieur,
        nonce=nonce,
        acr_values="eidas1",
        login_hint="verdier-mg",
        **parametres,
    )
    retour = httpx.get(url, timeout=30).headers["location"]
    jetons = client.fetch_token(
        metadonnees["token_endpoint"], authorization_response=retour, state=state, code_verifier=verifieur
    )
    return dict(jetons), nonce


def test_it_signs_in_by_discovery_alone_and_verifies_the_id_token(
    client: OAuth2Session, metadonnees: dict[str, Any]
) -> None:
    jetons, nonce = connecter(client, metadonnees)

    cles = KeySet.import_key_set(httpx.get(metadonnees["jwks_uri"], timeout=30).json())
    claims = jwt.decode(jetons["id_token"], cles, algorithms=["RS256"]).claims
    assert (claims["iss"], claims["nonce"], claims["acr"]) == (metadonnees["issuer"], nonce, "eidas1")
    info = client.get(metadonnees["userinfo_endpoint"]).json()
    assert info["sub"] == claims["sub"]


def test_it_refreshes_then_signs_out_and_nothing_works_any_more(
    client: OAuth2Session, metadonnees: dict[str, Any]
) -> None:
    jetons, _ = connecter(client, metadonnees)
    neufs = client.refresh_token(metadonnees["token_endpoint"], refresh_token=jetons["refresh_token"])
    assert neufs["access_token"] != jetons["access_token"]

    sortie = httpx.get(metadonnees["end_session_endpoint"], params={"id_token_hint": neufs["id_token"]}, timeout=30)

    assert sortie.status_code < 400
    with pytest.raises(OAuthError) as refus:
        client.refresh_token(metadonnees["token_endpoint"], refresh_token=neufs["refresh_token"])
    assert refus.value.error == "invalid_grant"
    assert client.get(metadonnees["userinfo_endpoint"], withhold_token=False).status_code == 401


def test_a_code_without_its_verifier_is_refused(client: OAuth2Session, metadonnees: dict[str, Any]) -> None:
    url, state = client.create_authorization_url(
        metadonnees["authorization_endpoint"],
        code_verifier="v" * 64,
        nonce="n",
        acr_values="eidas1",
        login_hint="verdier-mg",
    )
    retour = httpx.get(url, timeout=30).headers["location"]

    with pytest.raises(OAuthError) as refus:
        client.fetch_token(
            metadonnees["token_endpoint"], authorization_response=retour, state=state, code_verifier="w" * 64
        )

    assert refus.value.error == "invalid_grant"


def test_a_redirect_uri_that_is_not_enrolled_never_gets_a_code(instance: Marche, metadonnees: dict[str, Any]) -> None:
    pirate = {
        "response_type": "code",
        "client_id": CLIENT[0],
        "redirect_uri": "https://pirate.example/cb",
        "scope": "openid",
        "login_hint": "verdier-mg",
        "acr_values": "eidas1",
    }

    reponse = httpx.get(metadonnees["authorization_endpoint"], params=pirate, timeout=30)

    assert reponse.status_code == 400
    assert "location" not in reponse.headers
