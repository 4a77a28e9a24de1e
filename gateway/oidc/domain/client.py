"""An enrolled client and how it proves who it is (PSC §1.5, §2.4 row 3; RFC 6749 §2.3)."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any
from urllib.parse import unquote_plus

from gateway.oidc.domain.refus import RefusOAuth, refus

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
GRANT_CODE = "authorization_code"
GRANT_REFRESH = "refresh_token"
GRANT_CIBA = "urn:openid:params:grant-type:ciba"
# Advertised by the realm, opened to no vendor (PSC §1.3).
GRANTS_FERMES = frozenset(
    {"implicit", "password", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"}
)
GRANTS_OUVERTS = frozenset({GRANT_CODE, GRANT_REFRESH, GRANT_CIBA})


@dataclass(frozen=True, slots=True)
class Client:
    """One enrolment of this bac. Lists are exact: a URI that is not in them does not exist."""

    client_id: str
    client_secret: str | None = None
    nom: str = ""
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    grant_types: tuple[str, ...] = (GRANT_CODE, GRANT_REFRESH, GRANT_CIBA)
    auth_methods: tuple[str, ...] = ("client_secret_basic", "client_secret_post")
    ciba_enabled: bool = True
    pkce_required: bool = False
    autologin: bool = False
    jwks: dict[str, Any] | None = None
    tls_client_auth_subject_dn: str | None = None
    tls_client_certificate_bound_access_tokens: bool = False
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool = True
    environment: str = "bas"
    espace: str = "communautaire"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, d: Mapping[str, Any]) -> "Client":
        connus = {f.name for f in fields(cls)}
        valeurs: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in d.items() if k in connus}
        return cls(**valeurs)


@dataclass(frozen=True, slots=True)
class Preuve:
    """What a request says about the client that makes it. ``methodes`` lists every way it tried."""

    client_id: str | None
    secret: str | None = None
    assertion: str | None = None
    methodes: tuple[str, ...] = field(default=())

    @property
    def par_basic(self) -> bool:
        return "client_secret_basic" in self.methodes


def lire_preuve(authorization: str | None, formulaire: Mapping[str, str]) -> Preuve:
    """Collect the proof; Basic values are form-urldecoded first (RFC 6749 §2.3.1). Judges nothing."""
    methodes: list[str] = []
    client_id = formulaire.get("client_id")
    secret: str | None = None
    if authorization and authorization[:6].lower() == "basic ":
        methodes.append("client_secret_basic")
        identifiant, secret = _decoder_basic(authorization[6:])
        client_id = identifiant if identifiant is not None else client_id
    if "client_secret" in formulaire:
        methodes.append("client_secret_post")
        secret = formulaire["client_secret"] if secret is None else secret
    assertion = formulaire.get("client_assertion")
    if assertion is not None or formulaire.get("client_assertion_type") is not None:
        methodes.append("private_key_jwt")
    return Preuve(client_id, secret, assertion, tuple(methodes))


def _decoder_basic(jeton: str) -> tuple[str | None, str | None]:
    try:
        clair = base64.b64decode(jeton.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None, None
    identifiant, _, secret = clair.partition(":")
    return unquote_plus(identifiant), unquote_plus(secret)


def authentifier(
    client: Client | None, preuve: Preuve, *, wrong_secret_error: str, certificat_dn: str | None = None
) -> Client:
    """The client, proven by secret or certificate; else the platform's refusal.

    In the "espace de confiance" a certificate is demanded beside the secret (PSC §1.5).
    Unknown client and wrong secret carry the same text but not the same code: the platform tells them apart.
    Signed assertions are verified by the caller (cryptography is not a rule of this module).
    """
    if len(preuve.methodes) > 1:
        raise refus("PSC-TOK-03c")
    if client is None:
        raise _non_authentifie("PSC-TOK-03a", preuve)
    if "tls_client_auth" in client.auth_methods and client.tls_client_auth_subject_dn:
        if certificat_dn is not None and hmac.compare_digest(certificat_dn, client.tls_client_auth_subject_dn):
            return client
        if set(client.auth_methods) == {"tls_client_auth"}:
            raise _non_authentifie("PSC-TOK-03f", preuve)
    if client.espace == "confiance" and certificat_dn is None:
        raise _non_authentifie("PSC-TOK-03f", preuve)
    connu = client.client_secret
    methode = preuve.methodes[0] if preuve.methodes else None
    if (
        connu is None
        or preuve.secret is None
        or methode not in client.auth_methods
        or not hmac.compare_digest(preuve.secret.encode(), connu.encode())
    ):
        raise _non_authentifie("PSC-TOK-03b", preuve, error=wrong_secret_error)
    return client


def _non_authentifie(regle: str, preuve: Preuve, *, error: str | None = None) -> RefusOAuth:
    entetes = {"WWW-Authenticate": 'Basic realm="esante-wallet"'} if preuve.par_basic else {}
    return refus(regle, error=error, entetes=entetes)


def verifier_grant(client: Client, grant_type: str) -> None:
    """Known grant, but is it opened to this client? (after authentication, PSC §1.3)"""
    if grant_type == GRANT_CIBA and not client.ciba_enabled:
        raise refus("PSC-CIBA-01")
    if grant_type in GRANTS_FERMES or grant_type not in client.grant_types:
        raise refus("PSC-TOK-03d")
