"""The event log of a prescription: nothing is deleted (§2.7), and every reading is traced."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import Identity, Index, String, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.eprescription.store.base import Base
from shared.db.conventions import Instant, Json
from shared.db.conventions import Sequence as Suite
from shared.db.directe import Directe

Evenement: TypeAlias = Literal[
    "CREEE",
    "LUE",
    "PRISE_EN_CHARGE",
    "LIBEREE",
    "EXECUTEE",
    "ADAPTEE",
    "NON_EXECUTEE",
    "EXECUTION_ANNULEE",
    "ANNULEE",
    "ARRETEE",
    "REMPLACEE",
    "SUSPENDUE",
    "REPRISE",
    "CONSENTEMENT",
    "EXPIREE",
    "SUPPRIMEE",
]


class TraceRow(Base):
    __tablename__ = "trace"
    __table_args__ = (Index("ix_trace_patient", "matricule_ins", "seq"), Index("ix_trace_numero", "numero", "seq"))

    seq: Mapped[int] = mapped_column(Suite, Identity(), primary_key=True)
    numero: Mapped[str | None] = mapped_column(String(18))
    matricule_ins: Mapped[str] = mapped_column(String(15))
    quand: Mapped[datetime] = mapped_column(Instant)
    evenement: Mapped[str] = mapped_column(String(20))
    id_nat: Mapped[str | None] = mapped_column(String(64))
    nom: Mapped[str | None] = mapped_column(String(255))
    profession: Mapped[str | None] = mapped_column(String(20))
    structure_id: Mapped[str | None] = mapped_column(String(40))
    logiciel: Mapped[str | None] = mapped_column(String(255))
    detail: Mapped[dict[str, Any]] = mapped_column(Json)

    def to_json(self) -> dict[str, Any]:
        return {
            "numero": self.numero,
            "quand": self.quand.isoformat(),
            "evenement": self.evenement,
            "professionnel": self.nom,
            "idNat": self.id_nat,
            "profession": self.profession,
            "structure": self.structure_id,
            "logiciel": self.logiciel,
            **({"detail": self.detail} if self.detail else {}),
        }


_AJOUTER = Directe(insert(TraceRow.__table__))  # type: ignore[arg-type]  # a Table


async def ajouter(session: AsyncSession, **colonnes: Any) -> None:
    await _AJOUTER.jouer(session, colonnes)


async def de_la_prescription(session: AsyncSession, numero: str) -> Sequence[TraceRow]:
    return (await session.scalars(select(TraceRow).where(TraceRow.numero == numero).order_by(TraceRow.seq))).all()


async def du_patient(session: AsyncSession, matricule: str, limite: int = 200) -> Sequence[TraceRow]:
    requete = select(TraceRow).where(TraceRow.matricule_ins == matricule).order_by(TraceRow.seq.desc()).limit(limite)
    return (await session.scalars(requete)).all()
