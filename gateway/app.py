"""The gateway: the only public HTTP door. Its own application (Pro Santé Connect, control, console) is one more
upstream behind the edge."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.config import GatewaySettings
from gateway.edge.bord import Bord
from gateway.edge.journal import Journal
from gateway.oidc import installation as psc
from gateway.pki import installation as pki
from gateway.registre import Registre
from gateway.store import Base
from shared.db.spaces import Graine
from shared.events.bus import Bus
from shared.events.envelope import Envelope
from shared.service import Face, Service, application
from shared.web.asgi import ASGIApp, Receive, Scope, Send


async def semer(session: AsyncSession, graine: Graine) -> None:
    await psc.semer(session, graine)


SERVICE = Service(
    nom="gateway",
    metadata=Base.metadata,
    migrations="gateway.migrations",
    semer=semer,
    abonnements=psc.ABONNEMENTS,
)


def face() -> Face:
    from gateway import documentation, interne, sante
    from gateway.console import routeur as console
    from gateway.control import bacs, fautes, instantanes, journal
    from gateway.oidc.api import lectures
    from gateway.oidc.domain.decouverte import REALM

    return Face(
        [
            sante.router,
            documentation.router,
            interne.router,
            bacs.router,
            journal.router,
            fautes.router,
            instantanes.router,
            console.router,
            *psc.routers(),
            *pki.routers(),
        ],
        surfaces={**psc.surfaces(), "/console": console.rendu},
        chauds={
            ("GET", f"{REALM}/.well-known/wallet-openid-configuration"): lectures.decouverte,
            ("GET", f"{REALM}/.well-known/openid-configuration"): lectures.decouverte,
            ("GET", f"{REALM}/protocol/openid-connect/certs"): lectures.certs,
            ("GET", f"{REALM}/protocol/openid-connect/userinfo"): lectures.informations,
        },
    )


class Porte:
    """The edge before anything is started: the embedded start hands it to the services, then fills it."""

    def __init__(self) -> None:
        self.bord: Bord | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.bord is None:
            raise ConnectionError("the gateway is not started")
        await self.bord(scope, receive, send)


class Passerelle:
    """What is running: ``app`` is the ASGI application to serve."""

    def __init__(
        self, settings: GatewaySettings, services: Mapping[str, ASGIApp], bus: Bus | None, porte: Porte
    ) -> None:
        seul = bus is None
        self.interieur = application(
            SERVICE,
            settings,
            face,
            titre="Bac à Santé",
            description="Gateway: Pro Santé Connect, control API, console",
            bus=bus,
            passerelle=porte,
            sante=False,
        )
        self.interieur.face()
        ctx = self.interieur.state.contexte
        amonts: dict[str, ASGIApp] = {**services, "gateway": self.interieur}
        self.journal = Journal(settings.journal_entrees, settings.journal_octets)
        self.registre = Registre(ctx, settings, amonts, self.journal)
        self.bord = Bord(self.registre, amonts, settings)
        self.registre.bord = self.bord
        porte.bord = self.bord
        self.app: ASGIApp = self.bord
        self.interieur.state.registre = self.registre
        self.interieur.state.reglages = settings
        self._seul = seul
        ctx.bus.ecouter(self._entendre)
        pki.installer(self.interieur, settings)
        self.bord.pki = self.interieur.state.pki
        psc.installer(self.interieur)

    def _entendre(self, envelope: Envelope) -> None:
        self.journal.evenement(
            envelope.bac,
            {
                "id": envelope.id,
                "subject": envelope.subject,
                "source": envelope.source,
                "time": envelope.time.isoformat(),
                "data": envelope.data,
            },
        )

    def annoncer_le_mail(self, smtp: str, imap: str) -> None:
        """Where the mail listeners are, once they listen (their ports may have been chosen by the system)."""
        self.registre.smtp, self.registre.imap = smtp, imap

    async def start(self) -> None:
        await self.interieur.state.demarrer()
        await psc.demarrer(self.interieur.state.contexte)
        await self.registre.start(annoncer=self._seul)

    async def stop(self) -> None:
        await psc.arreter(self.interieur.state.contexte)
        await self.interieur.state.arreter()


def create_app(settings: GatewaySettings | None = None) -> ASGIApp:
    """The gateway alone, in front of services in other processes (``GATEWAY_SERVICES``)."""
    from shared.http import ReverseProxy

    settings = settings or GatewaySettings()
    amonts = {nom: ReverseProxy(url, settings.secret.get_secret_value()) for nom, url in settings.services.items()}
    passerelle = Passerelle(settings, amonts, None, Porte())

    async def fermer() -> None:
        await passerelle.stop()
        for amont in amonts.values():
            await amont.close()

    return avec_vie(passerelle.app, passerelle.start, fermer)


def avec_vie(app: ASGIApp, start: Callable[[], Awaitable[Any]], stop: Callable[[], Awaitable[Any]]) -> ASGIApp:
    """``app`` with a lifespan: the server waits for ``start`` before it listens."""

    @contextlib.asynccontextmanager
    async def vie() -> AsyncIterator[None]:
        await start()
        yield
        await stop()

    async def enveloppe(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        await receive()
        try:
            async with vie():
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": f"{type(error).__name__}: {error}"})
            raise
        await send({"type": "lifespan.shutdown.complete"})

    return enveloppe
