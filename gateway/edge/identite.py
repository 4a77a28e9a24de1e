"""Who is calling, as the journal tells it: read from the token without believing it."""

import base64
import binascii
from collections.abc import Iterable
from functools import lru_cache

import orjson


def appelant(entetes: Iterable[tuple[bytes, bytes]]) -> str:
    """PS_IdNat, matricule or client id in the bearer token or the Basic credentials; ``""`` when there is none."""
    autorisation = next((valeur for cle, valeur in entetes if cle == b"authorization"), b"")
    return _nommer(autorisation.decode("latin-1")) if autorisation else ""


@lru_cache(maxsize=1024)
def _nommer(autorisation: str) -> str:
    schema, _, valeur = autorisation.partition(" ")
    try:
        if schema.lower() == "bearer":
            charge = valeur.split(".")[1]
            claims = orjson.loads(base64.urlsafe_b64decode(charge + "=" * (-len(charge) % 4)))
            return str(claims.get("SubjectNameID") or claims.get("matricule_ins") or claims.get("azp") or "")
        if schema.lower() == "basic":
            return base64.b64decode(valeur).decode().partition(":")[0]
    except (IndexError, ValueError, binascii.Error, AttributeError, TypeError):
        return ""
    return ""
