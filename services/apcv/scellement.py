"""The keys of a device and what they sign: one secret per activation, from which every key is derived."""

import hashlib
import hmac
import secrets
from base64 import b64encode
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jws
from joserfc.jwk import ECKey

_ORDRE_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def nouveau_secret() -> bytes:
    return secrets.token_bytes(32)


def nonce() -> str:
    return secrets.token_hex(8)


def identifiant_appli() -> str:
    return secrets.token_hex(8)


def identifiant_contexte() -> str:
    return f"CTX-{secrets.token_hex(5).upper()}"


def jeton_contexte() -> str:
    """The opaque token that comes with a context."""
    return secrets.token_urlsafe(32)


def numero_signature() -> str:
    return f"SIG-{secrets.token_hex(6).upper()}"


def code_email() -> str:
    return f"{secrets.randbelow(1_000_000):06d}"


def signer(secret: bytes, appli_id: str, charge: bytes) -> str:
    """``ValeurFSE``: base64 of a compact JWS (ES256) by the signature key of the phone (apcv.md §4)."""
    compact = jws.serialize_compact({"alg": "ES256", "kid": appli_id}, charge, _cle(secret))
    return b64encode(compact.encode()).decode()


def jwk_public(secret: bytes, appli_id: str) -> dict[str, Any]:
    """What a verifier needs."""
    return {**_cle(secret).as_dict(private=False), "kid": appli_id, "use": "sig", "alg": "ES256"}


@lru_cache(maxsize=256)
def _cle(secret: bytes) -> ECKey:
    graine = hmac.new(secret, b"apcv.signature", hashlib.sha512).digest()
    scalaire = int.from_bytes(graine, "big") % (_ORDRE_P256 - 1) + 1
    prive = ec.derive_private_key(scalaire, ec.SECP256R1())
    return ECKey.import_key(prive.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
