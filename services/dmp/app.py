"""The DMP and Mon espace santé: create_app(settings)."""

from datetime import datetime
from functools import partial
from typing import Any

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from services.dmp.config import DmpSettings
from services.dmp.consumers import abonnements
from services.dmp.seed import semer
from services.dmp.store import Base
from services.dmp.usecases import profils
from shared.events.bus import Bus
from shared.service import Face, Service, application
from shared.web.asgi import ASGIApp


async def _prochaine(session: AsyncSession) -> datetime | None:
    return await profils.prochaine(session)


def service(settings: DmpSettings) -> Service:
    return Service(
        nom="dmp",
        metadata=Base.metadata,
        migrations="services.dmp.migrations",
        semer=semer,
        abonnements=abonnements(settings),
        echeances=partial(_echeances, settings),
        prochaine=_prochaine,
    )


async def _echeances(settings: DmpSettings, uow: Any) -> None:
    await profils.minuteurs(uow, settings)


def face() -> Face:
    from services.dmp.api import activation, documents, lots, mes, mes_documents, modifications, patients
    from services.dmp.api.refus import rendre_fhir
    from services.dmp.page import commun
    from services.dmp.page import routeur as pages
    from shared.web.problems import probleme

    return Face(
        [
            patients.router,
            documents.router,
            modifications.router,
            lots.router,
            activation.router,
            mes.router,
            mes_documents.router,
            pages.router,
        ],
        surfaces={"/fhir/dmp": rendre_fhir, "/mes/v1": probleme, "/mes": commun.rendu},
        chauds={
            ("POST", "/fhir/dmp"): documents.alimenter_direct,
            ("GET", "/fhir/dmp/DocumentReference"): documents.chercher_directe,
            ("GET", "/fhir/dmp/Binary/"): documents.lire_binaire_direct,
        },
    )


def create_app(
    settings: DmpSettings | None = None, *, bus: Bus | None = None, passerelle: ASGIApp | None = None
) -> FastAPI:
    reglees = settings or DmpSettings()
    return application(
        service(reglees),
        reglees,
        face,
        titre="DMP et Mon espace santé",
        description="Dossier médical partagé (PDSm / MHD) et Mon espace santé, côté citoyen.",
        bus=bus,
        passerelle=passerelle,
    )
