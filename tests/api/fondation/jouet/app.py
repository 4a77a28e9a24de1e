"""The smallest service there can be: a counter. It shows the foundation and is what its tests run."""

from datetime import UTC, datetime, timedelta
from typing import ClassVar

from fastapi import APIRouter, FastAPI
from pydantic_settings import SettingsConfigDict
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.auth.deps import ProfessionnelDep
from shared.config import ServiceSettings
from shared.contracts.event import Event
from shared.db.spaces import Graine
from shared.db.unit_of_work import UnitOfWork
from shared.errors import Introuvable, RegleMetier
from shared.events.bus import Bus
from shared.events.consumer import Subscription
from shared.service import Face, Service, application
from shared.web.asgi import ASGIApp
from shared.web.deps import LectureDep, UowDep
from tests.api.fondation.jouet.store import Base, CompteurRow


class JouetSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="JOUET_", frozen=True, extra="ignore")


class Incremente(Event):
    subject: ClassVar[str] = "jouet.compteur.incremente"
    nom: str
    valeur: int


router = APIRouter()


@router.get("/jouet/{nom}")
async def lire(nom: str, session: LectureDep) -> dict[str, int]:
    if (row := await session.get(CompteurRow, nom)) is None:
        raise Introuvable(f"no counter {nom}", f"pas de compteur {nom}", regle="JOUET-01", champ="nom")
    return {nom: row.valeur}


@router.post("/jouet/{nom}")
async def incrementer(nom: str, uow: UowDep, par: int = 1) -> dict[str, int]:
    row = await uow.session.get(CompteurRow, nom, with_for_update=True)
    if row is None:
        row = CompteurRow(nom=nom, valeur=0, touche_le=uow.now())
        uow.session.add(row)
    row.valeur += par
    row.touche_le = uow.now()
    uow.emit(Incremente(nom=nom, valeur=row.valeur, occurred_at=uow.now()))
    if row.valeur > 100:
        raise RegleMetier("a counter stops at 100", "un compteur s'arrête à 100", regle="JOUET-02", champ="par")
    if row.valeur < 0:
        raise ZeroDivisionError
    return {nom: row.valeur}


@router.get("/moi")
async def moi(professionnel: ProfessionnelDep) -> dict[str, str]:
    return {"id_nat": professionnel.id_nat}


async def _compter(uow: UnitOfWork, event: Incremente) -> None:
    if event.nom == "poison":
        raise ValueError("this event cannot be applied")
    row = await uow.session.get(CompteurRow, "evenements")
    if row is None:
        row = CompteurRow(nom="evenements", valeur=0, touche_le=uow.now())
        uow.session.add(row)
    row.valeur += 1


async def semer(session: AsyncSession, graine: Graine) -> None:
    if graine.nom == "demo":
        session.add(CompteurRow(nom="seme", valeur=7, touche_le=datetime(2026, 1, 1, tzinfo=UTC)))


async def echeances(uow: UnitOfWork) -> None:
    """A counter untouched for an hour goes back to zero."""
    limite = uow.now() - timedelta(hours=1)
    for row in await uow.session.scalars(select(CompteurRow).where(CompteurRow.touche_le <= limite)):
        row.valeur = 0


async def prochaine(session: AsyncSession) -> datetime | None:
    ancien = await session.scalar(select(func.min(CompteurRow.touche_le)).where(CompteurRow.valeur != 0))
    return ancien + timedelta(hours=1) if ancien else None


SERVICE = Service(
    nom="jouet",
    metadata=Base.metadata,
    migrations="tests.api.fondation.jouet.migrations",
    semer=semer,
    abonnements=(Subscription("jouet.compter", Incremente, _compter),),
    echeances=echeances,
    prochaine=prochaine,
)


def create_app(
    settings: JouetSettings | None = None, *, bus: Bus | None = None, passerelle: ASGIApp | None = None
) -> FastAPI:
    return application(
        SERVICE,
        settings or JouetSettings(),
        lambda: Face([router]),
        titre="Jouet",
        description="Un compteur",
        bus=bus,
        passerelle=passerelle,
    )
