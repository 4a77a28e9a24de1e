"""Executions: what was handed over, line by line, and the reason when nothing was."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, Identity, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.eprescription.domain.cycle import Mesure
from services.eprescription.domain.erreurs import refus
from services.eprescription.domain.etat import nombre
from services.eprescription.store.base import Base
from shared.db.conventions import Instant, Json
from shared.db.conventions import Sequence as Suite


class ExecutionRow(Base):
    __tablename__ = "execution"

    seq: Mapped[int] = mapped_column(Suite, Identity(), primary_key=True)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    numero: Mapped[str] = mapped_column(String(18), index=True)
    structure_id: Mapped[str] = mapped_column(String(40))
    structure_nom: Mapped[str | None] = mapped_column(String(255))
    executant_id_nat: Mapped[str] = mapped_column(String(64))
    executant_nom: Mapped[str] = mapped_column(String(255))
    date: Mapped[date] = mapped_column(Date)
    enregistree_le: Mapped[datetime] = mapped_column(Instant)
    contenu: Mapped[dict[str, Any]] = mapped_column(Json)
    mesures: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    annulee_le: Mapped[datetime | None] = mapped_column(Instant)
    motif_annulation: Mapped[str | None] = mapped_column(String(255))

    def lire_mesures(self) -> list[Mesure]:
        return [
            Mesure(
                m["rang"],
                Decimal(str(m["quantite"])),
                self.date,
                m["couvreJours"],
                m["nonExecutee"],
                m["exceptionnelle"],
            )
            for m in self.mesures
        ]


def ecrire_mesure(m: Mesure) -> dict[str, Any]:
    return {
        "rang": m.rang,
        "quantite": nombre(m.quantite),
        "couvreJours": m.couvre_jours,
        "nonExecutee": m.non_executee,
        "exceptionnelle": m.exceptionnelle,
    }


async def trouver(session: AsyncSession, identifiant: str) -> ExecutionRow:
    row = await session.scalar(select(ExecutionRow).where(ExecutionRow.id == identifiant))
    if row is None:
        raise refus("EP-404-01", champ="id", fr="Exécution inconnue.", en="Unknown execution.")
    return row


async def de_la_prescription(session: AsyncSession, numero: str) -> Sequence[ExecutionRow]:
    return (
        await session.scalars(select(ExecutionRow).where(ExecutionRow.numero == numero).order_by(ExecutionRow.seq))
    ).all()
