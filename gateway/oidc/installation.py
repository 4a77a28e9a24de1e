"""How the provider plugs into the gateway: its routers, dialects, seed and background work."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.clients import api as clients_api
from gateway.clients.seed import semer
from gateway.ecps import api as ecps_api
from gateway.oidc import notification
from gateway.oidc.api import (
    autorisation,
    ciba,
    controle,
    deconnexion,
    etat_jetons,
    jetons,
    lectures,
    pages_connexion,
)
from gateway.oidc.api.outils import rendre_oauth
from gateway.oidc.fournisseur import demarrer, fournisseur
from gateway.oidc.interne import oublier
from gateway.personas import api as personas_api
from gateway.personas.consumers import ABONNEMENTS
from gateway.store.psc import SessionPscRow
from shared.web.problems import Rendu

if TYPE_CHECKING:
    from shared.service import Contexte

__all__ = [
    "ABONNEMENTS",
    "arreter",
    "demarrer",
    "fermer_toutes",
    "installer",
    "oublier",
    "routers",
    "semer",
    "surfaces",
]


def routers() -> list[APIRouter]:
    return [
        lectures.router,
        autorisation.router,
        pages_connexion.router,
        jetons.router,
        ciba.router,
        etat_jetons.router,
        deconnexion.router,
        ecps_api.router,
        controle.router,
        clients_api.router,
        personas_api.router,
    ]


def surfaces() -> dict[str, Rendu]:
    """Path prefixes whose refusals speak OAuth, redirections or pages."""
    return {"/auth": rendre_oauth}


def installer(app: FastAPI) -> None:
    """Make the in-memory side of the provider for this application."""
    fournisseur(app.state.contexte)


async def arreter(ctx: "Contexte") -> None:
    """Let the last notifications and keys leave before the process does."""
    await notification.attendre()
    await fournisseur(ctx).reserve.fermer()


async def fermer_toutes(session: AsyncSession) -> None:
    """End every open session of a space without telling anybody: it was just restored (architecture §11.18)."""
    await session.execute(
        update(SessionPscRow).where(SessionPscRow.terminee_a.is_(None)).values(terminee_a=datetime.now(UTC))
    )
