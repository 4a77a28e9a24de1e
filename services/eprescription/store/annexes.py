"""What the decisions need beside the prescriptions: people, mailboxes, oppositions, covered periods, replays."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Identity, LargeBinary, String, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.eprescription.domain.regles import Couverture
from services.eprescription.store.base import Base
from shared.db.conventions import Instant, Json
from shared.db.conventions import Sequence as Suite


class PersonneRow(Base):
    """A person the national identity base told us about."""

    __tablename__ = "personne"

    matricule_ins: Mapped[str] = mapped_column(String(15), primary_key=True)
    oid: Mapped[str] = mapped_column(String(40))
    nom_naissance: Mapped[str] = mapped_column(String(255))
    prenoms: Mapped[str] = mapped_column(String(255))
    sexe: Mapped[str] = mapped_column(String(1))
    date_naissance: Mapped[str] = mapped_column(String(10))


class CorrespondantRow(Base):
    """The MSSanté address of a professional (PS_IdNat) or of a structure (struct_idNat)."""

    __tablename__ = "correspondant"

    cle: Mapped[str] = mapped_column(String(64), primary_key=True)
    adresse_mss: Mapped[str] = mapped_column(String(255))


class OppositionRow(Base):
    """The patient opposes the consultation of execution data by one prescriber, or by all (``*``)."""

    __tablename__ = "opposition"

    matricule_ins: Mapped[str] = mapped_column(String(15), primary_key=True)
    prescripteur: Mapped[str] = mapped_column(String(64), primary_key=True)
    depuis: Mapped[datetime] = mapped_column(Instant)


class CouvertureRow(Base):
    """A period of stupéfiant or assimilé already prescribed (MED-17)."""

    __tablename__ = "couverture"

    seq: Mapped[int] = mapped_column(Suite, Identity(), primary_key=True)
    matricule_ins: Mapped[str] = mapped_column(String(15), index=True)
    numero: Mapped[str] = mapped_column(String(18), index=True)
    substances: Mapped[list[str]] = mapped_column(Json)
    debut: Mapped[date] = mapped_column(Date)
    fin: Mapped[date] = mapped_column(Date)


class IdempotenceRow(Base):
    """The first answer given to an ``Idempotency-Key`` (§2.5.6)."""

    __tablename__ = "idempotence"

    appelant: Mapped[str] = mapped_column(String(64), primary_key=True)
    cle: Mapped[str] = mapped_column(String(64), primary_key=True)
    requete: Mapped[str] = mapped_column(String(64))
    statut: Mapped[int]
    reponse: Mapped[bytes] = mapped_column(LargeBinary)
    entetes: Mapped[dict[str, Any]] = mapped_column(Json)
    cree_le: Mapped[datetime] = mapped_column(Instant, index=True)


class ExecutionPapierRow(Base):
    """A paper prescription executed and declared afterwards (CSP R.4073-2)."""

    __tablename__ = "execution_papier"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    matricule_ins: Mapped[str] = mapped_column(String(15), index=True)
    structure_id: Mapped[str] = mapped_column(String(40))
    executant_id_nat: Mapped[str] = mapped_column(String(64))
    motif: Mapped[str] = mapped_column(String(60))
    date: Mapped[date] = mapped_column(Date)
    enregistree_le: Mapped[datetime] = mapped_column(Instant)
    contenu: Mapped[dict[str, Any]] = mapped_column(Json)


async def couvertures(session: AsyncSession, matricule: str, *, sauf: str | None = None) -> tuple[Couverture, ...]:
    rows: Sequence[CouvertureRow] = (
        await session.scalars(select(CouvertureRow).where(CouvertureRow.matricule_ins == matricule))
    ).all()
    return tuple(Couverture(frozenset(r.substances), r.debut, r.fin, r.numero) for r in rows if r.numero != sauf)


async def decouvrir(session: AsyncSession, numero: str) -> None:
    """A cancelled or stopped prescription covers nothing any more."""
    await session.execute(delete(CouvertureRow).where(CouvertureRow.numero == numero))


async def est_oppose(session: AsyncSession, matricule: str, prescripteur: str) -> bool:
    requete = select(OppositionRow.prescripteur).where(
        OppositionRow.matricule_ins == matricule, OppositionRow.prescripteur.in_([prescripteur, "*"])
    )
    return (await session.execute(requete.limit(1))).first() is not None


async def oppositions(session: AsyncSession, matricule: str) -> list[str]:
    requete = select(OppositionRow.prescripteur).where(OppositionRow.matricule_ins == matricule)
    return sorted((await session.scalars(requete)).all())


async def adresse_mss(session: AsyncSession, *cles: str | None) -> str | None:
    """The first known address among these keys."""
    for cle in cles:
        if cle and (row := await session.get(CorrespondantRow, cle)) is not None:
            return row.adresse_mss
    return None
