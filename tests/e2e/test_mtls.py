"""Certificates in TLS, by real handshakes: who presents one is known by it, who presents a bad one is not let in."""

import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.instance import Marche, marche

REALM = "/auth/realms/esante-wallet"
RETOUR = "https://logiciel.test/retour"


@pytest.fixture(scope="module", params=[(), ("--full",)], ids=["embedded", "full"])
def m(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    with marche(tmp_path_factory.mktemp("mtls") / "d", "--tls", *request.param) as m:
        yield m


def client(m: Marche, tmp_path: Path, etat: str | None = None, cn: str = "INSI-AUTO") -> tuple[httpx.Client, str]:
    """A client that trusts the instance and presents a certificate in ``etat``; and the certificate's serial number."""
    contexte = ssl.create_default_context(cafile=m.data / "pki" / "racine.pem")
    serie = ""
    if etat is not None:
        with httpx.Client(verify=ssl.create_default_context(cafile=m.data / "pki" / "racine.pem")) as sans:
            emis = sans.post(f"{m.url}/_bac/pki/certificats", json={"cn": cn, "etat": etat, "cle": "ec"}).json()
        fichier = tmp_path / f"{etat}-{cn}.pem"
        fichier.write_text(emis["certificat_pem"] + emis["cle_pem"])
        contexte.load_cert_chain(fichier)
        serie = emis["serie"]
    return httpx.Client(base_url=m.url, verify=contexte, timeout=20), serie


def jeton(c: httpx.Client, client_id: str) -> httpx.Response:
    c.post("/_bac/psc/next-login", json={"persona": "verdier-mg"})
    demande = c.get(
        f"{REALM}/protocol/openid-connect/auth",
        params={
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": RETOUR,
            "scope": "openid scope_all",
            "acr_values": "eidas1",
            "state": "e" * 32,
            "nonce": "n" * 32,
        },
    )
    code = httpx.URL(demande.headers["location"]).params["code"]
    return c.post(
        f"{REALM}/protocol/openid-connect/token",
        data={"grant_type": "authorization_code", "code": code, "redirect_uri": RETOUR, "client_id": client_id},
    )


def test_a_software_is_known_by_its_certificate_and_its_tokens_are_bound_to_it(m: Marche, tmp_path: Path) -> None:
    avec, _ = client(m, tmp_path, "valide", "INSI-AUTO")
    autre, _ = client(m, tmp_path, "valide", "INSI-MANU")
    sans, _ = client(m, tmp_path)
    with avec, autre, sans:
        sujet = avec.get("/_bac/pki/certificats").json()["certificats"][-2]["sujet"]
        enrole = sans.post(
            "/_bac/clients",
            json={
                "client_id": "certifie",
                "redirect_uris": [RETOUR],
                "auth_methods": ["tls_client_auth"],
                "tls_client_auth_subject_dn": sujet,
                "tls_client_certificate_bound_access_tokens": True,
            },
        )
        assert enrole.status_code in (200, 201), enrole.text

        for inconnu in (sans, autre):
            refuse = jeton(inconnu, "certifie")
            assert (refuse.status_code, refuse.json()["regle"]) == (401, "PSC-TOK-03f")
        reponse = jeton(avec, "certifie")
        assert reponse.status_code == 200, reponse.text
        porteur = {"Authorization": f"Bearer {reponse.json()['access_token']}"}
        userinfo = f"{REALM}/protocol/openid-connect/userinfo"
        assert avec.get(userinfo, headers=porteur).status_code == 200
        assert sans.get(userinfo, headers=porteur).status_code == 401
        assert autre.get(userinfo, headers=porteur).status_code == 401


@pytest.mark.parametrize("etat", ["expire", "pas_encore", "mauvais_emetteur"])
def test_a_certificate_that_does_not_hold_is_refused_in_the_handshake(m: Marche, tmp_path: Path, etat: str) -> None:
    mauvais, _ = client(m, tmp_path, etat)
    with mauvais, pytest.raises(httpx.TransportError):
        mauvais.get("/health/ready")


def test_a_revoked_certificate_is_refused_by_name(m: Marche, tmp_path: Path) -> None:
    revoque, serie = client(m, tmp_path, "revoque")
    with revoque:
        reponse = revoque.get(f"{REALM}/.well-known/wallet-openid-configuration")

    assert (reponse.status_code, reponse.json()["regle"]) == (403, "BAC-TLS-01")
    assert serie in reponse.text
