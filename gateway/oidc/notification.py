"""Back-channel logout: tell each client that asked, once, without making the person wait for it."""

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import structlog

from gateway.oidc.domain.client import Client
from gateway.oidc.domain.jetons import claims_deconnexion
from gateway.oidc.domain.userinfo import COMPOSANT
from gateway.store.psc import SessionPscRow
from shared.ids import RandomIds

if TYPE_CHECKING:
    from gateway.oidc.api.outils import Monde

log = structlog.get_logger(__name__)
_TACHES: set[asyncio.Task[None]] = set()
_DELAI_S = 5


async def prevenir(m: "Monde", row: SessionPscRow, enroles: list[Client]) -> None:
    """Send a ``logout_token`` to every client with a ``backchannel_logout_uri`` (Back-Channel Logout 1.0 §2.5)."""
    from gateway.oidc.api.emission import horodatage

    signataire = await m.psc.signataire(m.bac.nom)
    for client in enroles:
        if not client.backchannel_logout_uri:
            continue
        claims = claims_deconnexion(
            issuer=m.issuer,
            client_id=client.client_id,
            sub=f"f:{COMPOSANT}:{row.id_nat}",
            sid=row.sid,
            iat=int(horodatage(m).timestamp()),
            jti=RandomIds().uuid(),
        )
        jeton = await signataire.signer(claims, "logout+jwt")
        tache = asyncio.create_task(_poster(client.backchannel_logout_uri, jeton))
        _TACHES.add(tache)
        tache.add_done_callback(_TACHES.discard)


async def attendre() -> None:
    """Until every notification left (stop of the process, tests)."""
    await asyncio.gather(*_TACHES, return_exceptions=True)


async def _poster(uri: str, jeton: str) -> None:
    import httpx

    corps = urlencode({"logout_token": jeton})
    try:
        async with httpx.AsyncClient(timeout=_DELAI_S, follow_redirects=False) as http:
            reponse = await http.post(uri, content=corps, headers={"Content-Type": "application/x-www-form-urlencoded"})
        log.info("psc.deconnexion_notifiee", hote=urlsplit(uri).hostname, statut=reponse.status_code)
    except (httpx.HTTPError, ValueError) as erreur:
        log.warning("psc.deconnexion_non_notifiee", hote=urlsplit(uri).hostname, erreur=type(erreur).__name__)
