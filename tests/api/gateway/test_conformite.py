"""Rows of the conformance checklist that no other test shows, and the household of the provider."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import func, select

from gateway.oidc import sso
from gateway.oidc.domain.jetons import at_hash
from gateway.oidc.fournisseur import fournisseur
from gateway.store.psc import CodeRow, SessionClientRow, SessionPscRow
from tests.api.gateway.outils import CLIENT, REALM, RETOUR, Psc, retour


def certificat(nom: str) -> tuple[str, str]:
    """A client certificate as the edge hands it on, and its subject."""
    cle = ec.generate_private_key(ec.SECP256R1())
    sujet = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, nom), x509.NameAttribute(NameOID.COUNTRY_NAME, "FR")])
    fait = (
        x509.CertificateBuilder()
        .subject_name(sujet)
        .issuer_name(sujet)
        .public_key(cle.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .sign(cle, hashes.SHA256())
    )
    return base64.b64encode(fait.public_bytes(serialization.Encoding.DER)).decode(), sujet.rfc4514_string()


def presenter(psc: Psc, valeur: str | None) -> None:
    psc.b._entetes.pop("Bac-Client-Cert", None)
    if valeur is not None:
        psc.b._entetes["Bac-Client-Cert"] = valeur


async def identite(psc: Psc, tokens: dict[str, Any]) -> dict[str, Any]:
    jwks = KeySet.import_key_set((await psc.serveur.get(f"{REALM}/certs")).json())
    return dict(jwt.decode(tokens["id_token"], jwks).claims)


async def test_the_id_token_says_who_for_whom_and_ties_the_access_token(psc: Psc) -> None:
    tokens = await psc.connexion(nonce=None)

    claims = await identite(psc, tokens)

    assert claims["aud"] == claims["azp"] == CLIENT[0]
    assert claims["iss"] == f"{psc.b.bac.base_url}/auth/realms/esante-wallet"
    assert claims["at_hash"] == at_hash(tokens["access_token"])
    assert isinstance(claims["auth_time"], int)
    assert claims["sub"].isascii()
    assert len(claims["sub"]) <= 255
    assert "nonce" not in claims


@pytest.mark.parametrize(
    "changes",
    [
        {"display": "popup"},
        {"claims_locales": "fr"},
        {"ui_locales": "xx"},
        {"acr_values": "eidas9"},
        {"claims": '{"userinfo":{"name":{"essential":true}}}'},
        {"kc_idp_hint": "chu"},
        {"login_hint": "personne"},
    ],
)
async def test_optional_parameters_are_accepted(psc: Psc, changes: dict[str, Any]) -> None:
    await psc.prevoir()

    assert "code" in retour(await psc.autoriser(**changes))


async def test_a_long_state_comes_back_whole_in_success_and_error(psc: Psc) -> None:
    state = "é&=+%#" * 30
    assert retour(await psc.autoriser(state=state, prompt="none"))["state"] == state
    await psc.prevoir()

    assert retour(await psc.autoriser(state=state))["state"] == state


@pytest.mark.exigence("PSC-UI-04", "PSC-TOK-03f")
async def test_a_token_bound_to_a_certificate_is_worth_nothing_with_another(psc: Psc) -> None:
    ici, dn = certificat("lps.test")
    ailleurs, _ = certificat("autre.test")
    client_id, _ = await psc.enroler(
        auth_methods=["tls_client_auth"],
        tls_client_auth_subject_dn=dn,
        tls_client_certificate_bound_access_tokens=True,
    )

    async def echange(code: str) -> Any:
        return await psc.jeton(
            client=None, client_id=client_id, grant_type="authorization_code", code=code, redirect_uri=RETOUR
        )

    code = await psc.code(client_id=client_id)
    for refuse in (None, ailleurs, "illisible"):
        presenter(psc, refuse)
        answer = await echange(code)
        assert (answer.status_code, answer.json()["regle"]) == (401, "PSC-TOK-03f")
    presenter(psc, ici)
    tokens = (await echange(code)).json()
    assert set((await psc.introspecter(tokens["access_token"]))["cnf"]) == {"x5t#S256"}
    assert (await psc.userinfo(tokens["access_token"])).status_code == 200

    presenter(psc, ailleurs)

    answer = await psc.userinfo(tokens["access_token"])
    assert (answer.status_code, answer.json()["regle"]) == (401, "PSC-UI-04")
    presenter(psc, None)
    assert (await psc.userinfo(tokens["access_token"])).status_code == 401


async def test_the_espace_de_confiance_wants_a_certificate_beside_the_secret(psc: Psc) -> None:
    client = await psc.enroler(espace="confiance")

    sans = await psc.jeton(client=client, grant_type="refresh_token", refresh_token="x")
    presenter(psc, certificat("lps.test")[0])
    avec = await psc.jeton(client=client, grant_type="refresh_token", refresh_token="x")

    assert (sans.status_code, sans.json()["regle"]) == (401, "PSC-TOK-03f")
    assert (avec.status_code, avec.json()["regle"]) == (400, "PSC-TOK-11")


@pytest.mark.exigence("PSC-AUT-17", "PSC-CIBA-11")
async def test_homologation_demands_what_the_guides_demand(psc: Psc) -> None:
    await psc.b.regler(profil="homologation")

    assert retour(await psc.autoriser(state=None))["error_description"] == "Missing parameter: state"
    assert retour(await psc.autoriser(nonce=None))["error_description"] == "Missing parameter: nonce"
    champs = {"scope": "openid", "login_hint": "899700990015"}
    sans_nombre = await psc.serveur.post(f"{REALM}/ext/ciba/auth", data=champs, auth=CLIENT)
    assert sans_nombre.json()["regle"] == "PSC-CIBA-11"


async def test_a_reset_bac_knows_none_of_its_old_sessions(psc: Psc) -> None:
    from dataclasses import replace

    tokens = await psc.connexion()
    await psc.b._poser(replace(psc.b.bac, epoque=1_795_171_488_962))

    assert (await psc.userinfo(tokens["access_token"])).status_code == 401
    assert (await psc.rafraichir(tokens["refresh_token"])).status_code == 400
    assert retour(await psc.autoriser(prompt="none"))["error"] == "login_required"
    neufs = await psc.connexion()
    assert (await psc.userinfo(neufs["access_token"])).status_code == 200


async def test_housekeeping_forgets_the_dead_and_leaves_the_living(psc: Psc) -> None:
    vieux = await psc.connexion()
    await psc.b.avancer(days=2)
    neufs = await psc.connexion()

    async with psc.b.ctx.transaction(psc.b.bac) as uow:
        await sso.purger(uow, await fournisseur(psc.b.ctx).reglages(psc.b.bac))

    assert (await psc.userinfo(neufs["access_token"])).status_code == 200
    async with (await psc.b.ctx.spaces.open(psc.b.bac.nom)).lecture() as session:
        for table in (CodeRow, SessionPscRow, SessionClientRow):
            assert await session.scalar(select(func.count()).select_from(table)) == 1
        assert await session.get(SessionPscRow, vieux["session_state"]) is None


async def test_a_narrow_scope_gives_a_narrow_userinfo(psc: Psc) -> None:
    tokens = await psc.connexion(scope="openid")

    info = (await psc.userinfo(tokens["access_token"])).json()

    assert "SubjectRefPro" not in info
    assert info["SubjectNameID"] == "899700990015"
