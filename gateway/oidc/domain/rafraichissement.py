"""The refresh grant: verdicts in the platform's order (PSC §2.4 last paragraph, §2.7)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.oidc.domain.reglages import Reglages
from gateway.oidc.domain.session import Session


def juger_rafraichissement(
    claims: Mapping[str, Any] | None,
    *,
    client_id: str,
    session: Session | None,
    client_rattache: bool,
    deja_servi: bool,
    maintenant: datetime,
    horodatage: datetime,
    reglages: Reglages,
) -> str | None:
    """The id of the rule that refuses, or ``None``.

    ``claims`` are those of a token whose signature, issuer and type hold, else ``None``. ``horodatage`` is the time
    that stamps tokens (the bac's, or the real one: ruling 11.4), ``maintenant`` the bac's, which rules sessions.
    """
    if claims is None:
        return "PSC-TOK-11"
    if horodatage.timestamp() >= float(claims["exp"]):
        return "PSC-TOK-12"
    if session is None or not session.est_active(maintenant, reglages):
        return "PSC-TOK-13"
    if claims.get("azp") != client_id:
        return "PSC-TOK-15"
    if not client_rattache:
        return "PSC-TOK-14"
    if deja_servi and reglages.refresh_rotation == "on":
        return "PSC-TOK-16"
    return None


def scope_rafraichi(demande: str | None, accorde: str) -> str | None:
    """The scope of the new tokens: the granted one or a narrower one; ``None`` when the client asks for more."""
    if not demande:
        return accorde
    voulus, accordes = demande.split(), accorde.split()
    return " ".join(dict.fromkeys(voulus)) if set(voulus) <= set(accordes) else None
