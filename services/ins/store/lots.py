"""Batches of verifications and their results."""

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.ins.domain.lots import Lot, LotIntrouvable, ResultatLot
from services.ins.store.base import LotResultatRow, LotRow


async def ajouter(session: AsyncSession, lot: Lot, demandeur: str | None) -> None:
    await session.execute(insert(LotRow).values(id=lot.id, depose_le=lot.depose_le, demandeur=demandeur))
    await session.execute(
        insert(LotResultatRow),
        [
            {"lot_id": lot.id, "ordre": ordre, "ref": r.ref, "code_cr": r.code_cr, "erreur": r.erreur}
            for ordre, r in enumerate(lot.resultats)
        ],
    )


async def lire(session: AsyncSession, lot_id: str) -> Lot:
    row = (await session.execute(select(LotRow).where(LotRow.id == lot_id))).scalar_one_or_none()
    if row is None:
        raise LotIntrouvable(f"no batch {lot_id}", f"aucun lot {lot_id}", champ="idLot")
    resultats = await session.execute(
        select(LotResultatRow).where(LotResultatRow.lot_id == lot_id).order_by(LotResultatRow.ordre)
    )
    return Lot(row.id, row.depose_le, tuple(ResultatLot(r.ref, r.code_cr, r.erreur) for r in resultats.scalars()))
