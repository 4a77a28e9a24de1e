"""Assembly of the apCV service."""

from fastapi import FastAPI

from services.apcv.config import ApcvSettings
from services.apcv.consumers import ABONNEMENTS
from services.apcv.echeances import echeances, prochaine
from services.apcv.seed import semer
from services.apcv.store import Base
from shared.events.bus import Bus
from shared.service import Face, Service, application
from shared.web.asgi import ASGIApp

SERVICE = Service(
    nom="apcv",
    metadata=Base.metadata,
    migrations="services.apcv.migrations",
    semer=semer,
    abonnements=ABONNEMENTS,
    echeances=echeances,
    prochaine=prochaine,
)


def face() -> Face:
    from services.apcv.api import contextes, factures, lots, telephone
    from services.apcv.page import routeur
    from services.apcv.soap import point
    from shared.web.lps import rendre_faute
    from shared.web.problems import probleme

    return Face(
        [contextes.router, factures.router, lots.router, telephone.router, routeur.router, point.router],
        surfaces={"/lps": rendre_faute, "/apcv/phone/v1": probleme, "/apcv/phone": routeur.rendu},
    )


def create_app(
    settings: ApcvSettings | None = None, *, bus: Bus | None = None, passerelle: ASGIApp | None = None
) -> FastAPI:
    return application(
        SERVICE,
        settings or ApcvSettings(),
        face,
        titre="apCV — appli carte Vitale",
        description="SI apCV : activation, lecture, contexte de vingt minutes, signature de la FSE, reçu.",
        bus=bus,
        passerelle=passerelle,
    )
