"""What every service is made of: its store, its events, its keys, its clock; and how its application is assembled."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI
from sqlalchemy import MetaData, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.auth.tokens import Verificateur
from shared.bacs import Bacs
from shared.config import ServiceSettings
from shared.contracts.gateway import HorlogeAvancee, SessionClose
from shared.db.spaces import EspaceInconnu, Semeur, Space, Spaces
from shared.db.unit_of_work import UnitOfWork
from shared.edge.bac import Bac
from shared.events.bus import Bus
from shared.events.consumer import Subscription, livrer
from shared.events.relay import Relay
from shared.passerelle import Passerelle
from shared.web.asgi import ASGIApp, Receive, Scope, Send
from shared.web.entree import Chaud, Entree
from shared.web.interne import CLE
from shared.web.problems import Rendu, repondre

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Service:
    """The description of one service; ``echeances`` does everything due at ``uow.now()``, and ``prochaine`` says when
    the next thing falls due (None: nothing waits)."""

    nom: str
    metadata: MetaData
    migrations: str
    semer: Semeur
    abonnements: tuple[Subscription, ...] = ()
    echeances: Callable[[UnitOfWork], Awaitable[None]] | None = None
    prochaine: Callable[[AsyncSession], Awaitable[datetime | None]] | None = None


class Contexte:
    """A running service: the one object its routes, consumers and mail face reach everything through."""

    def __init__(self, service: Service, settings: ServiceSettings, bus: Bus, passerelle: ASGIApp | None) -> None:
        self.service = service
        self.settings = settings
        self.bus = bus
        self.passerelle = Passerelle(passerelle, settings.secret.get_secret_value(), service.nom)
        self.spaces = ouvrir_espaces(service, settings)
        self.bacs = Bacs(self.passerelle)
        self.relay = Relay(self.spaces, bus)
        self.jetons = Verificateur(self.passerelle)
        self.abonnements = (
            *service.abonnements,
            Subscription(f"{service.nom}.fermer-session", SessionClose, self._fermer_session),
            *(
                (Subscription(f"{service.nom}.echeances", HorlogeAvancee, self._a_l_heure),)
                if service.echeances
                else ()
            ),
        )
        self._minuterie: asyncio.Task[None] | None = None
        bus.subscribe(service.nom, sorted({a.event.subject for a in self.abonnements}), self._livrer)

    async def _livrer(self, envelope: Any) -> None:
        await livrer(self, envelope)

    async def _fermer_session(self, uow: UnitOfWork, event: SessionClose) -> None:
        self.jetons.fermer(uow.bac.nom, event.sid)

    async def _a_l_heure(self, uow: UnitOfWork, event: HorlogeAvancee) -> None:
        if self.service.echeances:
            await self.service.echeances(uow)

    async def start(self, *, bus: bool = True) -> None:
        """Start the relay and the timer; ``bus=False`` when somebody else starts the bus (embedded)."""
        if bus:
            await self.bus.start()
        await self.relay.start()
        if self.service.echeances:
            self._minuterie = asyncio.create_task(self._battre())

    async def stop(self, *, bus: bool = True) -> None:
        if self._minuterie:
            self._minuterie.cancel()
            await asyncio.gather(self._minuterie, return_exceptions=True)
        await self.relay.stop()
        if bus:
            await self.bus.stop()
        await self.spaces.close()

    @contextlib.asynccontextmanager
    async def transaction(self, bac: Bac) -> AsyncIterator[UnitOfWork]:
        """A transaction outside a route (mail face, background work)."""
        async with (await self.spaces.open(bac.nom)).transaction(bac) as uow:
            yield uow

    async def _battre(self) -> None:
        """Each second, do what has fallen due in the open spaces: the bac's clock may run by itself."""
        while True:
            await asyncio.sleep(1)
            for space in self.spaces.ouverts():
                try:
                    await self._si_du(space)
                except (EspaceInconnu, asyncio.CancelledError):
                    continue
                except Exception as error:
                    log.warning("echeances.reportees", service=self.service.nom, erreur=repr(error)[:200])

    async def _si_du(self, space: Space) -> None:
        bac = self.bacs.connu(space.nom)
        if bac is None or self.service.prochaine is None or self.service.echeances is None:
            return
        if not space.echeance_connue:
            space.echeance_connue = True
            async with space.lecture() as session:
                space.echeance = await self.service.prochaine(session)
        if space.echeance is not None and space.echeance <= bac.now():
            async with space.transaction(bac.estampille()) as uow:
                await self.service.echeances(uow)

    async def activite(self, nom: str) -> dict[str, Any]:
        """Whether this service is at rest for a bac (``/_bac/settle``), and the dead letters it holds."""
        try:
            space = await self.spaces.open(nom)
        except EspaceInconnu:
            return {"service": self.service.nom, "inactif": True, "lettres_mortes": []}
        vide = await space.outbox_vide() and not self.relay.occupe(nom)
        if not vide:
            self.relay.marquer(nom)
        table = space.metadata.tables["lettre_morte"]
        async with space.lecture() as session:
            mortes = (
                await session.execute(select(table.c.consumer, table.c.subject, table.c.event_id, table.c.erreur))
            ).all()
        return {
            "service": self.service.nom,
            "inactif": vide and await self.bus.inactif(self.service.nom, nom),
            # Keys of a row are quoted names, which orjson does not take for strings.
            "lettres_mortes": [{str(k): v for k, v in m._mapping.items()} for m in mortes],
        }


def ouvrir_espaces(service: Service, settings: ServiceSettings) -> Spaces:
    if settings.database_url:
        from shared.db.postgres import PostgresSpaces

        return PostgresSpaces(
            service.nom,
            service.metadata,
            service.migrations,
            service.semer,
            url=settings.database_url,
            ouverts_max=settings.espaces_ouverts,
        )
    from shared.db.sqlite import SqliteSpaces

    return SqliteSpaces(
        service.nom,
        service.metadata,
        service.migrations,
        service.semer,
        folder=settings.data / service.nom,
        ouverts_max=settings.espaces_ouverts,
        durabilite=settings.durabilite,
    )


def nouveau_bus(settings: ServiceSettings) -> Bus:
    if settings.nats_url:
        from shared.events.nats_bus import NatsBus

        return NatsBus(settings.nats_url)
    from shared.events.bus import InProcessBus

    return InProcessBus()


@dataclass(frozen=True, slots=True)
class Face:
    """What a service shows over HTTP: its routes, the dialects of its refusals by path prefix, and what is answered
    before any routing."""

    routers: Sequence[APIRouter]
    surfaces: Mapping[str, Rendu] = field(default_factory=dict)
    chauds: Mapping[tuple[str, str], Chaud] = field(default_factory=dict)


class Application(FastAPI):
    """A service. The edge, when it is in this process, comes straight to the door: what FastAPI adds before it
    (telemetry, a page for errors) belongs to the edge.

    Its face is imported by its first caller: a service nobody calls keeps its events and its clock without one.
    """

    def __init__(self, face: Callable[[], Face], **options: Any) -> None:
        super().__init__(**options)
        self._importer = face
        self._face: Face | None = None
        self.apres_face: Callable[[], object] = lambda: None
        """Called once the face is there, which is to stay."""

    def face(self) -> Face:
        if self._face is None:
            face = self._importer()
            for router in face.routers:
                self.include_router(router)
            self._face = face
            self.apres_face()
        return self._face

    def openapi(self) -> dict[str, Any]:
        """With the refusals of each surface."""
        if self.openapi_schema is None:
            from shared.web.contrat import completer

            self.face()
            self.openapi_schema = completer(super().openapi())
        return self.openapi_schema

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if CLE not in scope:
            await super().__call__(scope, receive, send)
            return
        if self.middleware_stack is None:
            self.middleware_stack = self.build_middleware_stack()
        scope["app"] = self
        await self.state.entree(scope, receive, send)


def application(
    service: Service,
    settings: ServiceSettings,
    face: Callable[[], Face],
    *,
    titre: str,
    description: str,
    bus: Bus | None = None,
    passerelle: ASGIApp | None = None,
    au_depart: Callable[[Contexte], Awaitable[None]] | None = None,
    a_l_arret: Callable[[Contexte], Awaitable[None]] | None = None,
    sante: bool = True,
) -> Application:
    """Assemble a service: the private control face, health, and the face it shows to its callers.

    Alone under uvicorn (``bus is None``) it connects to NATS and the gateway by its settings and starts itself; in one
    process with the others the composition root passes ``bus`` and ``passerelle`` and calls ``demarrer``/``arreter``.
    """
    from shared.web.controle import routes_de_controle
    from shared.web.sante import routes_de_sante

    seul = bus is None
    if passerelle is None and settings.gateway_url:
        from shared.http import ReverseProxy

        passerelle = ReverseProxy(settings.gateway_url)
    ctx = Contexte(service, settings, bus or nouveau_bus(settings), passerelle)

    async def demarrer() -> None:
        await ctx.start(bus=seul)
        if au_depart:
            await au_depart(ctx)

    async def arreter() -> None:
        if a_l_arret:
            await a_l_arret(ctx)
        await ctx.stop(bus=seul)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await demarrer()
        yield
        await arreter()

    app = Application(
        face,
        title=titre,
        description=description,
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json" if sante else None,
    )
    app.state.contexte = ctx
    app.state.demarrer = demarrer
    app.state.arreter = arreter
    app.router.routes.extend([*routes_de_controle(), *(routes_de_sante() if sante else [])])
    repondre(app, lambda: app.face().surfaces, service=service.nom)
    app.add_middleware(Entree, ctx=ctx, application=app)
    if seul:
        app.face()
    return app
