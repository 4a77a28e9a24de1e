"""The citizen's side: activations under way, accounts, temporary access codes, care history."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.dmp.store.base import Base
from shared.db.conventions import Instant, Json


class EnrolementRow(Base):
    """One activation under way (mon-espace-sante.md §2.1)."""

    __tablename__ = "enrolement"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    nir: Mapped[str] = mapped_column(String(15), index=True)
    candidats: Mapped[list[str]] = mapped_column(Json, default=list)
    matricule_ins: Mapped[str | None] = mapped_column(String(15), default=None)
    decision: Mapped[str | None] = mapped_column(String(10), default=None)
    code_empreinte: Mapped[str | None] = mapped_column(String(64), default=None)
    code_expire_le: Mapped[datetime | None] = mapped_column(Instant, default=None)
    canal: Mapped[str | None] = mapped_column(String(10), default=None)
    essais: Mapped[int] = mapped_column(default=0)
    cree_le: Mapped[datetime] = mapped_column(Instant)
    termine_le: Mapped[datetime | None] = mapped_column(Instant, default=None)


class VerrouRow(Base):
    """Wrong tries on one social security number, until the lock falls."""

    __tablename__ = "verrou"

    nir: Mapped[str] = mapped_column(String(15), primary_key=True)
    essais: Mapped[int] = mapped_column(default=0)
    jusqu: Mapped[datetime | None] = mapped_column(Instant, default=None)


class CompteRow(Base):
    """Who signs in: one account a person, whose password is kept as a salted scrypt hash."""

    __tablename__ = "compte"

    matricule_ins: Mapped[str] = mapped_column(String(15), primary_key=True)
    identifiant: Mapped[str] = mapped_column(String(100), unique=True)
    mot_de_passe: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(200), default=None)
    cree_le: Mapped[datetime] = mapped_column(Instant)


class SessionMesRow(Base):
    """A browser signed in to the pages of Mon espace santé; the cookie's value is only kept as a digest."""

    __tablename__ = "session_mes"

    empreinte: Mapped[str] = mapped_column(String(64), primary_key=True)
    matricule_ins: Mapped[str] = mapped_column(String(15))
    profil: Mapped[str] = mapped_column(String(15))
    """The space being looked at: one's own, or the one of a represented person."""
    expire_le: Mapped[datetime] = mapped_column(Instant)


class CodeAccesRow(Base):
    """A temporary access code: CREATED → USED (n times) → EXPIRED | REVOKED (§6.1)."""

    __tablename__ = "code_acces"
    __table_args__ = (Index("ix_code_acces_matricule_ins", "matricule_ins", "cree_le"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    matricule_ins: Mapped[str] = mapped_column(String(15))
    portee: Mapped[list[str]] = mapped_column(Json, default=list)
    cree_le: Mapped[datetime] = mapped_column(Instant)
    expire_le: Mapped[datetime] = mapped_column(Instant)
    revoque_le: Mapped[datetime | None] = mapped_column(Instant, default=None)
    utilisations: Mapped[int] = mapped_column(default=0)
    utilise_par: Mapped[list[str]] = mapped_column(Json, default=list)

    def etat(self, now: datetime) -> str:
        if self.revoque_le is not None:
            return "REVOKED"
        if now >= self.expire_le:
            return "EXPIRED"
        return "USED" if self.utilisations else "CREATED"


class SoinRow(Base):
    """One line of the care history: a reimbursed invoice or a delivery (mon-espace-sante.md §5.5)."""

    __tablename__ = "soin"
    __table_args__ = (Index("ix_soin_matricule_ins_date", "matricule_ins", "date"),)

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    matricule_ins: Mapped[str] = mapped_column(String(15))
    famille: Mapped[str] = mapped_column(String(16))
    """``remboursement`` or ``delivrance``."""
    date: Mapped[datetime] = mapped_column(Instant)
    libelle: Mapped[str] = mapped_column(String(400))
    annule: Mapped[bool] = mapped_column(default=False)
    donnees: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


async def par_code(session: AsyncSession, code: str) -> CodeAccesRow | None:
    return (await session.scalars(select(CodeAccesRow).where(CodeAccesRow.code == code))).one_or_none()


async def codes_de(session: AsyncSession, matricule_ins: str) -> list[CodeAccesRow]:
    requete = (
        select(CodeAccesRow)
        .where(CodeAccesRow.matricule_ins == matricule_ins)
        .order_by(CodeAccesRow.cree_le.desc())
        .limit(100)
    )
    return list((await session.scalars(requete)).all())


async def soins(session: AsyncSession, matricule_ins: str, famille: str | None = None) -> list[SoinRow]:
    requete = select(SoinRow).where(SoinRow.matricule_ins == matricule_ins)
    if famille is not None:
        requete = requete.where(SoinRow.famille == famille)
    return list((await session.scalars(requete.order_by(SoinRow.date.desc(), SoinRow.id).limit(500))).all())
