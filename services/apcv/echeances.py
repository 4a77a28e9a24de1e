"""Everything that falls due by itself on the bac's clock: contexts die, the body answers."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.apcv.store.contextes import prochaine_echeance
from services.apcv.store.factures import prochain_retour
from services.apcv.usecases import contextes, lots
from shared.db.unit_of_work import UnitOfWork


async def echeances(uow: UnitOfWork) -> None:
    await contextes.echeances(uow)
    await lots.echeances(uow)


async def prochaine(session: AsyncSession) -> datetime | None:
    dates = (await prochaine_echeance(session), await prochain_retour(session))
    return min((d for d in dates if d is not None), default=None)
