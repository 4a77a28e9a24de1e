"""Prises en charge: the lock itself is on the prescription's row; here is who held it, and when."""

from datetime import datetime

from sqlalchemy import CursorResult, String, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.eprescription.domain.erreurs import refus
from services.eprescription.store.base import Base
from services.eprescription.store.prescriptions import PrescriptionRow
from shared.db.conventions import Instant


class PriseEnChargeRow(Base):
    __tablename__ = "prise_en_charge"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    numero: Mapped[str] = mapped_column(String(18), index=True)
    matricule_ins: Mapped[str] = mapped_column(String(15), index=True)
    structure_id: Mapped[str] = mapped_column(String(40))
    executant_id_nat: Mapped[str] = mapped_column(String(64))
    ouverte_le: Mapped[datetime] = mapped_column(Instant)
    expire_a: Mapped[datetime] = mapped_column(Instant)
    statut: Mapped[str] = mapped_column(String(10))


async def poser(
    session: AsyncSession,
    numero: str,
    *,
    verrou_id: str,
    structure_id: str,
    jeton: str,
    maintenant: datetime,
    expire_a: datetime,
) -> bool:
    """Compare and set (§2.5.7): True when the lock was free, stale, or already this structure's own."""
    p = PrescriptionRow
    libre = or_(p.verrou_id.is_(None), p.verrou_expire <= maintenant, p.verrou_structure == structure_id)
    resultat = await session.execute(
        update(p)
        .where(p.numero == numero, libre)
        .values(verrou_id=verrou_id, verrou_structure=structure_id, verrou_jeton=jeton, verrou_expire=expire_a)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(resultat, CursorResult)
    return resultat.rowcount == 1


async def prise_en_charge(session: AsyncSession, identifiant: str) -> PriseEnChargeRow:
    """Read without a row lock: the prescription is what transactions lock first, always (no deadlock)."""
    row = await session.get(PriseEnChargeRow, identifiant)
    if row is None:
        raise refus("EP-423-02", champ="id")
    return row


async def a_tenu(session: AsyncSession, numero: str, structures: frozenset[str]) -> bool:
    """Whether one of these structures took this prescription in charge, now or before."""
    requete = select(PriseEnChargeRow.id).where(
        PriseEnChargeRow.numero == numero, PriseEnChargeRow.structure_id.in_(structures)
    )
    return (await session.execute(requete.limit(1))).first() is not None


async def a_servi(session: AsyncSession, matricule: str, structures: frozenset[str]) -> bool:
    """Whether one of these structures ever took a prescription of this person in charge."""
    requete = select(PriseEnChargeRow.id).where(
        PriseEnChargeRow.matricule_ins == matricule, PriseEnChargeRow.structure_id.in_(structures)
    )
    return (await session.execute(requete.limit(1))).first() is not None
