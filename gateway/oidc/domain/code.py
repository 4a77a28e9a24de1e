"""The authorization code and its single exchange, in the platform's order (PSC §2.4 rows 5 to 9)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.oidc.domain import pkce
from gateway.oidc.domain.client import GRANTS_FERMES, GRANTS_OUVERTS
from gateway.oidc.domain.refus import refus


@dataclass(frozen=True, slots=True)
class CodeEmis:
    """What was promised at the authorization endpoint. Only a digest of the code itself is kept."""

    empreinte: str
    client_id: str
    redirect_uri: str
    scope: str
    sid: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None
    expire_a: datetime
    utilise_a: datetime | None = None


def lire_grant_type(champs: Sequence[tuple[str, str]]) -> str:
    """Rows 1 and 2: before the client is even looked at."""
    grant_type = next((v for k, v in champs if k == "grant_type"), None)
    if not grant_type:
        raise refus("PSC-TOK-01")
    if grant_type not in GRANTS_OUVERTS | GRANTS_FERMES:
        raise refus("PSC-TOK-02")
    return grant_type


def refuser_doublons(champs: Sequence[tuple[str, str]], regle: str = "PSC-TOK-04") -> None:
    """Row 4: after the client proved itself."""
    if any(n > 1 for n in Counter(k for k, _ in champs).values()):
        raise refus(regle)


def juger_code(
    code: CodeEmis | None,
    *,
    client_id: str,
    redirect_uri: str | None,
    code_verifier: str | None,
    session_active: bool,
    maintenant: datetime,
) -> str | None:
    """The id of the rule that refuses the exchange, or ``None``. Whatever the verdict, the code is now spent."""
    if code is None or code.utilise_a is not None or maintenant >= code.expire_a or not session_active:
        return "PSC-TOK-06"
    if redirect_uri != code.redirect_uri:
        return "PSC-TOK-07"
    if client_id != code.client_id:
        return "PSC-TOK-08"
    return pkce.juger(code.code_challenge, code.code_challenge_method, code_verifier)
