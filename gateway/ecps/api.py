"""``/ecps``: the phone of a professional. It shows the number, takes the PIN, approves or refuses (PSC §4.3)."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.oidc import sso
from gateway.oidc.api.outils import NO_STORE, formulaire, lire, meme_site, monde, premiers
from gateway.oidc.domain.connexion import Etat
from gateway.oidc.pages import page
from gateway.oidc.textes import TEXTES
from gateway.personas.repertoire import lister, trouver
from gateway.store.psc import DemandeEcpsRow
from shared.decision import operation

router = APIRouter(tags=["e-CPS"], include_in_schema=False)


@router.get("/ecps")
async def telephone(request: Request) -> Response:
    return await _ecran(request, request.query_params.get("persona"))


async def _ecran(request: Request, cle: str | None, *, message: str = "", statut: int = 200) -> Response:
    m = await monde(request)
    async with lire(m) as session:
        persona = await trouver(session, cle)
        tous = [] if persona else await lister(session)
        rows = await sso.demandes_en_attente(session, persona.personne.slug, m.bac.now()) if persona else []
    if cle and persona is None:
        message, statut = TEXTES[m.langue]["inconnu"], 404
    return page(
        "telephone.html",
        langue=m.langue,
        bac=m.bac.nom,
        statut=statut,
        chemin=f"{m.prefixe}/ecps",
        personne=persona.personne if persona else None,
        demandes=[r.to_domain() for r in rows],
        personas=[p.personne for p in tous if p.peut_se_connecter and p.personne.ecps_active],
        pin_demo=persona.pin if persona else "",
        message=message,
    )


@router.post("/ecps/demandes/{id_}")
async def repondre(id_: str, request: Request) -> Response:
    """Approve with the PIN, or refuse."""
    meme_site(request)
    champs = premiers(await formulaire(request))
    m = await monde(request)
    async with m.ctx.transaction(m.bac) as uow:
        demande = await uow.session.get(DemandeEcpsRow, id_) if len(id_) <= 36 and "\0" not in id_ else None
        persona = await trouver(uow.session, demande.persona) if demande else None
        if demande is None or persona is None:
            row = None
        else:
            en_attente = demande.to_domain().vue(uow.now()).etat is Etat.ATTENTE
            row = await sso.repondre_demande(
                uow,
                id_,
                accord=champs.get("decision") == "approuver",
                pin=champs.get("pin"),
                pin_attendu=persona.pin,
            )
    if row is None or persona is None:
        return await _ecran(request, None, message=TEXTES[m.langue]["trop_tard"], statut=404)
    operation("ECPS-REPONSE", id_nat=row.id_nat, etat=row.etat)
    slug = persona.personne.slug
    if not en_attente:
        return await _ecran(request, slug, message=TEXTES[m.langue]["trop_tard"], statut=409)
    if champs.get("decision") == "approuver" and row.etat != Etat.APPROUVEE.value:
        return await _ecran(request, slug, message=TEXTES[m.langue]["mauvais_pin"], statut=400)
    return RedirectResponse(f"{m.prefixe}/ecps?persona={slug}", status_code=303, headers=NO_STORE)
