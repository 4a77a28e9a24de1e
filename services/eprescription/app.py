"""The e-prescription base, assembled."""

from fastapi import FastAPI

from services.eprescription.config import EprescriptionSettings
from services.eprescription.consumers import ABONNEMENTS
from services.eprescription.seed import semer
from services.eprescription.store import Base
from services.eprescription.usecases.echeances import echeances, prochaine
from shared.events.bus import Bus
from shared.service import Face, Service, application
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


def face() -> Face:
    from services.eprescription.api import citoyen, directes, dispensation, fhir, prescriptions
    from shared.fhir.reponse import rendu_fhir

    return Face(
        [prescriptions.router, dispensation.router, citoyen.router, fhir.router],
        surfaces={"/fhir/eprescription": rendu_fhir},
        chauds={
            ("POST", "/eprescription/v1/prescriptions"): directes.creer,
            ("POST", "/eprescription/v1/executions"): directes.delivrer,
        },
    )


def create_app(
    settings: EprescriptionSettings | None = None, *, bus: Bus | None = None, passerelle: ASGIApp | None = None
) -> FastAPI:
    return application(
        SERVICE,
        settings or EprescriptionSettings(),
        face,
        titre="Base e-prescription",
        description="Ordonnance numérique : création, consultation, prise en charge, délivrance.",
        bus=bus,
        passerelle=passerelle,
    )
