"""Each use of the app is phone + secret code (apcv.md §1): a wrong code is counted even though the call is refused."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from services.apcv.domain.appli import Appli
from services.apcv.usecases import telephone
from shared.db.unit_of_work import UnitOfWork
from shared.edge.bac import Bac
from shared.service import Contexte

T = TypeVar("T")


async def avec_code(
    ctx: Contexte, bac: Bac, appli_id: str, code: str, faire: Callable[[UnitOfWork, Appli], Awaitable[T]]
) -> T:
    """Run ``faire`` on the unlocked app; the count of wrong codes is committed before the refusal is raised."""
    async with ctx.transaction(bac) as uow:
        appli, refus = await telephone.deverrouiller(uow, appli_id, code)
        if refus is None:
            return await faire(uow, appli)
    raise refus
