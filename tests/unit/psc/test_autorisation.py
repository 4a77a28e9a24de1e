"""The authorization request: what is refused, in which order, on a page or by redirection."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from gateway.oidc.domain.autorisation import Demande, client_demande, valider
from gateway.oidc.domain.client import Client
from gateway.oidc.domain.refus import RefusPage, RefusRedirige, url_de_reponse
from gateway.oidc.domain.reglages import Reglages
from tests.unit.psc.outils import CHALLENGE, CLIENT, REGLAGES, RETOUR

BON: list[tuple[str, str]] = [
    ("response_type", "code"),
    ("client_id", "lps-demo-bas"),
    ("redirect_uri", RETOUR),
    ("scope", "openid scope_all"),
    ("acr_values", "eidas1"),
    ("state", "9b1d"),
    ("nonce", "5f0e"),
]


def avec(**changes: str) -> list[tuple[str, str]]:
    return [*((k, changes.pop(k, v)) for k, v in BON), *changes.items()]


def sans(*noms: str, **changes: str) -> list[tuple[str, str]]:
    return [(k, v) for k, v in avec(**changes) if k not in noms]


def refus_redirige(parametres: list[tuple[str, str]], client: Client = CLIENT, **k: Any) -> RefusRedirige:
    with pytest.raises(RefusRedirige) as pris:
        valider(parametres, client, REGLAGES, **k)
    return pris.value


def test_the_documented_request_is_understood_whole() -> None:
    demande = valider(avec(code_challenge=CHALLENGE, code_challenge_method="S256"), CLIENT, REGLAGES)

    assert demande == Demande.from_json(demande.to_json())
    assert (demande.scope, demande.state, demande.nonce) == ("openid scope_all", "9b1d", "5f0e")
    assert (demande.code_challenge, demande.code_challenge_method) == (CHALLENGE, "S256")


@pytest.mark.exigence("PSC-AUT-01", "PSC-AUT-02")
def test_without_a_known_client_nobody_is_redirected_to() -> None:
    with pytest.raises(RefusPage, match="No client_id"):
        client_demande(sans("client_id"))
    with pytest.raises(RefusPage) as pris:
        valider(avec(client_id="inconnu"), None, REGLAGES)

    assert pris.value.description == "Client not found."
    assert pris.value.status == 400


@pytest.mark.exigence("PSC-AUT-03")
@pytest.mark.parametrize(
    "uri",
    [
        RETOUR + "/",
        RETOUR + "?a=b",
        RETOUR.upper(),
        RETOUR.replace("127.0.0.1", "localhost"),
        RETOUR.replace("8080", "8081"),
        RETOUR + "/../evil",
        "",
    ],
)
def test_a_redirect_uri_that_is_not_exactly_enrolled_shows_a_page(uri: str) -> None:
    with pytest.raises(RefusPage) as pris:
        valider(avec(redirect_uri=uri, response_type="n'importe quoi"), CLIENT, REGLAGES)

    assert pris.value.description == "Invalid parameter: redirect_uri"


@pytest.mark.parametrize(
    ("parametres", "regle", "error", "description"),
    [
        (sans("response_type"), "PSC-AUT-04", "invalid_request", "Missing parameter: response_type"),
        (avec(response_type="jeton"), "PSC-AUT-05", "unsupported_response_type", "Invalid parameter: response_type"),
        (avec(response_mode="jwt"), "PSC-AUT-07", "invalid_request", "Invalid parameter: response_mode"),
        ([*BON, ("state", "deux")], "PSC-AUT-08", "invalid_request", "duplicated parameter"),
        (avec(request="eyJ"), "PSC-AUT-09", "request_not_supported", "request parameter not supported"),
        (avec(request_uri="urn:x"), "PSC-AUT-10", "request_uri_not_supported", "request_uri parameter not supported"),
        (avec(scope="scope_all"), "PSC-AUT-11", "invalid_scope", "Invalid scopes: scope_all"),
        (avec(scope="openid dossier"), "PSC-AUT-11", "invalid_scope", "Invalid scopes: openid dossier"),
        (avec(prompt="none login"), "PSC-AUT-12", "invalid_request", "Invalid parameter: prompt"),
        (avec(max_age="-1"), "PSC-AUT-13", "invalid_request", "Invalid parameter: max_age"),
        (avec(max_age="١٢"), "PSC-AUT-13", "invalid_request", "Invalid parameter: max_age"),
        (avec(code_challenge_method="S256"), "PSC-AUT-14", "invalid_request", "Missing parameter: code_challenge"),
        (
            avec(code_challenge=CHALLENGE, code_challenge_method="S512"),
            "PSC-AUT-15",
            "invalid_request",
            "Invalid parameter: code_challenge_method",
        ),
        (avec(code_challenge="court"), "PSC-AUT-16", "invalid_request", "Invalid parameter: code_challenge"),
        (avec(claims="[1]"), "PSC-AUT-18", "invalid_request", "Invalid parameter: claims"),
    ],
)
def test_each_bad_parameter_goes_back_to_the_client_with_its_code(
    parametres: list[tuple[str, str]], regle: str, error: str, description: str
) -> None:
    refus = refus_redirige(parametres)

    assert (refus.regle, refus.error, refus.description) == (regle, error, description)
    assert refus.state == "9b1d"
    assert refus.redirect_uri == RETOUR


@pytest.mark.exigence("PSC-AUT-06")
def test_an_implicit_request_is_refused_in_the_fragment_where_its_client_looks() -> None:
    refus = refus_redirige(avec(response_type="token id_token"))

    assert refus.error == "unauthorized_client"
    assert "#error=unauthorized_client" in url_de_reponse(RETOUR, refus.reponse("https://iss"), refus.response_mode)


def test_the_first_wrong_thing_in_the_platforms_order_is_the_one_told() -> None:
    tout_faux = [*avec(scope="rien", prompt="none login", max_age="x", code_challenge="court"), ("nonce", "2")]

    assert refus_redirige(tout_faux).regle == "PSC-AUT-08"
    assert refus_redirige([(k, "x" if k == "response_type" else v) for k, v in tout_faux]).regle == "PSC-AUT-05"
    assert refus_redirige(tout_faux[:-1]).regle == "PSC-AUT-11"


@pytest.mark.exigence("PSC-AUT-17")
def test_state_and_nonce_are_demanded_only_of_a_strict_bac() -> None:
    assert valider(sans("state", "nonce"), CLIENT, REGLAGES).state is None

    assert refus_redirige(sans("state"), strict=True).description == "Missing parameter: state"
    assert refus_redirige(sans("nonce"), strict=True).description == "Missing parameter: nonce"
    with pytest.raises(RefusRedirige):
        valider(sans("state"), CLIENT, Reglages(strict_state="on"))


def test_a_state_of_any_length_comes_back_unchanged_even_empty() -> None:
    long = "é" * 128
    refus = refus_redirige(avec(scope="", state=long))
    vide = refus_redirige(avec(scope="", state=""))

    champs = parse_qs(urlsplit(url_de_reponse(RETOUR, refus.reponse("https://iss"))).query)
    assert champs["state"] == [long]
    assert champs["iss"] == ["https://iss"]
    assert "state=&" in url_de_reponse(RETOUR, vide.reponse("https://iss"))


def test_an_unknown_parameter_is_ignored() -> None:
    assert valider(avec(acr="eidas1", inconnu="oui"), CLIENT, REGLAGES).client_id == "lps-demo-bas"


def test_a_client_enrolled_with_pkce_must_use_it() -> None:
    exigeant = Client("c", "s", redirect_uris=(RETOUR,), pkce_required=True)

    assert refus_redirige(avec(), exigeant).regle == "PSC-AUT-14"
    assert valider(avec(code_challenge=CHALLENGE), exigeant, REGLAGES).code_challenge_method == "plain"


def test_an_enrolled_uri_with_a_query_keeps_it() -> None:
    assert url_de_reponse("https://lps.example/cb?x=1", {"code": "a"}) == "https://lps.example/cb?x=1&code=a"
