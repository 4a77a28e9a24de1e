"""apCV contexts known from the events of ``apcv``, and answers attached to invoices."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.adri.domain.contexte import ContexteApcv, EtatContexte
from services.adri.store.base import ContexteApcvRow


async def lire(session: AsyncSession, contexte_id: str) -> ContexteApcv | None:
    row = await session.get(ContexteApcvRow, contexte_id, populate_existing=True)
    if row is None:
        return None
    etat: EtatContexte = row.etat  # type: ignore[assignment]  # written by this module
    return ContexteApcv(row.id, etat, row.expire_le, tuple(row.beneficiaires), row.identifiant_facturation)


async def enregistrer(session: AsyncSession, contexte: ContexteApcv) -> None:
    """Contexts never open again: the news of the end may come before that of the beginning."""
    row = await session.get(ContexteApcvRow, contexte.id, with_for_update=True)
    if row is None:
        session.add(
            ContexteApcvRow(
                id=contexte.id,
                etat=contexte.etat,
                expire_le=contexte.expire_le,
                beneficiaires=list(contexte.beneficiaires),
                identifiant_facturation=contexte.identifiant_facturation,
            )
        )
    elif row.etat == "ouvert":
        row.etat = contexte.etat
