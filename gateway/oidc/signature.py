"""Signing and reading the tokens of a bac: RS256 for access and identity, HS512 for refresh (PSC §2.5)."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey

from gateway.oidc.keys import Trousseau, en_fond

TAILLE_MAX = 16_384
_TAILLE_CACHE = 4096
_ASYMETRIQUES = ["RS256", "PS256", "ES256"]

Claims = Mapping[str, Any]


class Signataire:
    """What one bac signs and accepts. Verified tokens are remembered by digest; expiry is the caller's business."""

    def __init__(self, trousseau: Trousseau) -> None:
        self.trousseau = trousseau
        self._secret = OctKey.import_key(trousseau.secret)
        self._kid_secret = hashlib.sha256(trousseau.secret).hexdigest()[:32]
        self._vus: OrderedDict[bytes, Claims] = OrderedDict()

    async def signer(self, claims: Claims, typ: str = "JWT") -> str:
        return await en_fond(self.trousseau.signature.signer, claims, typ)

    def signer_rafraichissement(self, claims: Claims) -> str:
        """HS512 with the private secret of the bac: cheap, and readable by nobody's key but ours."""
        en_tete = {"alg": "HS512", "typ": "JWT", "kid": self._kid_secret}
        return jws.serialize_compact(en_tete, orjson.dumps(claims), self._secret, algorithms=["HS512"])

    def lire(self, jeton: str) -> Claims | None:
        """The claims of a token this bac signed (any of its types), or ``None``. Expired tokens are read too."""
        if not jeton or len(jeton) > TAILLE_MAX or not jeton.isascii():
            return None
        empreinte = hashlib.sha256(jeton.encode()).digest()
        if (connus := self._vus.get(empreinte)) is not None:
            self._vus.move_to_end(empreinte)
            return connus
        claims = self._verifier(jeton)
        if claims is not None:
            self._vus[empreinte] = claims
            if len(self._vus) > _TAILLE_CACHE:
                self._vus.popitem(last=False)
        return claims

    def _verifier(self, jeton: str) -> Claims | None:
        try:
            en_tete = _en_tete(jeton)
            if en_tete.get("alg") == "HS512":
                objet = jws.deserialize_compact(jeton, self._secret, algorithms=["HS512"])
            elif en_tete.get("alg") == "RS256":
                cle = next((c for c in self.trousseau.verificatrices() if c.kid == en_tete.get("kid")), None)
                if cle is None:
                    return None
                objet = jws.deserialize_compact(jeton, cle.jose, algorithms=["RS256"])
            else:
                return None
            claims = orjson.loads(objet.payload)
        except (JoseError, ValueError):
            return None
        return claims if isinstance(claims, dict) and isinstance(claims.get("exp"), int) else None


def _en_tete(jeton: str) -> dict[str, Any]:
    en_tete = jws.extract_compact(jeton.encode()).headers()
    return dict(en_tete)


def cles_lisibles(jwks: Mapping[str, Any]) -> bool:
    """Whether an enrolled key set can verify anything: asymmetric keys only, none private."""
    cles = jwks.get("keys")
    if set(jwks) != {"keys"} or not isinstance(cles, list) or not cles or len(cles) > 20:
        return False
    try:
        return all(
            isinstance(c, dict) and c.get("kty") in ("RSA", "EC") and "d" not in c and "\\u0000" not in json.dumps(c)
            for c in cles
        ) and bool(KeySet.import_key_set({"keys": cles}).keys)
    except (JoseError, ValueError, TypeError, KeyError):
        return False


def lire_assertion(assertion: str, jwks: Mapping[str, Any]) -> Claims | None:
    """The claims of a client assertion signed by one of the client's own keys (RFC 7523), or ``None``."""
    if len(assertion) > TAILLE_MAX:
        return None
    try:
        cles = KeySet.import_key_set({"keys": list(jwks.get("keys", []))})
        objet = jws.deserialize_compact(assertion, cles, algorithms=_ASYMETRIQUES)
        claims = json.loads(objet.payload)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return claims if isinstance(claims, dict) else None


def assertion_valable(claims: Claims | None, *, client_id: str, audiences: tuple[str, ...], instant: float) -> bool:
    """iss = sub = client_id, aud is this provider, and exp in the near future (RFC 7523 §3)."""
    if claims is None or claims.get("iss") != client_id or claims.get("sub") != client_id:
        return False
    aud = claims.get("aud")
    recues = [aud] if isinstance(aud, str) else aud if isinstance(aud, list) else []
    exp = claims.get("exp")
    if not isinstance(exp, int | float) or isinstance(exp, bool):
        return False
    return bool(set(map(str, recues)) & set(audiences)) and instant < exp <= instant + 3600 and bool(claims.get("jti"))


def sujet_non_verifie(assertion: str) -> str | None:
    """Whose keys to verify with: the ``sub`` the assertion claims, before anything is believed."""
    try:
        claims = orjson.loads(jws.extract_compact(assertion[:TAILLE_MAX].encode()).payload)
    except (JoseError, ValueError):
        return None
    sub = claims.get("sub") if isinstance(claims, dict) else None
    return sub if isinstance(sub, str) else None
