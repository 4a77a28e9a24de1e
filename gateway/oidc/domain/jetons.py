"""What tokens say (PSC §2.5): the claims of the access, identity and refresh token of one grant."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.oidc.domain import userinfo
from gateway.oidc.domain.reglages import Reglages
from gateway.oidc.domain.session import Session
from shared.ids import Ids
from shared.monde.modele import Professionnel

ACCES, ID, RAFRAICHISSEMENT, DECONNEXION = "Bearer", "ID", "Refresh", "Logout"
EVENEMENT_DECONNEXION = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True, slots=True)
class Contexte:
    """Everything the claims depend on. ``instant`` stamps the tokens (bac or real time: ruling 11.4)."""

    issuer: str
    client_id: str
    scope: str
    nonce: str | None
    session: Session
    personne: Professionnel
    reglages: Reglages
    instant: datetime
    reste_session: int  # seconds the session may still live, at most
    cnf: str | None = None

    @property
    def iat(self) -> int:
        return int(self.instant.timestamp())

    @property
    def duree_acces(self) -> int:
        return max(1, min(self.reglages.access_ttl, self.reste_session))

    @property
    def duree_rafraichissement(self) -> int:
        return max(1, min(self.reglages.refresh_ttl, self.reste_session))


def _communs(c: Contexte, jti: str, typ: str, duree: int) -> dict[str, Any]:
    return {
        "exp": c.iat + duree,
        "iat": c.iat,
        "auth_time": int(c.session.auth_time.timestamp()),
        "jti": jti,
        "iss": c.issuer,
        "sub": userinfo.sujet(c.personne, c.reglages),
        "typ": typ,
        "azp": c.client_id,
    }


def _session(c: Contexte, *, nonce: bool) -> dict[str, Any]:
    anciens = c.reglages.token_profile == "ans_samples"  # noqa: S105  # a profile's name
    claims: dict[str, Any] = {}
    if c.nonce is not None and (nonce or anciens):
        claims["nonce"] = c.nonce
    if anciens:
        claims["session_state"] = c.session.sid
    if (acr := userinfo.acr(c.personne, c.session.auth_mode, c.reglages)) is not None:
        claims["acr"] = acr
    return {**claims, "sid": c.session.sid}


def claims_acces(c: Contexte, ids: Ids) -> dict[str, Any]:
    """``typ: Bearer``, no audience (PSC §2.5: ``aud`` may be absent), bound to a certificate when the client is."""
    claims = _communs(c, ids.uuid(), ACCES, c.duree_acces)
    claims |= _session(c, nonce=False)
    claims |= {"scope": c.scope, **userinfo.identite_du_jeton(c.personne, c.reglages)}
    claims |= {"authMode": c.session.auth_mode}
    if c.cnf is not None:
        claims["cnf"] = {"x5t#S256": c.cnf}
    return claims


def claims_id(c: Contexte, ids: Ids, jeton_acces: str) -> dict[str, Any]:
    """``typ: ID`` for the client, tied to the access token by ``at_hash``."""
    claims = _communs(c, ids.uuid(), ID, c.duree_acces)
    claims |= {"aud": c.client_id, **_session(c, nonce=True), "at_hash": at_hash(jeton_acces)}
    claims |= {
        "name": f"{c.personne.prenom} {c.personne.nom}",
        "given_name": c.personne.prenom,
        "family_name": c.personne.nom,
        "authMode": c.session.auth_mode,
        **userinfo.identite_du_jeton(c.personne, c.reglages),
    }
    return claims


def claims_rafraichissement(c: Contexte, ids: Ids) -> dict[str, Any]:
    """``typ: Refresh``, for the provider itself; clients still decode it to read ``exp`` (PSC §2.7)."""
    claims = _communs(c, ids.uuid(), RAFRAICHISSEMENT, c.duree_rafraichissement)
    claims |= {"aud": c.issuer, **_session(c, nonce=False), "scope": c.scope}
    if c.nonce is not None:
        claims["nonce"] = c.nonce
    if c.cnf is not None:
        claims["cnf"] = {"x5t#S256": c.cnf}
    return claims


def claims_deconnexion(*, issuer: str, client_id: str, sub: str, sid: str, iat: int, jti: str) -> dict[str, Any]:
    """The logout token of Back-Channel Logout 1.0 §2.4: never a ``nonce``."""
    return {
        "iss": issuer,
        "sub": sub,
        "aud": client_id,
        "iat": iat,
        "exp": iat + 120,
        "jti": jti,
        "sid": sid,
        "typ": DECONNEXION,
        "events": {EVENEMENT_DECONNEXION: {}},
    }


def at_hash(jeton: str) -> str:
    """The left half of SHA-256, base64url (OIDC Core §3.1.3.6)."""
    return base64.urlsafe_b64encode(hashlib.sha256(jeton.encode("ascii")).digest()[:16]).rstrip(b"=").decode()


def reponse(c: Contexte, *, acces: str, id_token: str, rafraichissement: str) -> dict[str, Any]:
    """The body of the token endpoint; ``refresh_expires_in`` must be there (PSC §2.4)."""
    return {
        "access_token": acces,
        "expires_in": c.duree_acces,
        "refresh_expires_in": c.duree_rafraichissement,
        "refresh_token": rafraichissement,
        "token_type": "Bearer",
        "id_token": id_token,
        "not-before-policy": 0,
        "session_state": c.session.sid,
        "scope": c.scope,
    }


def introspection(claims: Mapping[str, Any]) -> dict[str, Any]:
    """The active shape (PSC §2.9): the claims, plus who and for whom.

    ``SubjectNameID`` only when an access token is introspected. Anything else is ``{"active": false}``.
    """
    vue = {k: v for k, v in claims.items() if k not in ("aud",) or claims.get("typ") != ACCES}
    if claims.get("typ") != ACCES:
        vue.pop("SubjectNameID", None)
    vue["client_id"] = claims.get("azp")
    vue["username"] = claims.get("preferred_username", str(claims.get("sub", "")).rpartition(":")[2])
    vue["active"] = True
    return vue
