"""The téléservice INSi as an application."""

from fastapi import FastAPI

from services.ins.config import InsSettings
from services.ins.seed import semer
from services.ins.store.base import Base
from shared.events.bus import Bus
from shared.service import Face, Service, application
from shared.web.asgi import ASGIApp

SERVICE = Service(nom="ins", metadata=Base.metadata, migrations="services.ins.migrations", semer=semer)


def face() -> Face:
    from services.ins.api import insi, personnes
    from services.ins.soap import lps
    from shared.web.lps import rendre_faute

    return Face(
        [insi.router, personnes.router, lps.router],
        surfaces={"/lps": rendre_faute},
        chauds={("POST", "/insi/v1/recherche-traits"): insi.recherche_traits_directe},
    )


def create_app(
    settings: InsSettings | None = None, *, bus: Bus | None = None, passerelle: ASGIApp | None = None
) -> FastAPI:
    return application(
        SERVICE,
        settings or InsSettings(),
        face,
        titre="INSi",
        description="Téléservice Identité Nationale de Santé: search by traits and by carte Vitale, verification.",
        bus=bus,
        passerelle=passerelle,
    )
