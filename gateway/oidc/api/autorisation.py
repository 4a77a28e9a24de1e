"""``/auth``: the authorization request, answered by single sign-on, by a scripted login or by the login page."""

from dataclasses import dataclass

from fastapi import APIRouter
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from gateway.oidc import sso
from gateway.oidc.api import contrat
from gateway.oidc.api.connecter import avec_code, connecter
from gateway.oidc.api.outils import (
    Monde,
    analyser,
    cookie,
    empreinte,
    formulaire,
    lire,
    monde,
    noter_oauth,
)
from gateway.oidc.api.pages_connexion import ouvrir_page
from gateway.oidc.domain.autorisation import Demande, client_demande, valider
from gateway.oidc.domain.client import Client
from gateway.oidc.domain.decouverte import PROTOCOLE
from gateway.oidc.domain.refus import RefusOAuth
from gateway.oidc.domain.session import doit_se_connecter
from gateway.oidc.domain.userinfo import sujet
from gateway.personas.repertoire import Persona, trouver
from gateway.store import clients
from gateway.store.psc import ProchaineConnexionRow, SessionPscRow
from shared.decision import operation

_NOTES = ("client_id", "redirect_uri", "response_type", "scope", "prompt", "max_age", "code_challenge_method")

router = APIRouter(tags=["Pro Santé Connect"])


@router.get(
    "/auth",
    openapi_extra=contrat.parametres(
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "acr_values",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "prompt",
        "max_age",
        "login_hint",
        "id_token_hint",
        "ui_locales",
        "response_mode",
        requis=("response_type", "client_id", "redirect_uri", "scope"),
    ),
)
@router.post("/auth", include_in_schema=False)
@router.get(f"{PROTOCOLE}/auth", include_in_schema=False)
@router.post(f"{PROTOCOLE}/auth", include_in_schema=False)
async def autoriser(request: Request) -> Response:
    """The authorization endpoint (PSC §2.1). Refusals redirect only once the redirect URI is known to be enrolled."""
    parametres = analyser(request.url.query) if request.method == "GET" else await formulaire(request)
    m = await monde(request)
    try:
        demande, client = await _examiner(m, parametres)
        return await _repondre(request, m, demande, client)
    except RefusOAuth as refus:
        noter_oauth(refus, "authorize", **{k: v for k, v in parametres if k in _NOTES})
        raise


async def _examiner(m: Monde, parametres: list[tuple[str, str]]) -> tuple[Demande, Client]:
    client_id = client_demande(parametres)
    operation("PSC-AUTHORIZE", client_id=client_id[:100])
    async with lire(m) as session:
        client = await clients.lire(session, client_id)
    demande = valider(parametres, client, m.reglages, strict=m.strict)
    assert client is not None
    return demande, client


@dataclass(frozen=True, slots=True)
class _Etat:
    """What is known before anybody is asked anything."""

    session: SessionPscRow | None
    due: bool
    persona_session: Persona | None
    file: bool
    autologin: Persona | None


async def _repondre(request: Request, m: Monde, demande: Demande, client: Client) -> Response:
    etat = await _etat(request, m, demande, client)
    if "none" in demande.prompt:
        if etat.due or etat.session is None or not await _hint_convient(m, demande, etat.persona_session):
            raise demande.refusee("PSC-AUT-19")
        return await _par_session(m, demande, etat.session.sid)
    if etat.file and (reponse := await _par_file(request, m, demande)) is not None:
        return reponse
    if not etat.due and etat.session is not None and await _hint_convient(m, demande, etat.persona_session):
        return await _par_session(m, demande, etat.session.sid)
    if etat.autologin is not None:
        async with m.ctx.transaction(m.bac) as uow:
            return await connecter(uow, request, m, demande, etat.autologin, etat.autologin.personne.auth_mode)
    return await ouvrir_page(request, m, demande, client)


async def _etat(request: Request, m: Monde, demande: Demande, client: Client) -> _Etat:
    biscuit = cookie(request, m.bac, "session")
    async with lire(m) as session:
        row = await sso.session_du_cookie(session, m.bac, empreinte(m.bac, biscuit) if biscuit else None)
        persona = await trouver(session, row.persona) if row else None
        file = (await session.scalars(select(ProchaineConnexionRow.rang).limit(1))).first() is not None
        autologin = await trouver(session, demande.login_hint) if client.autologin else None
    if persona is None or not persona.peut_se_connecter:
        row = None
    due = doit_se_connecter(
        row.to_domain() if row else None,
        prompt=demande.prompt,
        max_age=demande.max_age,
        maintenant=m.bac.now(),
        reglages=m.reglages,
    )
    return _Etat(row, due, persona, file, autologin if autologin and autologin.peut_se_connecter else None)


async def _hint_convient(m: Monde, demande: Demande, persona: Persona | None) -> bool:
    """``id_token_hint`` must name the person of the session (OIDC Core §3.1.2.1)."""
    if demande.id_token_hint is None:
        return True
    claims = (await m.psc.signataire(m.bac.nom)).lire(demande.id_token_hint)
    return bool(claims and persona and claims.get("sub") == sujet(persona.personne, m.reglages))


async def _par_session(m: Monde, demande: Demande, sid: str) -> Response:
    async with m.ctx.transaction(m.bac) as uow:
        row = await uow.session.get_one(SessionPscRow, sid, with_for_update=True)
        code = await sso.emettre_code(uow, row, demande, m.reglages)
    return avec_code(m, demande, code, sid)


async def _par_file(request: Request, m: Monde, demande: Demande) -> Response | None:
    """The login a test queued, once; ``None`` when another request took it first."""
    async with m.ctx.transaction(m.bac) as uow:
        statement = select(ProchaineConnexionRow).order_by(ProchaineConnexionRow.rang).limit(1)
        prochaine = (await uow.session.scalars(statement.with_for_update(skip_locked=True))).first()
        if prochaine is None:
            return None
        await uow.session.delete(prochaine)
        persona = await trouver(uow.session, prochaine.persona)
        if prochaine.issue == "approve" and persona is not None and persona.peut_se_connecter:
            moyen = prochaine.auth_mode or persona.personne.auth_mode
            return await connecter(uow, request, m, demande, persona, moyen)
    raise demande.refusee("PSC-AUT-21" if prochaine.issue == "timeout" else "PSC-AUT-20")
