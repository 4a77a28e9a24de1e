"""Requests for agreement: the executant asks, the prescriber answers (§2.4)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.eprescription.domain.erreurs import refus
from services.eprescription.store.base import Base
from shared.db.conventions import Instant, Json


class DemandeAccordRow(Base):
    __tablename__ = "demande_accord"
    __table_args__ = (Index("ix_demande_accord_prescripteur", "prescripteur_id_nat", "statut"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    numero: Mapped[str] = mapped_column(String(18), index=True)
    rang: Mapped[int]
    prescripteur_id_nat: Mapped[str] = mapped_column(String(64))
    executant_id_nat: Mapped[str] = mapped_column(String(64))
    executant_nom: Mapped[str] = mapped_column(String(255))
    structure_id: Mapped[str] = mapped_column(String(40))
    adaptation: Mapped[dict[str, Any]] = mapped_column(Json)
    statut: Mapped[str] = mapped_column(String(12))
    commentaire: Mapped[str | None] = mapped_column(String(1000))
    demandee_le: Mapped[datetime] = mapped_column(Instant)
    repondue_le: Mapped[datetime | None] = mapped_column(Instant)

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "numero": self.numero,
            "rang": self.rang,
            "adaptation": self.adaptation,
            "executant": self.executant_nom,
            "structure": self.structure_id,
            "statut": self.statut,
            "commentaire": self.commentaire,
            "demandeeLe": self.demandee_le.isoformat(),
            "reponduLe": self.repondue_le.isoformat() if self.repondue_le else None,
        }


async def trouver(session: AsyncSession, identifiant: str) -> DemandeAccordRow:
    row = await session.get(DemandeAccordRow, identifiant, with_for_update=True)
    if row is None:
        raise refus("EP-404-01", champ="id", fr="Demande d'accord inconnue.", en="Unknown request for agreement.")
    return row


async def pour_le_prescripteur(
    session: AsyncSession, id_nat: str, statut: str | None, limite: int = 100
) -> Sequence[DemandeAccordRow]:
    requete = select(DemandeAccordRow).where(DemandeAccordRow.prescripteur_id_nat == id_nat)
    if statut:
        requete = requete.where(DemandeAccordRow.statut == statut)
    return (await session.scalars(requete.order_by(DemandeAccordRow.demandee_le).limit(limite))).all()
