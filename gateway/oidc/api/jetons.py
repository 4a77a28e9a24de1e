"""The token endpoint: a code, a refresh token or an approved CIBA request for tokens (PSC §2.4, §2.7)."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.oidc import sso
from gateway.oidc.api import contrat
from gateway.oidc.api.appel import Appel, lire_appel
from gateway.oidc.api.ciba import par_ciba
from gateway.oidc.api.emission import Octroi, emettre, horodatage
from gateway.oidc.api.outils import NO_STORE, formulaire, noter_oauth, premiers, sha256
from gateway.oidc.domain import jetons
from gateway.oidc.domain.client import GRANT_CIBA, GRANT_CODE
from gateway.oidc.domain.code import juger_code
from gateway.oidc.domain.decouverte import PROTOCOLE
from gateway.oidc.domain.rafraichissement import juger_rafraichissement, scope_rafraichi
from gateway.oidc.domain.refus import RefusOAuth, refus
from gateway.personas.repertoire import trouver
from gateway.store.psc import CodeRow
from shared.decision import operation
from shared.web.reponses import JSONReponse

router = APIRouter(prefix=PROTOCOLE, tags=["Pro Santé Connect"])


@router.post(
    "/token",
    openapi_extra=contrat.formulaire(
        ("grant_type",), ("code", "redirect_uri", "code_verifier", "refresh_token", "scope", "auth_req_id")
    ),
)
async def jeton(request: Request) -> Response:
    """Exchange a code, a refresh token or an approved CIBA request for tokens."""
    champs = await formulaire(request)
    grant_type = premiers(champs).get("grant_type", "")
    try:
        a = await lire_appel(request, champs)
        match grant_type:
            case t if t == GRANT_CODE:
                octroi = await _par_code(a)
            case t if t == GRANT_CIBA:
                octroi = await par_ciba(a)
            case _:
                octroi = await _par_rafraichissement(a)
        corps = await emettre(a.m, octroi)
    except RefusOAuth as erreur:
        noter_oauth(erreur, grant_type, grant_type=grant_type, client_id=premiers(champs).get("client_id"))
        raise
    operation("PSC-TOKEN", client_id=a.client.client_id, grant_type=grant_type, sid=octroi.session.sid)
    return JSONReponse(corps, headers=NO_STORE)


async def _par_code(a: Appel) -> Octroi:
    """Rows 5 to 9. Whatever the verdict the code is spent; a second use also ends the client's session."""
    valeur = a.champs.get("code")
    if not valeur:
        raise refus("PSC-TOK-05")
    m, client_id = a.m, a.client.client_id
    async with m.ctx.transaction(m.bac) as uow:
        if m.psc.est_jour_de_menage(m.bac.nom):
            await sso.purger(uow, m.reglages)
        row = await uow.session.get(CodeRow, sha256(valeur), with_for_update=True)
        session, membre = None, False
        if row is not None:
            session, membre = await sso.session_active(uow.session, m.bac, row.sid, row.client_id, m.reglages)
        regle = juger_code(
            row.to_domain() if row else None,
            client_id=client_id,
            redirect_uri=a.champs.get("redirect_uri"),
            code_verifier=a.champs.get("code_verifier"),
            session_active=session is not None and membre,
            maintenant=uow.now(),
        )
        persona = await trouver(uow.session, session.persona) if session else None
        deja = row is not None and row.utilise_a is not None
        if row is not None:
            if deja:
                await sso.detacher(uow, row.sid, row.client_id)
            row.utilise_a = row.utilise_a or uow.now()
        if regle is None and session is not None:
            session.suivre(session.to_domain().utilisee(uow.now()))
    if regle is not None or row is None or session is None or persona is None:
        raise refus(regle or "PSC-TOK-06").avec(**_vues_du_code(a, row, session is not None and membre, deja))
    return Octroi(session.to_domain(), persona, client_id, row.scope, row.nonce, cnf=a.cnf)


def _vues_du_code(a: Appel, row: CodeRow | None, session_ouverte: bool, deja: bool) -> dict[str, object]:
    """What the verdict on a code looked at, for *why*."""
    if row is None:
        return {"code": "unknown in this bac", "client_id": a.client.client_id}
    return {
        "client_id": a.client.client_id,
        "code_client_id": row.client_id,
        "code_expires_at": row.expire_a.isoformat(),
        "code_already_used": deja,
        "session_open": session_ouverte,
        "redirect_uri": a.champs.get("redirect_uri"),
        "redirect_uri_of_authorize": row.redirect_uri,
        "code_challenge_method": row.code_challenge_method,
        "now": a.m.bac.now().isoformat(),
    }


async def _par_rafraichissement(a: Appel) -> Octroi:
    valeur = a.champs.get("refresh_token")
    if not valeur:
        raise refus("PSC-TOK-10")
    m, client_id = a.m, a.client.client_id
    claims = (await m.psc.signataire(m.bac.nom)).lire(valeur)
    if claims is not None and claims.get("typ") != jetons.RAFRAICHISSEMENT:
        claims = None
    sid, jti = str((claims or {}).get("sid", "")), str((claims or {}).get("jti", ""))
    async with m.ctx.transaction(m.bac) as uow:
        session, membre = await sso.session_active(uow.session, m.bac, sid, client_id, m.reglages, verrou=True)
        regle = juger_rafraichissement(
            claims,
            client_id=client_id,
            session=session.to_domain() if session else None,
            client_rattache=membre,
            deja_servi=await sso.jeton_connu(uow.session, jti, "servi"),
            maintenant=uow.now(),
            horodatage=horodatage(m),
            reglages=m.reglages,
        )
        persona = await trouver(uow.session, session.persona) if session else None
        scope = scope_rafraichi(a.champs.get("scope"), str((claims or {}).get("scope", "")))
        if regle is None and session is not None and claims is not None and scope is not None:
            session.suivre(session.to_domain().utilisee(uow.now()))
            if m.reglages.refresh_rotation == "on":
                await sso.retenir_jeton(uow.session, jti, "servi", datetime.fromtimestamp(claims["exp"], UTC))
    if regle is not None or session is None or claims is None or persona is None:
        raise refus(regle or "PSC-TOK-13").avec(
            client_id=client_id,
            token_client_id=(claims or {}).get("azp"),
            exp=(claims or {}).get("exp"),
            now=int(horodatage(m).timestamp()),
            sid=sid or None,
            session_open=session is not None,
        )
    if scope is None:
        raise refus("PSC-TOK-17", scope=a.champs.get("scope", ""))
    _verifier_cnf(claims, a.cnf)
    return Octroi(session.to_domain(), persona, client_id, scope, claims.get("nonce"), cnf=a.cnf)


def _verifier_cnf(claims: Any, cnf: str | None) -> None:
    lie = (claims.get("cnf") or {}).get("x5t#S256")
    if lie is not None and lie != cnf:
        raise refus("PSC-UI-04")
