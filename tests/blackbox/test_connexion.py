"""Pro Santé Connect in a real browser: the page, the personas, the phone, the way back to the software."""

import base64
import hashlib
import secrets
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from tests.blackbox.navigateur import Navigateur
from tests.instance import Marche

pytestmark = pytest.mark.blackbox

RETOUR = "http://127.0.0.1:8000/callback"
CLIENT = ("lps-demo-bas", "secret-lps-demo")


def _demande(racine: str, verificateur: str, **plus: str) -> str:
    config = httpx.get(f"{racine}/auth/realms/esante-wallet/.well-known/wallet-openid-configuration").json()
    empreinte = hashlib.sha256(verificateur.encode()).digest()
    return f"{config['authorization_endpoint']}?" + urlencode(
        {
            "response_type": "code",
            "client_id": CLIENT[0],
            "redirect_uri": RETOUR,
            "scope": "openid scope_all",
            "state": "etat-du-navigateur",
            "nonce": "nonce-du-navigateur",
            "acr_values": "eidas1",
            "code_challenge": base64.urlsafe_b64encode(empreinte).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            **plus,
        }
    )


def _echanger(racine: str, code: str, verificateur: str) -> dict[str, str]:
    reponse = httpx.post(
        f"{racine}/auth/realms/esante-wallet/protocol/openid-connect/token",
        data={
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": RETOUR,
            "client_id": CLIENT[0],
            "client_secret": CLIENT[1],
            "code_verifier": verificateur,
        },
    )
    assert reponse.status_code == 200, reponse.text
    jetons: dict[str, str] = reponse.json()
    return jetons


def _revenu(page: Navigateur) -> bool:
    return page.adresse.startswith(RETOUR)


def test_clicking_a_persona_brings_the_browser_back_with_a_code_that_names_it(suite: Marche, page: Navigateur) -> None:
    verificateur = secrets.token_urlsafe(48)

    page.ouvrir(_demande(suite.url, verificateur))
    assert page.nombre("button[name=persona]") >= 20
    page.photographier("psc-connexion-fr")
    page.cliquer("button[value=verdier-mg]")
    page.attendre(_revenu, "the browser goes back to the software")

    retour = parse_qs(urlsplit(page.adresse).query)
    assert retour["state"] == ["etat-du-navigateur"]
    jetons = _echanger(suite.url, retour["code"][0], verificateur)
    info = httpx.get(
        f"{suite.url}/auth/realms/esante-wallet/protocol/openid-connect/userinfo",
        headers={"Authorization": f"Bearer {jetons['access_token']}"},
    ).json()
    assert info["SubjectNameID"] == "810999000010"


def test_the_phone_is_asked_with_two_digits_and_the_page_goes_on_by_itself(suite: Marche, page: Navigateur) -> None:
    bac = f"{suite.url}/bac/telephone"
    page.ouvrir(_demande(bac, secrets.token_urlsafe(48)))
    page.ecrire("#id_nat", "810999000010")
    page.suivre("button.principal", "/auth/connexion/")
    page.photographier("psc-attente-fr")

    [demande] = httpx.get(f"{bac}/_bac/psc/ecps").json()
    assert str(demande["number"]) in page.texte()
    reponse = httpx.post(f"{bac}/_bac/psc/ecps/{demande['id']}", json={"decision": "approve"})
    assert reponse.status_code == 200, reponse.text

    page.attendre(_revenu, "the page goes on by itself")
    assert "code" in parse_qs(urlsplit(page.adresse).query)


def test_giving_up_tells_the_software_and_not_the_browser(suite: Marche, page: Navigateur) -> None:
    page.ouvrir(_demande(f"{suite.url}/bac/abandon", secrets.token_urlsafe(48)))
    page.cliquer("button.refus")
    page.attendre(_revenu, "the browser goes back to the software")

    retour = parse_qs(urlsplit(page.adresse).query)
    assert retour["error"] == ["access_denied"]
    assert "code" not in retour


def test_an_unknown_way_back_is_a_page_never_a_redirection(suite: Marche, page: Navigateur) -> None:
    page.ouvrir(_demande(suite.url, secrets.token_urlsafe(48), redirect_uri="http://127.0.0.1:8000/ailleurs"))

    assert page.adresse.startswith(suite.url)
    assert "redirect_uri" in page.texte()
    page.photographier("psc-refus-fr")
