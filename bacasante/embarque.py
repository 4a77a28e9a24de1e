"""The embedded topology: gateway and six services in one process, on one event loop, over SQLite files.

The gateway and the mail listen first. The other services are loaded behind the ready line, or by their first caller,
who waits; until the last is there, events stay in their outboxes.
"""

import asyncio
import importlib
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from fastapi import FastAPI
from pydantic import SecretStr

from bacasante.avancement import Avance, muet
from bacasante.options import Options, secret
from bacasante.topologie import SERVICES, Processus
from gateway.app import Passerelle, Porte
from gateway.config import GatewaySettings
from shared.config import ServiceSettings
from shared.events.bus import InProcessBus
from shared.service import Application
from shared.web.asgi import Receive, Scope, Send

log = structlog.get_logger(__name__)

_SOUFFLE = 0.01  # between two services, so that who is waiting for an answer has it


def _reglages(nom: str) -> type[ServiceSettings]:
    """The settings class of a service: the one subclass its ``config`` module defines."""
    config = importlib.import_module(f"services.{nom}.config")
    return next(
        c
        for c in vars(config).values()
        if isinstance(c, type) and issubclass(c, ServiceSettings) and c is not ServiceSettings
    )


class Differe:
    """A service loaded and started by whoever needs it first."""

    def __init__(self, nom: str, fabriquer: Callable[[], FastAPI]) -> None:
        self.nom = nom
        self.app: FastAPI | None = None
        self._fabriquer = fabriquer
        self._verrou = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.app if self.app is not None else await self._joindre()
        await app(scope, receive, send)

    async def _joindre(self) -> FastAPI:
        try:
            return await self.monter()
        except Exception as error:
            log.error("service.non_charge", service=self.nom, erreur=repr(error)[:300])
            raise ConnectionError(f"service {self.nom} cannot be loaded") from error

    async def monter(self) -> FastAPI:
        async with self._verrou:
            if self.app is None:
                app = self._fabriquer()
                await app.state.demarrer()
                self.app = app
            return self.app


class Suite:
    """Everything running in this process. ``app`` is what the server serves; ``start`` before, ``stop`` after.

    ``figer`` sets aside what has just been loaded, for good, from what is collected.
    """

    def __init__(
        self, options: Options, url: str, avance: Avance = muet, figer: Callable[[], object] = lambda: None
    ) -> None:
        self.options = options
        self._avance = avance
        self._figer = figer
        self.bus = InProcessBus([p.nom for p in SERVICES])
        self._porte = Porte()
        self._commun: dict[str, Any] = {
            "data": options.data,
            "secret": SecretStr(secret(options.data, "secret-interne")),
            "log_level": options.log_level,
            "log_format": options.log_format,
            "database_url": None,
            "nats_url": None,
        }
        self._differes = {p.nom: Differe(p.nom, partial(self._fabriquer, p)) for p in SERVICES}
        self._fond: asyncio.Task[None] | None = None
        self.passerelle = Passerelle(
            GatewaySettings(
                **self._commun,
                adresse=url,
                public_url=options.public_url,
                hotes=options.san,
                libre=options.boucle,
                jeton_de_controle=SecretStr(secret(options.data, "jeton-de-controle")),
                graine=options.seed,
                bacs_max=options.bacs_max,
            ),
            self._differes,
            self.bus,
            self._porte,
        )
        self.app = self.passerelle.app

    @property
    def services(self) -> dict[str, FastAPI]:
        """Those that are loaded."""
        return {nom: d.app for nom, d in self._differes.items() if d.app is not None}

    def _fabriquer(self, processus: Processus) -> Application:
        self._avance(f"loading {processus.nom}")
        module = importlib.import_module(processus.module)
        propre = {"mail": self._courrier(module)} if processus.nom == "mss" else {}
        reglages = _reglages(processus.nom)(**self._commun)
        app: Application = module.create_app(reglages, bus=self.bus, passerelle=self._porte, **propre)
        app.apres_face = self._figer
        for bac in self.passerelle.registre.lister():
            app.state.contexte.bacs.poser(bac.to_json().decode())
        return app

    def _courrier(self, module: Any) -> Any:
        from gateway.pki import Pki

        pki = Pki.load_or_create(self.options.data / "pki", ("localhost", "127.0.0.1", "::1", *self.options.san))
        smtp, imap = self.options.ports_de_mail
        return module.MailOptions(self.options.host, smtp, imap, certificat=pki.serveur.certificat, cle=pki.serveur.cle)

    async def start(self) -> None:
        """All of it, before anything is served."""
        await self.ouvrir()
        await self.achever()

    async def ouvrir(self) -> None:
        """What has to be there for the ready line: the gateway, and the mail, whose ports it tells."""
        self.bus.retenir()
        self._avance("opening the bacs")
        await self.passerelle.start()
        ports: dict[str, int] = (await self._differes["mss"].monter()).state.mail_ports
        self.passerelle.annoncer_le_mail(f"{self.options.host}:{ports['smtp']}", f"{self.options.host}:{ports['imap']}")

    async def achever(self) -> None:
        """Load the services nobody has asked for yet, then let the events go."""
        for differe in self._differes.values():
            await differe.monter()
            await asyncio.sleep(_SOUFFLE)
        await self.bus.start()

    def achever_en_fond(self, ensuite: Callable[[], None]) -> None:
        """The same behind what is being served; tried again for as long as it fails, and ``/health/ready`` says so."""

        async def essayer() -> None:
            while True:
                try:
                    await self.achever()
                except Exception as error:
                    log.error("service.non_charge", erreur=repr(error)[:300])
                    await asyncio.sleep(1)
                else:
                    self._figer()
                    ensuite()
                    return

        self._fond = asyncio.create_task(essayer())

    async def stop(self) -> None:
        if self._fond is not None:
            self._fond.cancel()
            await asyncio.gather(self._fond, return_exceptions=True)
        await self.passerelle.stop()
        await asyncio.gather(*(app.state.arreter() for app in self.services.values()))
