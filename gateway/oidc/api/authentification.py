"""Which client is calling: secret, signed assertion or certificate (PSC §1.5, §2.4 row 3)."""

import hashlib
from datetime import UTC, datetime

from cryptography.hazmat.primitives import serialization
from starlette.requests import Request

from gateway.oidc import sso
from gateway.oidc.api.emission import horodatage
from gateway.oidc.api.outils import Monde, lire
from gateway.oidc.domain.client import ASSERTION, Client, Preuve, authentifier, lire_preuve
from gateway.oidc.domain.decouverte import PROTOCOLE
from gateway.oidc.domain.refus import refus
from gateway.oidc.keys import b64url
from gateway.oidc.signature import assertion_valable, lire_assertion, sujet_non_verifie
from gateway.store import clients
from shared.web.certificat import certificat_de


async def client_authentifie(request: Request, m: Monde, champs: dict[str, str]) -> tuple[Client, str | None]:
    """The proven client and, when its enrolment binds tokens to its certificate, the thumbprint to bind to."""
    preuve = lire_preuve(request.headers.get("authorization"), champs)
    if preuve.assertion is not None and len(preuve.methodes) == 1:
        client = await _par_assertion(m, preuve, champs)
        return client, _cnf(request, client)
    async with lire(m) as session:
        client_connu = await clients.lire(session, preuve.client_id)
    client = authentifier(
        client_connu, preuve, wrong_secret_error=m.reglages.wrong_secret_error, certificat_dn=_dn(request)
    )
    return client, _cnf(request, client)


async def _par_assertion(m: Monde, preuve: Preuve, champs: dict[str, str]) -> Client:
    """``private_key_jwt``: verified with the client's enrolled keys, good once (RFC 7523)."""
    client_id = champs.get("client_id") or sujet_non_verifie(preuve.assertion or "")
    async with lire(m) as session:
        client = await clients.lire(session, client_id)
    if client is None:
        raise refus("PSC-TOK-03a")
    if champs.get("client_assertion_type") != ASSERTION or client.jwks is None:
        raise refus("PSC-TOK-03e")
    claims = lire_assertion(preuve.assertion or "", client.jwks)
    audiences = (m.issuer, m.bac.base_url + PROTOCOLE + "/token")
    instant = horodatage(m).timestamp()
    if claims is None or not assertion_valable(
        claims, client_id=client.client_id, audiences=audiences, instant=instant
    ):
        raise refus("PSC-TOK-03e")
    jti = f"{client.client_id}:{hashlib.sha256(str(claims['jti']).encode()).hexdigest()[:32]}"[-100:]
    async with m.ctx.transaction(m.bac) as uow:
        deja = await sso.jeton_connu(uow.session, jti, "assertion")
        await sso.retenir_jeton(uow.session, jti, "assertion", datetime.fromtimestamp(claims["exp"], UTC))
    if deja:
        raise refus("PSC-TOK-03e")
    return client


def _dn(request: Request) -> str | None:
    certificat = certificat_de(request.scope)
    return certificat.subject.rfc4514_string() if certificat else None


def empreinte_certificat(request: Request) -> str | None:
    """``x5t#S256`` of the certificate presented (RFC 8705 §3.1)."""
    certificat = certificat_de(request.scope)
    if certificat is None:
        return None
    return b64url(hashlib.sha256(certificat.public_bytes(serialization.Encoding.DER)).digest())


def _cnf(request: Request, client: Client) -> str | None:
    return empreinte_certificat(request) if client.tls_client_certificate_bound_access_tokens else None
