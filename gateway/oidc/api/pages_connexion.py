"""The login pages: choose a person, or type an identifier and confirm on the phone (PSC §2.2)."""

import secrets
import uuid
from datetime import timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.oidc import sso
from gateway.oidc.api.connecter import connecter
from gateway.oidc.api.outils import (
    NO_STORE,
    Monde,
    alea,
    cookie,
    empreinte,
    formulaire,
    lire,
    meme_site,
    monde,
    noter_oauth,
    poser_cookie,
    premiers,
)
from gateway.oidc.domain.autorisation import Demande
from gateway.oidc.domain.ciba import politique_de
from gateway.oidc.domain.client import Client
from gateway.oidc.domain.connexion import Etat, demande_ecps, nombre_a_deux_chiffres
from gateway.oidc.domain.refus import RefusPage, RefusRedirige
from gateway.oidc.pages import page
from gateway.oidc.textes import TEXTES, langue
from gateway.personas.repertoire import Persona, lister, trouver
from gateway.store import clients
from gateway.store.psc import ConnexionRow, DemandeEcpsRow
from shared.db.unit_of_work import UnitOfWork
from shared.decision import operation

router = APIRouter(prefix="/auth/connexion", include_in_schema=False)


async def ouvrir_page(request: Request, m: Monde, demande: Demande, client: Client) -> Response:
    """Show the login page, tied to this browser by a cookie of its own."""
    navigateur = cookie(request, m.bac, "navigateur") or alea()
    row = ConnexionRow(
        id=alea(),
        navigateur=empreinte(m.bac, navigateur),
        demande=demande.to_json(),
        demande_ecps=None,
        expire_a=m.bac.now() + timedelta(seconds=m.reglages.login_ttl),
        finie_a=None,
    )
    async with m.ctx.transaction(m.bac) as uow:
        if m.psc.est_jour_de_menage(m.bac.nom):
            await sso.purger(uow, m.reglages)
        uow.session.add(row)
    reponse = await _page_de_choix(m, row, demande, client.nom or client.client_id, parlee(request, m, demande))
    poser_cookie(reponse, m, "navigateur", navigateur)
    return reponse


def parlee(request: Request, m: Monde, demande: Demande) -> str:
    return langue(demande.ui_locales, request.headers.get("accept-language"))


async def _page_de_choix(
    m: Monde, row: ConnexionRow, demande: Demande, service: str, lang: str, *, message: str = "", statut: int = 200
) -> Response:
    async with lire(m) as session:
        tous = await lister(session)
    return page(
        "connexion.html",
        langue=lang,
        bac=m.bac.nom,
        statut=statut,
        personas=[p.personne for p in tous if p.peut_se_connecter],
        action=f"{m.prefixe}/auth/connexion/{row.id}",
        client_id=demande.client_id,
        client_nom=service,
        indice=demande.login_hint or "",
        message=message,
    )


async def _en_cours(request: Request, m: Monde, uow: UnitOfWork, tx: str) -> tuple[ConnexionRow, Demande]:
    """The login page ``tx`` of *this* browser, unanswered; a page otherwise."""
    row = await uow.session.get(ConnexionRow, tx, with_for_update=True) if len(tx) <= 43 and "\0" not in tx else None
    biscuit = cookie(request, m.bac, "navigateur")
    if (
        row is None
        or biscuit is None
        or row.navigateur != empreinte(m.bac, biscuit)
        or row.finie_a is not None
        or row.expire_a <= m.bac.now()
    ):
        raise RefusPage.de("PSC-PAGE-01")
    return row, Demande.from_json(row.demande)


@router.post("/{tx}/persona")
async def choisir(tx: str, request: Request) -> Response:
    """A demonstration person was clicked: signed in at once, by card or by phone."""
    meme_site(request)
    champs = premiers(await formulaire(request))
    m = await monde(request)
    async with m.ctx.transaction(m.bac) as uow:
        row, demande = await _en_cours(request, m, uow, tx)
        persona = await trouver(uow.session, champs.get("persona"))
        if persona is None or not persona.peut_se_connecter:
            raise RefusPage.de("PSC-PAGE-02")
        moyen = champs.get("moyen")
        row.finie_a = uow.now()
        return await connecter(
            uow, request, m, demande, persona, moyen if moyen in ("MOBILE", "CARD") else persona.personne.auth_mode
        )


@router.post("/{tx}/ecps")
async def par_telephone(tx: str, request: Request) -> Response:
    """An identifier was typed: push a request to the phone and show its two digits."""
    meme_site(request)
    champs = premiers(await formulaire(request))
    m = await monde(request)
    async with m.ctx.transaction(m.bac) as uow:
        row, demande = await _en_cours(request, m, uow, tx)
        client = await clients.lire(uow.session, demande.client_id)
        service = (client.nom or client.client_id) if client else demande.client_id
        persona = await trouver(uow.session, champs.get("id_nat"))
        probleme = _injoignable(m, persona)
        if persona is not None and not probleme:
            pousser_navigateur(uow, m, row, persona, service)
    if probleme:
        demande = Demande.from_json({**demande.to_json(), "login_hint": champs.get("id_nat", "")[:64]})
        lang = parlee(request, m, demande)
        return await _page_de_choix(m, row, demande, service, lang, message=TEXTES[lang][probleme], statut=400)
    return RedirectResponse(f"{m.prefixe}/auth/connexion/{tx}", status_code=303, headers=NO_STORE)


def _injoignable(m: Monde, persona: Persona | None) -> str:
    if persona is None or not persona.peut_se_connecter:
        return "inconnu"
    if not persona.personne.ecps_active or politique_de([persona.politique, m.reglages.ciba_policy]) == "unreachable":
        return "non_enrole"
    return ""


def pousser_navigateur(uow: UnitOfWork, m: Monde, row: ConnexionRow, persona: Persona, service: str) -> None:
    demande = demande_ecps(
        str(uuid.uuid4()),
        persona=persona.personne.slug,
        id_nat=persona.personne.id_nat,
        numero=nombre_a_deux_chiffres(secrets.randbelow(100)),
        service=service,
        origine="navigateur",
        maintenant=uow.now(),
        duree=m.reglages.ecps_ttl,
        politique=politique_de([persona.politique, m.reglages.ciba_policy]),
        reglages=m.reglages,
    )
    uow.session.add(DemandeEcpsRow.de(demande))
    row.demande_ecps = demande.id
    operation("PSC-ECPS", id_nat=persona.personne.id_nat, numero=demande.numero)


@router.get("/{tx}")
async def suivre(tx: str, request: Request) -> Response:
    """The page while the phone is thinking; goes on by itself once it answered."""
    m = await monde(request)
    refus: RefusRedirige | None = None
    async with m.ctx.transaction(m.bac) as uow:
        row, demande = await _en_cours(request, m, uow, tx)
        attendue = await uow.session.get(DemandeEcpsRow, row.demande_ecps) if row.demande_ecps else None
        persona = await trouver(uow.session, attendue.persona) if attendue else None
        client = await clients.lire(uow.session, demande.client_id)
        etat = attendue.to_domain().vue(m.bac.now()).etat if attendue else None
        if etat is Etat.APPROUVEE and persona is not None:
            row.finie_a = uow.now()
            return await connecter(uow, request, m, demande, persona, "MOBILE")
        if etat in (Etat.REFUSEE, Etat.EXPIREE):
            row.finie_a = uow.now()
            refus = demande.refusee("PSC-AUT-20" if etat is Etat.REFUSEE else "PSC-AUT-21")
    if refus is not None:
        noter_oauth(refus, "authorize", client_id=demande.client_id)
        raise refus
    lang = parlee(request, m, demande)
    if attendue is None or persona is None:
        service = (client.nom or client.client_id) if client else demande.client_id
        return await _page_de_choix(m, row, demande, service, lang)
    return page(
        "attente.html",
        langue=lang,
        bac=m.bac.nom,
        numero=attendue.numero,
        personne=f"{persona.personne.prenom} {persona.personne.nom}",
        telephone=f"{m.prefixe}/ecps?persona={persona.personne.slug}",
        action=f"{m.prefixe}/auth/connexion/{tx}",
    )


@router.post("/{tx}/annuler")
async def annuler(tx: str, request: Request) -> Response:
    meme_site(request)
    m = await monde(request)
    async with m.ctx.transaction(m.bac) as uow:
        row, demande = await _en_cours(request, m, uow, tx)
        row.finie_a = uow.now()
        if row.demande_ecps and (attendue := await uow.session.get(DemandeEcpsRow, row.demande_ecps)) is not None:
            attendue.suivre(attendue.to_domain().repondue(False, None, maintenant=uow.now()))
    raise demande.refusee("PSC-AUT-20")
