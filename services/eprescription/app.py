"""The e-prescription base, assembled."""

from fastapi import FastAPI

from services.eprescription.api import citoyen, directes, dispensation, fhir, prescriptions
from services.eprescription.config import EprescriptionSettings
from services.eprescription.consumers import ABONNEMENTS
from services.eprescription.seed import semer
from services.eprescription.store import Base
from services.eprescription.usecases.echeances import echeances, prochaine
from shared.events.bus import Bus
from shared.fhir.reponse import rendu_fhir
from shared.service import Service, application
from shared.web.asgi import ASGIApp

SERVICE = Service(
    nom="eprescription",
    metadata=Base.metadata,
    migrations="services.eprescription.migrations",
    semer=semer,
    abonnements=ABONNEMENTS,
    echeances=echeances,
    prochaine=prochaine,
)


def create_app(
    settings: EprescriptionSettings | None = None, *, bus: Bus | None = None, passerelle: ASGIApp | None = None
) -> FastAPI:
    return application(
        SERVICE,
        settings or EprescriptionSettings(),
        [prescriptions.router, dispensation.router, citoyen.router, fhir.router],
        titre="Base e-prescription",
        description="Ordonnance numérique : création, consultation, prise en charge, délivrance.",
        surfaces={"/fhir/eprescription": rendu_fhir},
        bus=bus,
        passerelle=passerelle,
        chauds={
            ("POST", "/eprescription/v1/prescriptions"): directes.creer,
            ("POST", "/eprescription/v1/executions"): directes.delivrer,
        },
    )
