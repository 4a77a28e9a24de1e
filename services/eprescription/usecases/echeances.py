"""What time alone does: expiry, stale locks with a pending cancellation, forgotten keys, purge after five years."""

from datetime import datetime, time, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.eprescription.domain.calendrier import PARIS, jour, plus_mois
from services.eprescription.domain.cycle import echoir
from services.eprescription.domain.machine import Statut
from services.eprescription.store import prescriptions, verrous
from services.eprescription.store.annexes import CouvertureRow, IdempotenceRow
from services.eprescription.store.executions import ExecutionRow
from services.eprescription.store.prescriptions import PrescriptionRow
from services.eprescription.usecases.commun import CONSERVATION_ANNEES, appliquer_attente, tracer
from shared.db.unit_of_work import UnitOfWork

OUVERTES = (str(Statut.ACTIVE), str(Statut.EN_COURS))
CONSERVEES = tuple(str(s) for s in Statut if s is not Statut.SUPPRIMEE)
LOT = 500
IDEMPOTENCE = timedelta(hours=24)


async def echeances(uow: UnitOfWork) -> None:
    await _verrous_perimes(uow)
    await _validites_finies(uow)
    await _conservation_finie(uow)
    await uow.session.execute(delete(IdempotenceRow).where(IdempotenceRow.cree_le <= uow.now() - IDEMPOTENCE))


async def _verrous_perimes(uow: UnitOfWork) -> None:
    p = PrescriptionRow
    while True:
        rows = await prescriptions.a_tenir(uow.session, p.verrou_expire <= uow.now(), limite=LOT)
        for row in rows:
            if row.verrou_id is not None:
                await verrous.changer(uow.session, row.verrou_id, statut="EXPIREE")
            row.liberer()
            await appliquer_attente(uow, row)
            await prescriptions.ecrire(uow.session, row)
        if len(rows) < LOT:
            return


async def _validites_finies(uow: UnitOfWork) -> None:
    p = PrescriptionRow
    aujourd_hui = jour(uow.now())
    while True:
        finies = (p.statut.in_(OUVERTES), p.fin_validite < aujourd_hui, p.verrou_id.is_(None))
        rows = await prescriptions.a_tenir(uow.session, *finies, limite=LOT)
        for row in rows:
            row.recevoir(echoir(row.dossier(), aujourd_hui))
            await prescriptions.ecrire(uow.session, row)
            await tracer(uow, row, "EXPIREE", None)
        if len(rows) < LOT:
            return


def _limite_conservation(maintenant: datetime) -> datetime:
    return datetime.combine(plus_mois(jour(maintenant), -12 * CONSERVATION_ANNEES), time.min, tzinfo=PARIS)


async def _conservation_finie(uow: UnitOfWork) -> None:
    """Five years after writing, the content goes; the number stays, to answer 410."""
    p = PrescriptionRow
    limite = _limite_conservation(uow.now())
    numeros = (
        await uow.session.scalars(select(p.numero).where(p.statut.in_(CONSERVEES), p.date_redaction < limite))
    ).all()
    for debut in range(0, len(numeros), LOT):
        lot = numeros[debut : debut + LOT]
        vide = {"contenu": b"{}", "lignes": [], "avertissements": [], "matricule_ins": "", "statut": Statut.SUPPRIMEE}
        await uow.session.execute(
            update(p).where(p.numero.in_(lot)).values(**vide).execution_options(synchronize_session=False)
        )
        await uow.session.execute(delete(ExecutionRow).where(ExecutionRow.numero.in_(lot)))
        await uow.session.execute(delete(CouvertureRow).where(CouvertureRow.numero.in_(lot)))


async def prochaine(session: AsyncSession) -> datetime | None:
    """When the next of these falls due. One index look-up a status: nothing here grows with the table."""
    p = PrescriptionRow
    dates: list[datetime] = []
    verrou = await session.scalar(select(func.min(p.verrou_expire)).where(p.verrou_expire.is_not(None)))
    if verrou is not None:
        dates.append(verrou)
    for statut in OUVERTES:
        fin = await session.scalar(select(func.min(p.fin_validite)).where(p.statut == statut))
        if fin is not None:
            dates.append(datetime.combine(fin + timedelta(days=1), time.min, tzinfo=PARIS))
    for statut in CONSERVEES:
        ancienne = await session.scalar(select(func.min(p.date_redaction)).where(p.statut == statut))
        if ancienne is not None:
            lendemain = plus_mois(jour(ancienne), 12 * CONSERVATION_ANNEES) + timedelta(days=1)
            dates.append(datetime.combine(lendemain, time.min, tzinfo=PARIS))
    return min(dates, default=None)
