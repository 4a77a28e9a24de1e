"""The history of a dossier: one row per act, kept and shown to the holder (dmp.md §9)."""

from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Identity, Index, String, Text, bindparam, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.dmp.store.base import Base
from shared.db.conventions import Instant, Json, Sequence
from shared.db.directe import Directe

Trace: TypeAlias = dict[str, Any]
"""An act about to be written: the columns of a :class:`TraceRow`."""


class TraceRow(Base):
    __tablename__ = "trace"
    __table_args__ = (
        Index("ix_trace_matricule_ins_at", "matricule_ins", "at"),
        Index("ix_trace_acteur_id", "acteur_id", "matricule_ins"),
    )

    seq: Mapped[int] = mapped_column(Sequence, Identity(), primary_key=True)
    id: Mapped[str] = mapped_column(String(36))
    matricule_ins: Mapped[str] = mapped_column(String(15))
    at: Mapped[datetime] = mapped_column(Instant)
    evenement: Mapped[str] = mapped_column(String(40))
    transaction: Mapped[str] = mapped_column(String(40), default="")
    resultat: Mapped[str] = mapped_column(String(8), default="ok")
    regle: Mapped[str | None] = mapped_column(String(60), default=None)
    acteur_type: Mapped[str] = mapped_column(String(14))
    acteur_id: Mapped[str | None] = mapped_column(Text, default=None)
    acteur_nom: Mapped[str | None] = mapped_column(Text, default=None)
    profession: Mapped[str | None] = mapped_column(Text, default=None)
    specialite: Mapped[str | None] = mapped_column(Text, default=None)
    structure_id: Mapped[str | None] = mapped_column(Text, default=None)
    structure_nom: Mapped[str | None] = mapped_column(Text, default=None)
    authentification: Mapped[str | None] = mapped_column(String(20), default=None)
    mode: Mapped[str] = mapped_column(String(14), default="normal")
    motif: Mapped[str | None] = mapped_column(Text, default=None)
    objets: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    logiciel: Mapped[str | None] = mapped_column(Text, default=None)
    notifie: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    secret: Mapped[bool] = mapped_column(default=False)
    """About a document hidden from legal representatives: they do not see this trace (AD-075)."""


async def historique(
    session: AsyncSession,
    matricule_ins: str,
    *,
    acteur_id: str | None = None,
    depuis: datetime | None = None,
    jusqu: datetime | None = None,
    evenement: str | None = None,
    sans_secret: bool = False,
    limite: int = 100,
    offset: int = 0,
) -> tuple[list[TraceRow], int]:
    """One page of traces, the latest first, and how many there are."""
    conditions = [TraceRow.matricule_ins == matricule_ins]
    if acteur_id is not None:
        conditions.append(TraceRow.acteur_id == acteur_id)
    if depuis is not None:
        conditions.append(TraceRow.at >= depuis)
    if jusqu is not None:
        conditions.append(TraceRow.at < jusqu)
    if evenement is not None:
        conditions.append(TraceRow.evenement == evenement)
    if sans_secret:
        conditions.append(TraceRow.secret.is_(False))
    total = int((await session.execute(select(func.count()).select_from(TraceRow).where(*conditions))).scalar_one())
    requete = (
        select(TraceRow)
        .where(*conditions)
        .order_by(TraceRow.at.desc(), TraceRow.seq.desc())
        .limit(limite)
        .offset(offset)
    )
    return list((await session.scalars(requete)).all()), total


async def derniere_consultation(session: AsyncSession, matricule_ins: str, acteur_id: str) -> datetime | None:
    """When this professional last listed or opened documents here, without being refused."""
    derniere = await _DERNIERE.une(session, matricule=matricule_ins, acteur=acteur_id)
    return derniere.at if derniere is not None else None


# Backwards along the index, to the first: a long history costs what a short one does.
_DERNIERE = Directe(
    select(TraceRow.__table__.c.at)
    .where(
        TraceRow.acteur_id == bindparam("acteur"),
        TraceRow.matricule_ins == bindparam("matricule"),
        or_(TraceRow.evenement == "DOC_LISTED", TraceRow.evenement == "DOC_VIEWED"),
        TraceRow.resultat == "ok",
    )
    .order_by(TraceRow.seq.desc())
    .limit(1)
)
_ECRIRE = Directe(insert(TraceRow.__table__))  # type: ignore[arg-type]  # a declarative table is a Table


async def ecrire(session: AsyncSession, trace: Trace) -> None:
    """Append a trace: nobody ever changes one."""
    await _ECRIRE.jouer(session, trace)
