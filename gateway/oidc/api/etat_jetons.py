"""What a token is worth, and how to end it: introspection and revocation (PSC §2.9, §2.10)."""

from datetime import UTC, datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.oidc import sso
from gateway.oidc.api import contrat
from gateway.oidc.api.appel import lire_appel
from gateway.oidc.api.emission import horodatage
from gateway.oidc.api.outils import NO_STORE, Monde, lire, noter_oauth
from gateway.oidc.domain import jetons
from gateway.oidc.domain.decouverte import PROTOCOLE
from gateway.oidc.domain.refus import RefusOAuth, refus
from gateway.oidc.signature import Claims
from gateway.oidc.verification import porteur
from shared.decision import operation
from shared.web.reponses import JSONReponse

router = APIRouter(prefix=PROTOCOLE, tags=["Pro Santé Connect"])


@router.post("/token/introspect", openapi_extra=contrat.formulaire(("token",), ("token_type_hint",)))
async def introspecter(request: Request) -> Response:
    """Tell any enrolled client what a token is worth now, whoever it was issued to (PSC §2.9)."""
    try:
        a = await lire_appel(request)
        valeur = a.champs.get("token")
        if valeur is None:
            raise refus("PSC-REV-01")
    except RefusOAuth as erreur:
        noter_oauth(erreur, "introspect")
        raise
    claims = await jeton_vivant(a.m, valeur, types=(jetons.ACCES, jetons.RAFRAICHISSEMENT))
    operation("PSC-INTROSPECT", client_id=a.client.client_id, active=claims is not None)
    return JSONReponse(jetons.introspection(claims) if claims else {"active": False}, headers=NO_STORE)


async def jeton_vivant(m: Monde, valeur: str, *, types: tuple[str, ...]) -> Claims | None:
    """The claims of a token of this bac that works now: signature, expiry, session, client, revocation."""
    claims = (await m.psc.signataire(m.bac.nom)).lire(valeur)
    if claims is None or claims.get("typ") not in types:
        return None
    async with lire(m) as session:
        trouve = await porteur(session, m.bac, claims, instant=horodatage(m), reglages=m.reglages)
    return claims if trouve else None


@router.post("/revoke", openapi_extra=contrat.formulaire(("token",), ("token_type_hint",)))
async def revoquer(request: Request) -> Response:
    """End a token: a refresh token takes the client's session with it (PSC §2.10). Unknown tokens are fine."""
    try:
        a = await lire_appel(request)
        valeur = a.champs.get("token")
        if valeur is None:
            raise refus("PSC-REV-01")
        claims = (await a.m.psc.signataire(a.m.bac.nom)).lire(valeur)
        if claims is not None and claims.get("azp") != a.client.client_id:
            raise refus("PSC-REV-03")
    except RefusOAuth as erreur:
        noter_oauth(erreur, "revoke")
        raise
    operation("PSC-REVOKE", client_id=a.client.client_id, connu=claims is not None)
    if claims is not None and claims.get("typ") in (jetons.ACCES, jetons.RAFRAICHISSEMENT):
        async with a.m.ctx.transaction(a.m.bac) as uow:
            if claims["typ"] == jetons.RAFRAICHISSEMENT:
                await sso.detacher(uow, str(claims["sid"]), a.client.client_id)
            await sso.retenir_jeton(
                uow.session, str(claims["jti"]), "revoque", datetime.fromtimestamp(claims["exp"], UTC)
            )
    return Response(status_code=200, headers=NO_STORE)
