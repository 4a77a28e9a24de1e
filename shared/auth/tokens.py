"""Access tokens of the gateway, verified by the service itself (architecture §7, rulings 11.6, 11.8, 11.10, 11.11).

The only file that imports python-jose. A verified token is cached by bac, epoch and digest; its expiry is read again
at each hit.
"""

import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from shared.auth.principal import Patient, Principal, Professionnel
from shared.edge.bac import DEFAUT, Bac
from shared.errors import Introuvable, NonAuthentifie
from shared.passerelle import Passerelle

REALM = "/auth/realms/esante-wallet"
_CACHE_MAX = 20_000


class JetonRefuse(NonAuthentifie):
    slug = "jeton-refuse"

    def __init__(self, regle: str, en: str, fr: str) -> None:
        super().__init__(
            en,
            fr,
            regle=regle,
            champ="Authorization",
            entetes={
                "WWW-Authenticate": f'Bearer realm="esante-wallet", error="invalid_token", error_description="{en}"'
            },
        )


@dataclass(frozen=True, slots=True)
class _Verifie:
    principal: Principal
    exp: float
    verifie_a: float


class Verificateur:
    """``verifier(token, bac)`` → the principal, or :class:`JetonRefuse` naming what is wrong with the token."""

    def __init__(self, passerelle: Passerelle) -> None:
        self._passerelle = passerelle
        self._cles: dict[str, dict[str, Any]] = {}
        self._cache: OrderedDict[tuple[str, int, bytes], _Verifie] = OrderedDict()
        self._fermees: OrderedDict[tuple[str, str], float] = OrderedDict()

    def fermer(self, bac: str, sid: str) -> None:
        """Somebody left a session: what was verified before is asked again, as another client may still be in it."""
        self._fermees[(bac, sid)] = time.monotonic()
        while len(self._fermees) > _CACHE_MAX:
            self._fermees.popitem(last=False)

    def oublier(self, bac: str) -> None:
        """The bac was reset or dropped: keys and tokens are read again."""
        self._cles.pop(bac, None)
        for cle in [c for c in self._cache if c[0] == bac]:
            del self._cache[cle]

    async def verifier(self, token: str, bac: Bac) -> Principal:
        cle = (bac.nom, bac.epoque, hashlib.sha256(token.encode()).digest())
        trouve = self._cache.get(cle)
        if trouve is not None and self._fermees.get((bac.nom, trouve.principal.sid), -1.0) >= trouve.verifie_a:
            del self._cache[cle]
            trouve = None
        if trouve is None:
            trouve = await self._premiere_fois(token, bac)
            self._cache[cle] = trouve
            if len(self._cache) > _CACHE_MAX:
                self._cache.popitem(last=False)
        if trouve.exp <= _maintenant(bac).timestamp():
            raise _expire()
        return trouve.principal

    async def _premiere_fois(self, token: str, bac: Bac) -> _Verifie:
        claims = await self._claims(token, bac)
        _verifier_emetteur(str(claims.get("iss", "")), bac)
        if claims.get("typ") not in ("Bearer", "Patient"):
            raise JetonRefuse(
                "BAC-JETON-07",
                "Not an access token: an id or refresh token was sent",
                "Ce n'est pas un jeton d'accès : un jeton d'identité ou de rafraîchissement a été envoyé",
            )
        exp = float(claims["exp"])
        if exp <= _maintenant(bac).timestamp():
            raise _expire()
        debut = time.monotonic()
        sid = str(claims.get("sid") or claims.get("session_state") or "")
        try:
            session = await self._passerelle.session(bac.nom, sid)
        except Introuvable:
            raise _session_close() from None
        azp = str(claims.get("azp", ""))
        if azp not in session.get("clients", [azp]):
            raise _session_close()
        principal: Principal
        if claims["typ"] == "Patient":
            principal = Patient(
                matricule_ins=str(claims["matricule_ins"]),
                nom=str(claims.get("family_name", "")),
                prenom=str(claims.get("given_name", "")),
                sid=sid,
                client_id=azp,
            )
        else:
            principal = Professionnel.from_userinfo(session["userinfo"], sid=sid, client_id=azp, acr=claims.get("acr"))
        return _Verifie(principal, exp, debut)

    async def _claims(self, token: str, bac: Bac) -> dict[str, Any]:
        from jose import JWTError, jwt

        try:
            kid = jwt.get_unverified_header(token).get("kid")
        except JWTError:
            raise JetonRefuse(
                "BAC-JETON-02", "Malformed token: not a JWT", "Jeton illisible : ce n'est pas un JWT"
            ) from None
        cle = await self._cle(bac.nom, str(kid))
        if cle is None:
            raise JetonRefuse(
                "BAC-JETON-03",
                "Unknown signing key: the token comes from another bac, another issuer, or from before a restore",
                "Clé de signature inconnue : jeton d'un autre bac, d'un autre émetteur, ou d'avant une restauration",
            )
        options = {
            "verify_aud": False,
            "verify_exp": False,
            "verify_nbf": False,
            "verify_iat": False,
            "verify_at_hash": False,
        }
        try:
            claims: dict[str, Any] = jwt.decode(token, cle, algorithms=["RS256"], options=options)
        except JWTError:
            raise JetonRefuse("BAC-JETON-03", "Bad signature", "Signature du jeton invalide") from None
        return claims

    async def _cle(self, bac: str, kid: str) -> Any:
        if kid not in self._cles.get(bac, {}):
            from jose import jwk

            jwks = await self._passerelle.jwks(bac)
            self._cles[bac] = {
                k["kid"]: jwk.construct({**k, "alg": "RS256"}) for k in jwks["keys"] if k.get("use") == "sig"
            }
        return self._cles[bac].get(kid)


def _maintenant(bac: Bac) -> datetime:
    return bac.now() if bac.reglages.jetons == "bac" else datetime.now(UTC)


def _verifier_emetteur(iss: str, bac: Bac) -> None:
    attendu = REALM if bac.nom == DEFAUT else f"/bac/{bac.nom}{REALM}"
    if urlsplit(iss).path != attendu:
        raise JetonRefuse(
            "BAC-JETON-04",
            f"Token of another issuer: this is bac {bac.nom}",
            f"Jeton d'un autre émetteur : ici le bac {bac.nom}",
        )


def _expire() -> JetonRefuse:
    return JetonRefuse(
        "BAC-JETON-05",
        "Token expired: a Pro Sante Connect access token lives 120 seconds",
        "Jeton expiré : un jeton d'accès Pro Santé Connect vit 120 secondes",
    )


def _session_close() -> JetonRefuse:
    return JetonRefuse(
        "BAC-JETON-06",
        "Session closed: sign in again",
        "Session close : reconnectez-vous",
    )
