"""What every page of /mes shares: rendering, refusals, the session behind its cookie, forms of this site only."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.dmp.api.appel import ecrire_bac, reglages
from services.dmp.api.texte import est_propre
from services.dmp.domain.situation import Acteur, TypeActeur
from services.dmp.page.textes import TEXTES, Langue, langue
from services.dmp.store import dossiers
from services.dmp.store.mes import SessionMesRow
from services.dmp.usecases import citoyen
from services.dmp.usecases.visite import Appel, Visite
from shared.db.unit_of_work import UnitOfWork
from shared.edge.bac import Bac
from shared.errors import DomainError, Interdit, Invalide
from shared.web.entree import bac_de
from shared.web.gabarits import Gabarits

T = TypeVar("T")

DUREE: Final = timedelta(hours=2)
_GABARITS: Final = Gabarits(Path(__file__).parent / "templates")
ENTETES: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class AutreSite(Interdit):
    """A form of another site must not act in somebody's space."""

    slug = "autre-site"
    regle = "MES-WEB-01"


class PasDeSession(Interdit):
    regle = "MES-WEB-02"


async def meme_site(request: Request) -> None:
    if request.method != "POST":
        return
    site, origine = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    maison = {request.headers.get("host"), urlsplit(bac_de(request.scope).base_url).netloc}
    if site not in (None, "same-origin", "none") or (
        site is None and origine is not None and urlsplit(origine).netloc not in maison
    ):
        raise AutreSite("this form comes from another site", "ce formulaire vient d'un autre site", champ="Origin")
    formulaire = await request.form()
    if not all(est_propre(v) for _, v in formulaire.multi_items()):
        raise Invalide("NUL is not a character here", "le caractère NUL est refusé", regle="BAC-REQ-03")


def racine(bac: Bac) -> str:
    return f"{urlsplit(bac.base_url).path}/mes"


def langue_de(request: Request) -> Langue:
    return langue(request.query_params.get("lang"), request.headers.get("accept-language"))


def page(gabarit: str, request: Request, bac: Bac, *, statut: int = 200, **valeurs: Any) -> Response:
    lang = langue_de(request)
    corps = _GABARITS.rendre(gabarit, t=TEXTES[lang], langue=lang, bac=bac.nom, racine=racine(bac), **valeurs)
    return HTMLResponse(corps, statut, headers=ENTETES)


def rendu(erreur: DomainError, request: Request) -> Response:
    """A refusal as a page: both languages, the rule, the way back."""
    lang = langue_de(request)
    return page(
        "refus.html",
        request,
        bac_de(request.scope),
        statut=erreur.status,
        texte=erreur.fr if lang == "fr" else erreur.en,
        autre_texte=erreur.en if lang == "fr" else erreur.fr,
        regle=erreur.regle,
    )


def retour(bac: Bac) -> Response:
    return RedirectResponse(racine(bac), 303, headers=ENTETES)


def cookie(bac: Bac) -> str:
    """The cookie carries the bac in its name; its value only exists in that bac's own database (ruling 11.2)."""
    return f"mes_{bac.nom}"


async def session_de(uow: UnitOfWork, request: Request) -> SessionMesRow | None:
    valeur = request.cookies.get(cookie(uow.bac))
    if not valeur:
        return None
    row = await uow.session.get(SessionMesRow, hashlib.sha256(valeur.encode()).hexdigest())
    return row if row is not None and uow.now() < row.expire_le else None


async def chez(uow: UnitOfWork, request: Request, *, actif: bool = True) -> Visite:
    """The visit of whoever is signed in to this browser, to the space being looked at."""
    row = await session_de(uow, request)
    if row is None:
        raise PasDeSession("nobody is signed in here", "personne n'est connecté ici")
    moi = await dossiers.dossier(uow.session, row.matricule_ins)
    nom = f"{moi.prenom} {moi.nom_naissance}".strip() if moi else None
    acteur = Acteur(TypeActeur.PATIENT, row.matricule_ins, nom)
    appel = Appel(acteur, uow.bac, reglages(request), logiciel="Mon espace santé")
    return await citoyen.chez(uow, appel, row.profil if row.profil != row.matricule_ins else None, actif=actif)


async def agir(request: Request, bac: Bac, faire: Callable[[UnitOfWork], Awaitable[T]]) -> Response:
    await ecrire_bac(request, bac, faire)
    return retour(bac)
