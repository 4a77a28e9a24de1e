"""What every endpoint of the provider needs: parameters, cookies, the bac's world, and the dialect of refusals."""

import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.oidc.domain.refus import RefusOAuth, RefusPage, RefusRedirige, url_de_reponse
from gateway.oidc.domain.reglages import Reglages
from gateway.oidc.domain.regles.ordres import examinees
from gateway.oidc.fournisseur import Fournisseur, fournisseur
from gateway.oidc.pages import page_envoi, page_erreur
from gateway.oidc.textes import langue
from shared.auth.tokens import REALM
from shared.decision import Decision, noter
from shared.edge.bac import Bac
from shared.errors import DomainError, Interdit, Invalide, TropGros
from shared.web.deps import contexte
from shared.web.entree import bac_de
from shared.web.problems import probleme
from shared.web.reponses import JSONReponse

if TYPE_CHECKING:
    from shared.service import Contexte

CORPS_MAX = 65_536
CHAMPS_MAX = 100
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@dataclass(frozen=True, slots=True)
class Monde:
    """The running gateway as one request sees it."""

    ctx: "Contexte"
    bac: Bac
    psc: Fournisseur
    reglages: Reglages
    langue: str

    @property
    def issuer(self) -> str:
        return self.bac.base_url + REALM

    @property
    def prefixe(self) -> str:
        """The path of the bac (``""`` or ``/bac/ci-1``), for links and cookies."""
        return urlsplit(self.bac.base_url).path

    @property
    def strict(self) -> bool:
        return self.bac.reglages.profil == "homologation"


async def monde(request: Request) -> Monde:
    ctx, bac = contexte(request), bac_de(request.scope)
    psc = fournisseur(ctx)
    parlee = langue(request.query_params.get("ui_locales"), request.headers.get("accept-language"))
    return Monde(ctx, bac, psc, await psc.reglages(bac), parlee)


async def monde_muet(request: Request) -> Monde:
    """The same for an answer that holds no sentence: nobody's language is looked up."""
    ctx, bac = contexte(request), bac_de(request.scope)
    psc = fournisseur(ctx)
    return Monde(ctx, bac, psc, await psc.reglages(bac), "fr")


async def formulaire(request: Request) -> list[tuple[str, str]]:
    """The fields of a form body, in order and with repetitions; anything but a form has none (PSC §2.4 row 1)."""
    morceaux: list[bytes] = []
    taille = 0
    async for morceau in request.stream():
        taille += len(morceau)
        if taille > CORPS_MAX:
            raise TropGros(
                f"A form of this provider holds at most {CORPS_MAX} bytes.",
                f"Un formulaire de ce fournisseur compte au plus {CORPS_MAX} octets.",
                regle="PSC-REQ-01",
            )
        morceaux.append(morceau)
    if not request.headers.get("content-type", "").lower().startswith("application/x-www-form-urlencoded"):
        return []
    return analyser(b"".join(morceaux).decode("utf-8", "replace"))


def analyser(texte: str) -> list[tuple[str, str]]:
    """URL-encoded text as pairs; refuses what no database could keep."""
    try:
        champs = parse_qsl(texte, keep_blank_values=True, max_num_fields=CHAMPS_MAX)
    except ValueError:
        raise Invalide(
            f"At most {CHAMPS_MAX} parameters.", f"Au plus {CHAMPS_MAX} paramètres.", regle="PSC-REQ-02"
        ) from None
    for nom, valeur in champs:
        if "\0" in nom or "\0" in valeur:
            raise Invalide(
                "A parameter contains a NUL character.",
                "Un paramètre contient un caractère NUL.",
                regle="PSC-REQ-03",
                champ=nom.replace("\0", "")[:100],
            )
    return champs


def premiers(champs: list[tuple[str, str]]) -> dict[str, str]:
    """The first value of each field."""
    return dict(reversed(champs))


def meme_site(request: Request) -> None:
    """A page of another site may not press our buttons (the edge checks the Host)."""
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise Interdit(
            "This form was sent from another site.",
            "Ce formulaire a été envoyé depuis un autre site.",
            regle="PSC-REQ-04",
        )


def noter_oauth(refus: RefusOAuth, point: str, **entrees: object) -> None:
    """Leave the refusal in the journal: what it looked at, the rules that let it through, the row that decided."""
    refus.avec(**{k: v for k, v in entrees.items() if k not in refus.vues})
    ligne = {
        "regle": refus.regle,
        "error": refus.error,
        "error_description": refus.description,
        "http": refus.status,
        "source": refus.source,
    }
    noter(
        Decision(
            refus.regle,
            "refuse",
            refus.fr,
            refus.en,
            dict(refus.vues),
            examinees=examinees(point, refus.regle),
            ligne=ligne,
            source=refus.source,
        )
    )


def rendre_oauth(erreur: DomainError, request: Request) -> Response:
    """The dialect of the provider: a redirection, a page or an OAuth error object."""
    bac = bac_de(request.scope)
    parlee = langue(request.query_params.get("ui_locales"), request.headers.get("accept-language"))
    if isinstance(erreur, RefusRedirige):
        return vers_le_client(
            erreur.redirect_uri,
            erreur.reponse(bac.base_url + REALM),
            response_mode=erreur.response_mode,
            parlee=parlee,
        )
    if isinstance(erreur, RefusPage):
        return page_erreur(erreur, langue=parlee, bac=bac.nom, base=bac.base_url)
    if isinstance(erreur, RefusOAuth):
        return JSONReponse(erreur.corps(), status_code=erreur.status, headers={**NO_STORE, **erreur.entetes})
    if erreur.status >= 500 or "/protocol/" not in request.url.path:
        return probleme(erreur, request)
    corps = {
        "error": "invalid_request",
        "error_description": erreur.en,
        "regle": erreur.regle,
        "explication": {"fr": erreur.fr, "en": erreur.en},
    }
    return JSONReponse(corps, status_code=erreur.status, headers={**NO_STORE, **erreur.entetes})


def vers_le_client(redirect_uri: str, champs: dict[str, str], *, response_mode: str, parlee: str) -> Response:
    """Give the answer to the client, the way its request asked."""
    if response_mode == "form_post":
        return page_envoi(redirect_uri, champs, langue=parlee)
    cible = url_de_reponse(redirect_uri, champs, response_mode)
    return RedirectResponse(cible, status_code=302, headers={**NO_STORE, "Referrer-Policy": "no-referrer"})


# ── cookies: the bac in the name, and in what the server compares (architecture §11.2) ──


def nom_cookie(bac: Bac, usage: str) -> str:
    return f"bac-{bac.nom}-{usage}"


def empreinte(bac: Bac, valeur: str) -> str:
    """What is kept of a cookie: useless to another bac even when its space was copied from this one."""
    return hmac.new(bac.nom.encode(), valeur.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def sha256(valeur: str) -> str:
    return hashlib.sha256(valeur.encode("utf-8", "replace")).hexdigest()


def poser_cookie(reponse: Response, m: Monde, usage: str, valeur: str) -> None:
    reponse.set_cookie(
        nom_cookie(m.bac, usage),
        valeur,
        path=f"{m.prefixe}/auth",
        httponly=True,
        samesite="lax",
        secure=m.bac.base_url.startswith("https:"),
    )


def oter_cookie(reponse: Response, m: Monde, usage: str) -> None:
    reponse.delete_cookie(nom_cookie(m.bac, usage), path=f"{m.prefixe}/auth", httponly=True, samesite="lax")


def cookie(request: Request, bac: Bac, usage: str) -> str | None:
    return request.cookies.get(nom_cookie(bac, usage))


def alea() -> str:
    return secrets.token_urlsafe(32)


@asynccontextmanager
async def lire(m: Monde) -> AsyncIterator[AsyncSession]:
    """A read-only view of the bac's space."""
    async with (await m.ctx.spaces.open(m.bac.nom)).lecture() as session:
        yield session
