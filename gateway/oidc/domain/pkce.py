"""Proof key for code exchange (RFC 7636), in the platform's order of checks (PSC §2.4 rows 9a to 9d)."""

import base64
import hashlib
import hmac
import re

_NON_RESERVES = re.compile(r"^[A-Za-z0-9\-._~]{43,128}$")


def est_bien_forme(valeur: str) -> bool:
    return _NON_RESERVES.fullmatch(valeur) is not None


def challenge_s256(verifier: str) -> str:
    """``BASE64URL(SHA256(verifier))`` without padding."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()


def juger(challenge: str | None, methode: str | None, verifier: str | None) -> str | None:
    """The id of the rule that refuses, or ``None`` when the proof holds."""
    if challenge is None:
        return None if verifier is None else "PSC-TOK-09b"
    if verifier is None:
        return "PSC-TOK-09a"
    if not est_bien_forme(verifier):
        return "PSC-TOK-09c"
    attendu = challenge_s256(verifier) if methode == "S256" else verifier
    return None if hmac.compare_digest(attendu, challenge) else "PSC-TOK-09d"
