"""One page of the console: its language, its links, its form token, and what every template is given."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode, urlsplit

import orjson
from fastapi import Depends
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.config import GatewaySettings
from gateway.console.textes import TEXTES, langue
from gateway.control.bacs import clock_view
from gateway.oidc.api.outils import formulaire, premiers
from gateway.registre import Registre
from shared.edge.bac import Bac
from shared.errors import DomainError, Interdit, NonAuthentifie
from shared.web.entree import bac_de
from shared.web.gabarits import Gabarits
from shared.web.problems import depuis_validation

COOKIE_ACCES = "bac-console-acces"
MENU = (
    ("accueil", ""),
    ("bacs", "/bacs"),
    ("personas", "/personas"),
    ("patients", "/patients"),
    ("journal", "/journal"),
    ("evenements", "/evenements"),
    ("horloge", "/horloge"),
    ("fautes", "/fautes"),
    ("clients", "/clients"),
    ("reglages", "/reglages"),
    ("instantanes", "/instantanes"),
)
_ENTETES = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_M = TypeVar("_M", bound=BaseModel)


def _heure(iso: str | None) -> str:
    return (iso or "")[:19].replace("T", " ")


def _joli(valeur: Any) -> str:
    return orjson.dumps(valeur, option=orjson.OPT_INDENT_2, default=str).decode()


def _corps(texte: str) -> str:
    """A JSON body laid out to be read; anything else as it is."""
    try:
        return _joli(orjson.loads(texte)) if texte.lstrip()[:1] in ("{", "[") else texte
    except orjson.JSONDecodeError:
        return texte


_GABARITS = Gabarits(
    Path(__file__).parent / "templates", {"heure": _heure, "joli": _joli, "corps": _corps}, lstrip_blocks=True
)


class AccesDemande(NonAuthentifie):
    """Beyond the loopback the console wants the control token once, on a page of its own."""

    regle = "BAC-CTL-04"


@dataclass(frozen=True, slots=True)
class Ecran:
    request: Request
    bac: Bac
    registre: Registre
    lang: str

    @classmethod
    def de(cls, request: Request) -> "Ecran":
        parlee = langue(request.query_params.get("lang"), request.headers.get("accept-language"))
        return cls(request, bac_de(request.scope), request.app.state.registre, parlee)

    @property
    def racine(self) -> str:
        """The path of the bac (``""`` or ``/bac/ci-1``)."""
        return urlsplit(self.bac.base_url).path.rstrip("/")

    @property
    def racine_publique(self) -> str:
        """The root of the instance as this caller reached it, whatever the bac."""
        return self.bac.base_url.removesuffix(f"/bac/{self.bac.nom}")

    @property
    def textes(self) -> dict[str, str]:
        return TEXTES[self.lang]

    def lien(self, chemin: str = "", **query: Any) -> str:
        """A page of this console; a language chosen by hand is kept."""
        parametres = {k: v for k, v in query.items() if v not in (None, "")}
        if "lang" not in parametres and self.request.query_params.get("lang") in TEXTES:
            parametres["lang"] = self.lang
        return f"{self.racine}/console{chemin}" + (f"?{urlencode(parametres)}" if parametres else "")

    def dans_l_autre_langue(self) -> str:
        autre = "en" if self.lang == "fr" else "fr"
        if self.request.method != "GET":
            return self.lien(lang=autre)
        gardes = {k: v for k, v in self.request.query_params.items() if k != "fait"}
        return self.lien(self._chemin, **{**gardes, "lang": autre})

    def ici(self, **changes: Any) -> str:
        """This page with its filters, and these changes."""
        gardes = {k: v for k, v in self.request.query_params.items() if k != "fait"}
        return self.lien(self._chemin, **{**gardes, **changes})

    def page(self, gabarit: str, *, statut: int = 200, rafraichir: int | None = None, **valeurs: Any) -> HTMLResponse:
        """Render a template; what it shows is escaped by the template engine."""
        alea = secrets.token_urlsafe(16)
        temoin = self.request.cookies.get(self._nom_temoin) or secrets.token_urlsafe(24)
        fait = self.textes.get(f"fait_{self.request.query_params.get('fait', '')}")
        html = _GABARITS.rendre(
            gabarit,
            t=self.textes,
            lang=self.lang,
            e=self,
            bac=self.bac,
            horloge=clock_view(self.registre.connu(self.bac.nom)),
            menu=MENU,
            ici=self._rubrique,
            alea=alea,
            jeton=self._empreinte(temoin),
            rafraichir=rafraichir,
            fait=fait,
            **valeurs,
        )
        csp = (
            f"default-src 'none'; style-src 'nonce-{alea}'; img-src data:; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        )
        reponse = HTMLResponse(
            html, statut, headers={**_ENTETES, "Content-Language": self.lang, "Content-Security-Policy": csp}
        )
        if self._nom_temoin not in self.request.cookies:
            self._poser(reponse, self._nom_temoin, temoin, f"{self.racine}/console")
        return reponse

    def vers(self, chemin: str, fait: str) -> Response:
        """After a form: the page that shows its effect."""
        return RedirectResponse(self.lien(chemin, fait=fait), status_code=303, headers={"Cache-Control": "no-store"})

    async def formulaire(self) -> dict[str, str]:
        """The fields sent, once the token that only a page of this bac carries is checked; empty ones left out."""
        champs = premiers(await formulaire(self.request))
        temoin = self.request.cookies.get(self._nom_temoin, "")
        if not temoin or not hmac.compare_digest(champs.pop("jeton", "").encode(), self._empreinte(temoin).encode()):
            raise Interdit(
                "this form was not made by a page of this bac's console: open the page again",
                "ce formulaire ne vient pas d'une page de la console de ce bac : rouvrez la page",
                regle="BAC-CTL-05",
                champ="jeton",
            )
        return {k: v.strip() for k, v in champs.items() if v.strip()}

    @staticmethod
    def meme_secret(donne: str, attendu: str) -> bool:
        return bool(attendu) and hmac.compare_digest(donne.encode(), attendu.encode())

    def ouvrir_l_acces(self, reponse: Response) -> Response:
        self._poser(reponse, COOKIE_ACCES, empreinte_acces(self.registre.settings), "/")
        return reponse

    @property
    def _chemin(self) -> str:
        return self.request.url.path.removeprefix("/console")

    @property
    def _rubrique(self) -> str:
        """``/patients`` on every page under it."""
        return "/".join(self._chemin.split("/")[:2])

    @property
    def _nom_temoin(self) -> str:
        return f"bac-{self.bac.nom}-console"

    def _empreinte(self, temoin: str) -> str:
        """What a form of this bac carries: unknown to whoever could only plant the cookie."""
        cle = self.registre.settings.secret.get_secret_value().encode()
        return hmac.new(cle, f"{self.bac.nom}:{temoin}".encode(), hashlib.sha256).hexdigest()

    def _poser(self, reponse: Response, nom: str, valeur: str, path: str) -> None:
        sur = self.bac.base_url.startswith("https:")
        reponse.set_cookie(nom, valeur, path=path, httponly=True, samesite="strict", secure=sur)


async def _ecran(request: Request) -> Ecran:
    return Ecran.de(request)


EcranDep = Annotated[Ecran, Depends(_ecran)]


def construire(modele: type[_M], valeurs: dict[str, Any]) -> _M:
    """The body the control API would take, from the fields of a form."""
    try:
        return modele.model_validate(valeurs)
    except ValidationError as error:
        raise depuis_validation(list(error.errors())) from error


def empreinte_acces(settings: GatewaySettings) -> str:
    jeton = settings.jeton_de_controle.get_secret_value() if settings.jeton_de_controle else ""
    return hmac.new(jeton.encode(), b"console", hashlib.sha256).hexdigest()


async def exiger_l_acces(request: Request) -> None:
    """Anyone on the loopback; elsewhere whoever showed the control token (architecture §11.7)."""
    settings: GatewaySettings = request.app.state.registre.settings
    if settings.libre:
        return
    attendu = settings.jeton_de_controle.get_secret_value() if settings.jeton_de_controle else ""
    schema, _, donne = request.headers.get("authorization", "").partition(" ")
    porteur = schema.lower() == "bearer" and Ecran.meme_secret(donne, attendu)
    temoin = bool(attendu) and Ecran.meme_secret(request.cookies.get(COOKIE_ACCES, ""), empreinte_acces(settings))
    if not (porteur or temoin):
        raise AccesDemande(
            "the console wants the control token of this instance",
            "la console veut le jeton de contrôle de cette instance",
            champ="Authorization",
        )


def rendu(erreur: DomainError, request: Request) -> Response:
    """A refusal as a page of the console: why, in the page's language, and the way back."""
    e = Ecran.de(request)
    if isinstance(erreur, AccesDemande):
        return e.page("acces.html", statut=401, faux=False)
    return e.page("refus.html", statut=erreur.status, erreur=erreur)
