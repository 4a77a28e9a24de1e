"""Tokens of a patient of the bac: what Mon espace santé and the carte Vitale app read.

The real platforms keep these tokens to themselves; the shape is ours: opaque ``sub``, ``typ: Patient`` and the
matricule, so services tell a patient from a professional without guessing.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.ids import Ids

PATIENT = "Patient"
DUREE = 3600


def sujet_patient(matricule_ins: str, secteur: str) -> str:
    """A stable pairwise subject: the same person is another string for another client."""
    return hashlib.sha256(f"{secteur}:{matricule_ins}".encode()).hexdigest() + "v1"


def claims_patient(
    identite: Mapping[str, str],
    *,
    issuer: str,
    client_id: str,
    instant: datetime,
    ids: Ids,
    sid: str,
    duree: int = DUREE,
) -> dict[str, Any]:
    """``identite`` holds ``matricule_ins``, ``oid``, ``family_name`` and ``given_name``."""
    iat = int(instant.timestamp())
    return {
        "iss": issuer,
        "sub": sujet_patient(identite["matricule_ins"], client_id),
        "azp": client_id,
        "typ": PATIENT,
        "iat": iat,
        "auth_time": iat,
        "exp": iat + duree,
        "jti": ids.uuid(),
        "sid": sid,
        "session_state": sid,
        "scope": "openid patient",
        "acr": "eidas2",
        **identite,
    }
