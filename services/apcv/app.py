"""Assembly of the apCV service."""

from fastapi import FastAPI

from services.apcv.api import contextes, factures, lots, telephone
from services.apcv.config import ApcvSettings
from services.apcv.consumers import ABONNEMENTS
from services.apcv.echeances import echeances, prochaine
from services.apcv.page import routeur
from services.apcv.seed import semer
from services.apcv.soap import point
from services.apcv.store import Base
from shared.events.bus import Bus
from shared.service import Service, application
from shared.web.asgi import ASGIApp
from shared.web.lps import rendre_faute
from shared.web.problems import probleme

SERVICE = Service(
    nom="apcv",
    metadata=Base.metadata,
    migrations="services.apcv.migrations",
    semer=semer,
    abonnements=ABONNEMENTS,
    echeances=echeances,
    prochaine=prochaine,
)


def create_app(
    settings: ApcvSettings | None = None, *, bus: Bus | None = None, passerelle: ASGIApp | None = None
) -> FastAPI:
    return application(
        SERVICE,
        settings or ApcvSettings(),
        [contextes.router, factures.router, lots.router, telephone.router, routeur.router, point.router],
        titre="apCV — appli carte Vitale",
        description="SI apCV : activation, lecture, contexte de vingt minutes, signature de la FSE, reçu.",
        surfaces={"/lps": rendre_faute, "/apcv/phone/v1": probleme, "/apcv/phone": routeur.rendu},
        bus=bus,
        passerelle=passerelle,
    )
