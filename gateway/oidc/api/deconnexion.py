"""The end-session endpoint: redirect, closed page or question (PSC §2.11)."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.oidc import sso
from gateway.oidc.api import contrat
from gateway.oidc.api.outils import (
    NO_STORE,
    Monde,
    analyser,
    cookie,
    empreinte,
    formulaire,
    lire,
    monde,
    noter_oauth,
    oter_cookie,
    premiers,
    sha256,
)
from gateway.oidc.domain import jetons
from gateway.oidc.domain.deconnexion import Verdict, juger_deconnexion
from gateway.oidc.domain.decouverte import PROTOCOLE
from gateway.oidc.domain.refus import RefusPage, url_de_reponse
from gateway.oidc.notification import prevenir
from gateway.oidc.pages import page
from gateway.store import clients
from gateway.store.psc import SessionPscRow
from shared.decision import operation

router = APIRouter(prefix=PROTOCOLE, tags=["Pro Santé Connect"])
_PARAMETRES = ("id_token_hint", "post_logout_redirect_uri", "client_id", "logout_hint")


@router.get(
    "/logout", openapi_extra=contrat.parametres("id_token_hint", "post_logout_redirect_uri", "state", "client_id")
)
@router.post("/logout", include_in_schema=False)
async def fermer(request: Request) -> Response:
    """RP-initiated logout. Only a hint signed by this bac and an enrolled URI redirect; the state goes with it."""
    parametres = analyser(request.url.query)
    if request.method == "POST":
        parametres = [*parametres, *await formulaire(request)]
    champs = premiers(parametres)
    m = await monde(request)
    biscuit = cookie(request, m.bac, "session")
    if "confirmLogout" in champs:
        if biscuit is None or champs.get("session_code") != _code(m, biscuit):
            raise RefusPage.de("PSC-PAGE-01")
        return await _terminer(m, Verdict("terminer", await _sid(m, biscuit)))
    try:
        verdict = await _juger(m, champs, await _sid(m, biscuit))
    except RefusPage as erreur:
        noter_oauth(erreur, "logout", post_logout_redirect_uri=champs.get("post_logout_redirect_uri"))
        raise
    if verdict.issue == "demander" and biscuit is not None and verdict.sid is not None:
        return page(
            "deconnexion.html",
            langue=m.langue,
            bac=m.bac.nom,
            action=f"{m.prefixe}{PROTOCOLE}/logout",
            jeton=_code(m, biscuit),
        )
    return await _terminer(m, verdict)


def _code(m: Monde, biscuit: str) -> str:
    """Proof that the question was asked to this browser."""
    return sha256(f"logout:{m.bac.nom}:{biscuit}")


async def _sid(m: Monde, biscuit: str | None) -> str | None:
    if biscuit is None:
        return None
    async with lire(m) as session:
        row = await sso.session_du_cookie(session, m.bac, empreinte(m.bac, biscuit))
    return row.sid if row else None


async def _juger(m: Monde, champs: dict[str, str], sid: str | None) -> Verdict:
    indice = champs.get("id_token_hint")
    hint = (await m.psc.signataire(m.bac.nom)).lire(indice) if indice else None
    if hint is not None and hint.get("typ") != jetons.ID:
        hint = None
    client_id = champs.get("client_id")
    async with lire(m) as session:
        client = await clients.lire(session, str(hint["azp"]) if hint else client_id)
    return juger_deconnexion(
        hint=hint,
        hint_envoye=indice is not None,
        client_id=client_id,
        client=client,
        retour=champs.get("post_logout_redirect_uri"),
        state=champs.get("state"),
        sid_du_navigateur=sid,
        sans_parametre=not any(p in champs for p in _PARAMETRES),
    )


async def _terminer(m: Monde, verdict: Verdict) -> Response:
    if verdict.sid is not None:
        await fermer_session(m, verdict.sid)
    reponse: Response
    if verdict.rediriger is not None:
        etat = {"state": verdict.state} if verdict.state is not None else {}
        cible = url_de_reponse(verdict.rediriger, etat) if etat else verdict.rediriger
        reponse = RedirectResponse(cible, status_code=302, headers=NO_STORE)
    else:
        reponse = page("deconnecte.html", langue=m.langue, bac=m.bac.nom)
    oter_cookie(reponse, m, "session")
    return reponse


async def fermer_session(m: Monde, sid: str) -> bool:
    """End a session and tell its clients by the back channel; ``False`` when it was not open."""
    async with m.ctx.transaction(m.bac) as uow:
        row = await uow.session.get(SessionPscRow, sid, with_for_update=True)
        if row is None or row.epoque != m.bac.epoque or row.terminee_a is not None:
            return False
        membres = await sso.terminer(uow, row)
        enroles = [c for c in [await clients.lire(uow.session, nom) for nom in membres] if c is not None]
    operation("PSC-LOGOUT", sid=sid, clients=membres)
    await prevenir(m, row, enroles)
    return True
