"""The téléservice ADRi as an application."""

from fastapi import FastAPI

from services.adri.config import AdriSettings
from services.adri.consumers import ABONNEMENTS
from services.adri.seed import semer
from services.adri.store.base import Base
from shared.events.bus import Bus
from shared.service import Face, Service, application
from shared.web.asgi import ASGIApp

SERVICE = Service(
    nom="adri",
    metadata=Base.metadata,
    migrations="services.adri.migrations",
    semer=semer,
    abonnements=ABONNEMENTS,
)


def face() -> Face:
    from services.adri.api import droits, personnes
    from services.adri.soap import lps
    from shared.web.lps import rendre_faute

    return Face([droits.router, personnes.router, lps.router], surfaces={"/lps": rendre_faute})


def create_app(
    settings: AdriSettings | None = None, *, bus: Bus | None = None, passerelle: ASGIApp | None = None
) -> FastAPI:
    return application(
        SERVICE,
        settings or AdriSettings(),
        face,
        titre="ADRi",
        description="Acquisition des droits intégrée: compulsory-insurance rights of a person at a date.",
        bus=bus,
        passerelle=passerelle,
    )
