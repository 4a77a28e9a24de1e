"""What a route may ask for in its signature. ``scope="function"``: the commit happens before the answer leaves."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.edge.bac import Bac
from shared.ids import Ids, RandomIds
from shared.web.entree import bac_de

if TYPE_CHECKING:
    from shared.service import Contexte


def contexte(request: Request) -> "Contexte":
    ctx: Contexte = request.scope["app"].state.contexte
    return ctx


async def _contexte(request: Request) -> "Contexte":
    return contexte(request)


async def bac(request: Request) -> Bac:
    return bac_de(request.scope)


async def unit_of_work(request: Request) -> AsyncIterator[UnitOfWork]:
    courant = bac_de(request.scope)
    space = await contexte(request).spaces.open(courant.nom)
    async with space.transaction(courant) as uow:
        yield uow


async def lecture(request: Request) -> AsyncIterator[AsyncSession]:
    space = await contexte(request).spaces.open(bac_de(request.scope).nom)
    async with space.lecture() as session:
        yield session


async def ids(request: Request) -> Ids:
    injectes: Ids | None = getattr(request.app.state, "ids", None)
    return injectes or RandomIds()


BacDep = Annotated[Bac, Depends(bac)]
ClockDep = Annotated[Clock, Depends(bac)]
UowDep = Annotated[UnitOfWork, Depends(unit_of_work, scope="function")]
LectureDep = Annotated[AsyncSession, Depends(lecture, scope="function")]
IdsDep = Annotated[Ids, Depends(ids)]
