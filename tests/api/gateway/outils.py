"""A small world around the provider: browsers with cookies, a client's server, and what they do most."""

import html
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from fastapi import FastAPI

from gateway.config import GatewaySettings
from gateway.oidc import installation
from gateway.oidc.fournisseur import fournisseur
from gateway.store import Base
from gateway.store.base import CENTRAL
from shared.db.spaces import Graine
from shared.events.bus import Bus
from shared.service import Contexte, Face, Service, application
from shared.web.asgi import ASGIApp, Receive, Scope, Send
from tests.banc import REFERENCE, Banc

__all__ = ["CLIENT", "RETOUR", "GatewaySettings", "Psc", "create_app"]

CLIENT = ("lps-demo-bas", "secret-lps-demo")
RETOUR = "http://127.0.0.1:8080/callback"
REALM = "/auth/realms/esante-wallet/protocol/openid-connect"
SERVICE = Service(
    nom="gateway",
    metadata=Base.metadata,
    migrations="gateway.migrations",
    semer=installation.semer,
    abonnements=installation.ABONNEMENTS,
)


def create_app(settings: GatewaySettings, *, bus: Bus, passerelle: ASGIApp) -> FastAPI:
    async def au_depart(ctx: Contexte) -> None:
        fournisseur(ctx).reserve.taille = 0  # keys made ahead are for bacs to come; a test has one
        if CENTRAL not in await ctx.spaces.noms():
            await ctx.spaces.create(CENTRAL, Graine("vide", REFERENCE))

    return application(
        SERVICE,
        settings,
        lambda: Face(installation.routers(), installation.surfaces()),
        titre="gateway",
        description="",
        bus=bus,
        passerelle=passerelle,
        au_depart=au_depart,
        a_l_arret=installation.arreter,
    )


class Navigateur(httpx.AsyncClient):
    """A browser or a server: paths are those of its bac; redirections to the client are looked at, not followed."""

    def __init__(self, app: ASGIApp, bac: str) -> None:
        super().__init__(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1:8400")
        self._prefixe = f"/bac/{bac}"

    def build_request(self, method: str, url: Any, **kwargs: Any) -> httpx.Request:
        if str(url).startswith("/") and not str(url).startswith("/bac/"):
            url = self._prefixe + str(url)
        return super().build_request(method, url, **kwargs)


class Psc:
    """The provider under test, its default browser, and the moves of a client."""

    def __init__(self, b: Banc) -> None:
        self.b = b
        self._ouverts: list[httpx.AsyncClient] = []
        self.web = self.navigateur()
        self.serveur = self.navigateur()

    def _porte(self) -> ASGIApp:
        async def porte(scope: Scope, receive: Receive, send: Send) -> None:
            prefixe = f"/bac/{self.b.bac.nom}"
            path = scope["path"].removeprefix(prefixe)
            internes = [(k.lower().encode(), v.encode()) for k, v in self.b._entetes.items()]
            propres = [(k, v) for k, v in scope["headers"] if not k.startswith(b"bac-")]
            await self.b.app({**scope, "path": path, "headers": [*propres, *internes]}, receive, send)

        return porte

    def navigateur(self) -> httpx.AsyncClient:
        """A browser with its own cookies."""
        client = Navigateur(self._porte(), self.b.bac.nom)
        self._ouverts.append(client)
        return client

    async def fermer(self) -> None:
        for client in self._ouverts:
            await client.aclose()

    def url_autorisation(self, **changes: str | None) -> str:
        parametres = {
            "response_type": "code",
            "client_id": CLIENT[0],
            "redirect_uri": RETOUR,
            "scope": "openid scope_all",
            "acr_values": "eidas1",
            "state": "9b1d",
            "nonce": "5f0e",
            **changes,
        }
        return "/auth?" + urlencode({k: v for k, v in parametres.items() if v is not None})

    async def autoriser(self, web: httpx.AsyncClient | None = None, **changes: str | None) -> httpx.Response:
        return await (web or self.web).get(self.url_autorisation(**changes))

    async def controle(self, method: str, path: str, json: Any = None) -> Any:
        answer = await self.serveur.request(method, f"/_bac/{path}", json=json)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    async def prevoir(self, persona: str = "exemple-un-mg", outcome: str = "approve") -> None:
        await self.controle("POST", "psc/next-login", {"persona": persona, "outcome": outcome})

    async def code(self, persona: str = "exemple-un-mg", web: httpx.AsyncClient | None = None, **changes: Any) -> str:
        """A fresh authorization code, by a queued login."""
        await self.prevoir(persona)
        answer = await self.autoriser(web, **changes)
        return retour(answer)["code"]

    async def jeton(self, *, client: tuple[str, str] | None = CLIENT, **champs: Any) -> httpx.Response:
        auth = httpx.BasicAuth(*client) if client else None
        return await self.serveur.post(f"{REALM}/token", data=champs, auth=auth or httpx.USE_CLIENT_DEFAULT)

    async def echanger(self, code: str, **champs: Any) -> httpx.Response:
        return await self.jeton(grant_type="authorization_code", code=code, redirect_uri=RETOUR, **champs)

    async def rafraichir(self, refresh_token: str, **champs: Any) -> httpx.Response:
        return await self.jeton(grant_type="refresh_token", refresh_token=refresh_token, **champs)

    async def connexion(self, persona: str = "exemple-un-mg", **changes: Any) -> dict[str, Any]:
        """A whole login: the token set."""
        answer = await self.echanger(await self.code(persona, **changes))
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    async def userinfo(self, access_token: str) -> httpx.Response:
        return await self.serveur.get(f"{REALM}/userinfo", headers={"Authorization": f"Bearer {access_token}"})

    async def introspecter(self, token: str, client: tuple[str, str] = CLIENT) -> dict[str, Any]:
        answer = await self.serveur.post(
            f"{REALM}/token/introspect", data={"token": token}, auth=httpx.BasicAuth(*client)
        )
        assert answer.status_code == 200, answer.text
        vue: dict[str, Any] = answer.json()
        return vue

    async def enroler(self, **champs: Any) -> tuple[str, str]:
        client = await self.controle("POST", "clients", {"redirect_uris": [RETOUR], **champs})
        return client["client_id"], client["client_secret"]


def retour(answer: httpx.Response) -> dict[str, str]:
    """The parameters a redirection brings back to the client."""
    assert answer.status_code == 302, f"{answer.status_code} {answer.text[:500]}"
    assert answer.headers["location"].startswith(RETOUR), answer.headers["location"]
    return {k: v[0] for k, v in parse_qs(urlsplit(answer.headers["location"]).query, keep_blank_values=True).items()}


def action(answer: httpx.Response, fin: str) -> str:
    """The action of the form of a page that ends so."""
    trouves = re.findall(r'action="([^"]+)"', answer.text)
    return html.unescape(next(a for a in trouves if a.endswith(fin)))
