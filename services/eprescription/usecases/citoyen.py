"""U1 to U3: the person's own side (§4.1): list, oppositions, access log."""

from collections.abc import Sequence

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from services.eprescription.domain.erreurs import refus
from services.eprescription.store import annexes, prescriptions, traces
from services.eprescription.store.annexes import OppositionRow
from services.eprescription.store.prescriptions import FichePrescription
from services.eprescription.store.traces import TraceRow
from shared.db.unit_of_work import UnitOfWork

TOUS = "*"


async def mes_prescriptions(session: AsyncSession, matricule: str) -> list[FichePrescription]:
    return await prescriptions.de_patient(session, matricule)


async def ma_prescription(session: AsyncSession, matricule: str, numero: str) -> FichePrescription:
    """Somebody else's number is unknown to this person."""
    row = await prescriptions.trouver(session, numero)
    if row.matricule_ins != matricule:
        raise refus("EP-404-01", champ="numero")
    return row


async def s_opposer(uow: UnitOfWork, matricule: str, prescripteurs: Sequence[str]) -> list[str]:
    """U2: the whole list of prescribers (RPPS or PS_IdNat, ``*`` for all) who may not see execution data."""
    voulus = {p if p == TOUS or not (len(p) == 11 and p.isdigit()) else f"8{p}" for p in prescripteurs}
    await uow.session.execute(delete(OppositionRow).where(OppositionRow.matricule_ins == matricule))
    uow.session.add_all(
        OppositionRow(matricule_ins=matricule, prescripteur=p, depuis=uow.now()) for p in sorted(voulus)
    )
    return sorted(voulus)


async def mes_oppositions(session: AsyncSession, matricule: str) -> list[str]:
    return await annexes.oppositions(session, matricule)


async def mes_acces(session: AsyncSession, matricule: str) -> Sequence[TraceRow]:
    return await traces.du_patient(session, matricule)
