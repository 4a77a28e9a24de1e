"""The embedded topology: gateway and six services in one process, on one event loop, over SQLite files."""

import asyncio
import importlib
from typing import Any

from fastapi import FastAPI
from pydantic import SecretStr

from bacasante.avancement import Avance, muet
from bacasante.options import Options, secret
from bacasante.topologie import SERVICES
from gateway.app import Passerelle, Porte
from gateway.config import GatewaySettings
from shared.config import ServiceSettings
from shared.events.bus import InProcessBus
from shared.web.asgi import ASGIApp


def _reglages(nom: str) -> type[ServiceSettings]:
    """The settings class of a service: the one subclass its ``config`` module defines."""
    config = importlib.import_module(f"services.{nom}.config")
    return next(
        c
        for c in vars(config).values()
        if isinstance(c, type) and issubclass(c, ServiceSettings) and c is not ServiceSettings
    )


class Suite:
    """Everything running in this process. ``app`` is what the server serves; ``start`` before, ``stop`` after."""

    def __init__(self, options: Options, url: str, avance: Avance = muet) -> None:
        self.options = options
        self._avance = avance
        self.bus = InProcessBus()
        porte = Porte()
        commun: dict[str, Any] = {
            "data": options.data,
            "secret": SecretStr(secret(options.data, "secret-interne")),
            "log_level": options.log_level,
            "log_format": options.log_format,
            "database_url": None,
            "nats_url": None,
        }
        self.services: dict[str, FastAPI] = {}
        for processus in SERVICES:
            avance(f"loading {processus.nom}")
            module = importlib.import_module(processus.module)
            propre = {"mail": self._courrier(module)} if processus.nom == "mss" else {}
            reglages = _reglages(processus.nom)(**commun)
            self.services[processus.nom] = module.create_app(reglages, bus=self.bus, passerelle=porte, **propre)
        amonts: dict[str, ASGIApp] = dict(self.services)
        self.passerelle = Passerelle(
            GatewaySettings(
                **commun,
                adresse=url,
                public_url=options.public_url,
                hotes=options.san,
                libre=options.boucle,
                jeton_de_controle=SecretStr(secret(options.data, "jeton-de-controle")),
                graine=options.seed,
                bacs_max=options.bacs_max,
            ),
            amonts,
            self.bus,
            porte,
        )
        self.app = self.passerelle.app

    def _courrier(self, module: Any) -> Any:
        from gateway.pki import Pki

        pki = Pki.load_or_create(self.options.data / "pki", ("localhost", "127.0.0.1", "::1", *self.options.san))
        smtp, imap = self.options.ports_de_mail
        return module.MailOptions(self.options.host, smtp, imap, certificat=pki.serveur.certificat, cle=pki.serveur.cle)

    async def start(self) -> None:
        for nom, app in self.services.items():
            self._avance(f"starting {nom}")
            await app.state.demarrer()
        ports: dict[str, int] = self.services["mss"].state.mail_ports
        self.passerelle.annoncer_le_mail(f"{self.options.host}:{ports['smtp']}", f"{self.options.host}:{ports['imap']}")
        self._avance("opening the bacs")
        await self.passerelle.start()

    async def stop(self) -> None:
        await self.passerelle.stop()
        await asyncio.gather(*(app.state.arreter() for app in self.services.values()))
