"""Prises en charge: the lock itself is on the prescription's row; here is who held it, and when."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import String, bindparam, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.eprescription.domain.erreurs import refus
from services.eprescription.store.base import Base
from services.eprescription.store.prescriptions import FichePrescription, PrescriptionRow
from shared.db.conventions import Instant
from shared.db.directe import Directe


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


class PriseTenue(NamedTuple):
    """What a decision needs of a prise en charge."""

    id: str
    numero: str
    structure_id: str
    statut: str


_PRESCRIPTION: Any = PrescriptionRow.__table__
_PRISE: Any = PriseEnChargeRow.__table__
_POSER = Directe(
    update(_PRESCRIPTION).where(
        _PRESCRIPTION.c.numero == bindparam("voulu"),
        or_(
            _PRESCRIPTION.c.verrou_id.is_(None),
            _PRESCRIPTION.c.verrou_expire <= bindparam("maintenant"),
            _PRESCRIPTION.c.verrou_structure == bindparam("sienne"),
        ),
    )
)
_LIRE = Directe(select(*(_PRISE.c[nom] for nom in PriseTenue._fields)).where(_PRISE.c.id == bindparam("voulue")))
_OUVRIR = Directe(insert(_PRISE))
_CHANGER = Directe(update(_PRISE).where(_PRISE.c.id == bindparam("voulue")))


async def poser(
    session: AsyncSession,
    fiche: FichePrescription,
    *,
    verrou_id: str,
    structure_id: str,
    jeton: str,
    maintenant: datetime,
    expire_a: datetime,
) -> bool:
    """Compare and set (§2.5.7): True when the lock was free, stale, or already this structure's own."""
    verrou = {
        "verrou_id": verrou_id,
        "verrou_structure": structure_id,
        "verrou_jeton": jeton,
        "verrou_expire": expire_a,
    }
    conditions = {"voulu": fiche.numero, "maintenant": maintenant, "sienne": structure_id}
    if await _POSER.jouer(session, conditions | verrou) != 1:
        return False
    for colonne, valeur in verrou.items():
        setattr(fiche, colonne, valeur)
    return True


async def chercher(session: AsyncSession, identifiant: str) -> PriseTenue | None:
    """Read without a row lock: the prescription is what transactions lock first, always (no deadlock)."""
    ligne = await _LIRE.une(session, voulue=identifiant)
    return PriseTenue(*ligne) if ligne else None


async def prise_en_charge(session: AsyncSession, identifiant: str) -> PriseTenue:
    prise = await chercher(session, identifiant)
    if prise is None:
        raise refus("EP-423-02", champ="id")
    return prise


async def ouvrir(session: AsyncSession, **colonnes: Any) -> None:
    await _OUVRIR.jouer(session, colonnes)


async def changer(session: AsyncSession, identifiant: str, **colonnes: Any) -> None:
    """Another status, another end; nothing happens when there is no such prise en charge."""
    await _CHANGER.jouer(session, {"voulue": identifiant, **colonnes})


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
