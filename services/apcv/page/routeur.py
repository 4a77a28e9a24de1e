"""The virtual phone as pages: every form calls the use case that the API calls, then shows the phone again."""

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.apcv.api import resources
from services.apcv.api.deverrouillage import avec_code
from services.apcv.api.png import en_url
from services.apcv.api.schemas import Activer, Matricule, TelephoneIn
from services.apcv.api.texte import MOTIF, adresse_propre
from services.apcv.domain import recu as recus_regles
from services.apcv.domain.appli import Appli, Telephone
from services.apcv.heure import PARIS
from services.apcv.page.textes import TEXTES, langue
from services.apcv.store import applis, assures, contextes
from services.apcv.usecases import delegations, recus, telephone
from services.apcv.usecases.contextes import carte_de
from services.apcv.usecases.telephone import Presentation
from shared.db.unit_of_work import UnitOfWork
from shared.edge.bac import Bac
from shared.errors import DomainError, Interdit
from shared.web.deps import BacDep, IdsDep, LectureDep, UowDep, contexte
from shared.web.entree import bac_de
from shared.web.gabarits import Gabarits

_GABARITS = Gabarits(Path(__file__).parent / "templates")
_ENTETES = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class AutreSite(Interdit):
    slug = "autre-site"
    regle = "APCV-TEL-03"


async def meme_site(request: Request) -> None:
    """A form of another site must not drive the phone."""
    if request.method != "POST":
        return
    site, origine = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    maison = {request.headers.get("host"), urlsplit(bac_de(request.scope).base_url).netloc}
    if site not in (None, "same-origin", "none") or (
        site is None and origine is not None and urlsplit(origine).netloc not in maison
    ):
        raise AutreSite("This form comes from another site.", "Ce formulaire vient d'un autre site.", champ="Origin")


router = APIRouter(
    prefix="/apcv/phone", include_in_schema=False, dependencies=[Depends(adresse_propre), Depends(meme_site)]
)


def rendu(erreur: DomainError, request: Request) -> Response:
    """A refusal as a page: both languages, the rule, the way back."""
    lang = langue(request.query_params.get("lang"), request.headers.get("accept-language"))
    appli = request.path_params.get("appli_id")
    bac = bac_de(request.scope)
    retour = f"{_racine(bac)}/{appli}" if appli and not isinstance(erreur, applis.AppliInconnue) else _racine(bac)
    valeurs = {
        "texte": erreur.fr if lang == "fr" else erreur.en,
        "autre_texte": erreur.en if lang == "fr" else erreur.fr,
        "regle": erreur.regle,
        "retour": retour,
    }
    return _page("refus.html", request, bac, statut=erreur.status, **valeurs)


@router.get("")
async def accueil(
    request: Request,
    session: LectureDep,
    bac: BacDep,
    nir: Annotated[str, Query(max_length=21)] = "",
    nom: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    trouvees = await applis.toutes(session, nom=nom.strip().upper() or None)
    connus = await assures.plusieurs(session, tuple({a.matricule_ins for a in trouvees}), bac.reglages.oid_mode)
    fiches = [resources.appli(a, connus.get(a.matricule_ins)) for a in trouvees]
    fiches.sort(key=lambda a: (a["nom"] or "", a["prenom"] or "", a["etat"] != "ACTIVE", a["id"]))
    return _page("accueil.html", request, bac, applis=fiches, nir=nir, nom=nom)


@router.post("/activation")
async def activer(
    request: Request,
    uow: UowDep,
    nir: Annotated[Matricule, Form()],
    email: Annotated[str, Form(max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$")],
    voie: Annotated[Literal["cnie", "video"], Form()] = "cnie",
    modele: Annotated[str, Form(max_length=60, pattern=MOTIF)] = "Android",
) -> Response:
    demande = Activer(nir=nir, email=email, voie=voie, telephone=TelephoneIn(modele=modele))
    tel = Telephone(modele, demande.telephone.a_nfc())
    return _vers(request, uow.bac, (await telephone.demander(uow, nir, email, voie, tel)).appli_id)


@router.get("/{appli_id}")
async def voir(appli_id: str, request: Request, session: LectureDep, bac: BacDep) -> Response:
    return await _telephone(request, session, bac, appli_id)


@router.post("/{appli_id}/code-email")
async def confirmer_email(
    appli_id: str, request: Request, uow: UowDep, code: Annotated[str, Form(max_length=20)]
) -> Response:
    await telephone.confirmer_email(uow, appli_id, code)
    return _vers(request, uow.bac, appli_id)


@router.post("/{appli_id}/identite")
async def prouver_identite(appli_id: str, request: Request, uow: UowDep) -> Response:
    await telephone.prouver_identite(uow, appli_id)
    return _vers(request, uow.bac, appli_id)


@router.post("/{appli_id}/operateur")
async def decider(
    appli_id: str, request: Request, uow: UowDep, accepte: Annotated[Literal["oui", "non"], Form()]
) -> Response:
    await telephone.decider(uow, appli_id, accepte == "oui")
    return _vers(request, uow.bac, appli_id)


@router.post("/{appli_id}/code-secret")
async def choisir_code(
    appli_id: str, request: Request, uow: UowDep, code: Annotated[str, Form(max_length=20)]
) -> Response:
    await telephone.choisir_code(uow, appli_id, code)
    return _vers(request, uow.bac, appli_id)


@router.post("/{appli_id}/presentation")
async def presenter(
    appli_id: str,
    request: Request,
    bac: BacDep,
    code: Annotated[str, Form(max_length=20)],
    mode: Annotated[Literal["qr", "nfc"], Form()] = "qr",
    delegation: Annotated[str, Form(max_length=36, pattern=MOTIF)] = "",
) -> Response:
    async def montrer(uow: UnitOfWork, appli: Appli) -> Presentation:
        return await telephone.presenter(uow, appli, mode, delegation_id=delegation or None)

    ctx = contexte(request)
    montree = await avec_code(ctx, bac, appli_id, code, montrer)
    async with (await ctx.spaces.open(bac.nom)).lecture() as session:
        return await _telephone(request, session, bac, appli_id, montree)


@router.post("/{appli_id}/recus/{recu_id}")
async def telecharger(appli_id: str, recu_id: str, request: Request, uow: UowDep) -> Response:
    await recus.telecharger(uow, await applis.trouver(uow.session, appli_id), recu_id)
    return _vers(request, uow.bac, appli_id)


@router.post("/{appli_id}/delegations")
async def deleguer(
    appli_id: str,
    request: Request,
    bac: BacDep,
    ids: IdsDep,
    delegue: Annotated[Matricule, Form()],
    fin: Annotated[date, Form()],
    code: Annotated[str, Form(max_length=20)],
    beneficiaires: Annotated[list[Matricule], Form()],
    copie: Annotated[str, Form(max_length=3)] = "",
) -> Response:
    jusqua = datetime.combine(fin, time.max, UTC)

    async def proposer(uow: UnitOfWork, appli: Appli) -> None:
        await delegations.proposer(uow, ids, appli, delegue, tuple(beneficiaires), jusqua, copie_recu=copie == "oui")

    await avec_code(contexte(request), bac, appli_id, code, proposer)
    return _vers(request, bac, appli_id)


@router.post("/{appli_id}/delegations/{delegation_id}")
async def repondre_delegation(
    appli_id: str,
    delegation_id: str,
    request: Request,
    uow: UowDep,
    geste: Annotated[Literal["accepter", "refuser", "revoquer"], Form()],
) -> Response:
    appli = await applis.trouver(uow.session, appli_id)
    gestes = {
        "accepter": delegations.accepter,
        "refuser": delegations.refuser,
        "revoquer": delegations.revoquer_delegation,
    }
    await gestes[geste](uow, appli, delegation_id)
    return _vers(request, uow.bac, appli_id)


@router.post("/{appli_id}/etat")
async def changer_etat(
    appli_id: str, request: Request, uow: UowDep, etat: Annotated[Literal["OPPOSEE", "DESACTIVEE"], Form()]
) -> Response:
    if etat == "OPPOSEE":
        await telephone.opposer(uow, appli_id, "perte")
    else:
        await telephone.desactiver(uow, appli_id)
    return _vers(request, uow.bac, appli_id)


async def _telephone(
    request: Request, session: AsyncSession, bac: Bac, appli_id: str, montree: Presentation | None = None
) -> Response:
    appli = await applis.trouver(session, appli_id)
    mode = bac.reglages.oid_mode
    assure = await assures.trouver(session, appli.matricule_ins, mode)
    donnees = [resources.delegation(d) for d in await applis.delegations_de(session, appli.matricule_ins)]
    gens = tuple({d[qui] for d in donnees for qui in ("titulaire", "delegue")})
    noms = {m: f"{a.prenom} {a.nom_naissance}" for m, a in (await assures.plusieurs(session, gens, mode)).items()}
    for d in donnees:
        d["titulaire_nom"], d["delegue_nom"] = noms.get(d["titulaire"], "?"), noms.get(d["delegue"], "?")
    moi = appli.matricule_ins
    valeurs: dict[str, Any] = {
        "appli": resources.appli(appli, assure),
        "ici": f"{_racine(bac)}/{appli_id}",
        "code_email": appli.code_email,
        "montree": _montree(montree),
        "cartes": [d for d in donnees if d["delegue"] == moi and d["etat"] == "ACCEPTEE"],
        "delegations": donnees,
        "beneficiaires": await carte_de(session, bac, assure) if assure else (),
        "recus": [recus_regles.en_json(r, moi) for r in await recus.lister(session, bac, appli)],
        "usages": [resources.usage(c) for c in await contextes.usages(session, moi, 10)],
    }
    return _page("telephone.html", request, bac, **valeurs)


def _montree(p: Presentation | None) -> dict[str, Any] | None:
    if p is None:
        return None
    heure = f"{p.expire_le.astimezone(PARIS):%H:%M:%S}"
    return {"mode": p.mode, "donnees": p.donnees, "png": en_url(p.donnees), "heure": heure}


def _racine(bac: Bac) -> str:
    """The path of the phone page in this bac."""
    return f"{urlsplit(bac.base_url).path.rstrip('/')}/apcv/phone"


def _page(gabarit: str, request: Request, bac: Bac, *, statut: int = 200, **valeurs: Any) -> HTMLResponse:
    demandee = request.query_params.get("lang")
    lang = langue(demandee, request.headers.get("accept-language"))
    commun = {"t": TEXTES[lang], "langue": lang, "q": f"?lang={lang}" if demandee else "", "bac": bac.nom}
    html = _GABARITS.rendre(gabarit, **commun, racine=_racine(bac), **valeurs)
    return HTMLResponse(html, status_code=statut, headers=_ENTETES)


def _vers(request: Request, bac: Bac, appli_id: str) -> Response:
    """After a form, the phone again (303), in the same language."""
    lang = request.query_params.get("lang")
    suite = f"?lang={langue(lang, None)}" if lang else ""
    return RedirectResponse(f"{_racine(bac)}/{appli_id}{suite}", status_code=303)
