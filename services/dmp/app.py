"""The DMP and Mon espace santé: create_app(settings)."""

from datetime import datetime
from functools import partial
from typing import Any

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from services.dmp.api import activation, documents, lots, mes, mes_documents, modifications, patients
from services.dmp.config import DmpSettings
from services.dmp.consumers import abonnements
from services.dmp.page import commun
from services.dmp.page import routeur as pages
from services.dmp.seed import semer
from services.dmp.store import Base
from services.dmp.usecases import profils
from shared.errors import DomainError
from shared.events.bus import Bus
from shared.fhir.outcome import enveloppe, issue, outcome
from shared.fhir.reponse import FhirResponse
from shared.service import Service, application
from shared.web.asgi import ASGIApp
from shared.web.problems import probleme

SYSTEME_CODES = "urn:sandbox:dmp-error"


def rendre_fhir(erreur: DomainError, request: Request) -> Response:
    """A refusal as an OperationOutcome: one issue a broken rule when a lot breaks several (dmp.md §5.5)."""
    constats: list[dict[str, Any]] = erreur.membres.get("constats", [])
    if len(constats) > 1:
        corps = enveloppe(
            issue(
                c["issue"],
                fr=c["fr"],
                en=c["en"],
                regle=c["regle"],
                champ=c["champ"],
                codings=[{"system": SYSTEME_CODES, "code": c["code"]}],
            )
            for c in constats
        )
    else:
        erreur.membres.setdefault("systeme", SYSTEME_CODES)
        corps = outcome(erreur)
    return FhirResponse(corps, erreur.status, headers=erreur.entetes)


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


def create_app(
    settings: DmpSettings | None = None, *, bus: Bus | None = None, passerelle: ASGIApp | None = None
) -> FastAPI:
    reglees = settings or DmpSettings()
    return application(
        service(reglees),
        reglees,
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
        titre="DMP et Mon espace santé",
        description="Dossier médical partagé (PDSm / MHD) et Mon espace santé, côté citoyen.",
        surfaces={"/fhir/dmp": rendre_fhir, "/mes/v1": probleme, "/mes": commun.rendu},
        bus=bus,
        passerelle=passerelle,
        chauds={
            ("GET", "/fhir/dmp/DocumentReference"): documents.chercher_directe,
            ("GET", "/fhir/dmp/Binary/"): documents.lire_binaire_direct,
        },
    )
