"""Executions: what was handed over, line by line, and the reason when nothing was."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from sqlalchemy import Date, Identity, String, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.eprescription.domain.cycle import Mesure
from services.eprescription.domain.erreurs import refus
from services.eprescription.domain.etat import nombre
from services.eprescription.store.base import Base
from shared.db.conventions import Instant, Json
from shared.db.conventions import Sequence as Suite
from shared.db.directe import Directe


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


@dataclass(slots=True)
class FicheExecution:
    """One execution as the base keeps it."""

    id: str
    numero: str
    structure_id: str
    structure_nom: str | None
    executant_id_nat: str
    executant_nom: str
    date: date
    enregistree_le: datetime
    contenu: dict[str, Any]
    mesures: list[dict[str, Any]]
    annulee_le: datetime | None = None
    motif_annulation: str | None = None

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


_TABLE: Any = ExecutionRow.__table__
_COLONNES = tuple(f.name for f in fields(FicheExecution))
_colonnes = attrgetter(*_COLONNES)
_TOUT = select(*(_TABLE.c[nom] for nom in _COLONNES))
_AJOUTER = Directe(insert(_TABLE))
_TROUVER = Directe(_TOUT.where(_TABLE.c.id == bindparam("voulu")))
_DE_LA_PRESCRIPTION = Directe(_TOUT.where(_TABLE.c.numero == bindparam("voulu")).order_by(_TABLE.c.seq))
_ANNULER = Directe(update(_TABLE).where(_TABLE.c.id == bindparam("voulu")))


async def ajouter(session: AsyncSession, fiche: FicheExecution) -> None:
    await _AJOUTER.jouer(session, dict(zip(_COLONNES, _colonnes(fiche), strict=True)))


async def trouver(session: AsyncSession, identifiant: str) -> FicheExecution:
    ligne = await _TROUVER.une(session, voulu=identifiant)
    if ligne is None:
        raise refus("EP-404-01", champ="id", fr="Exécution inconnue.", en="Unknown execution.")
    return FicheExecution(*ligne)


async def annuler(session: AsyncSession, fiche: FicheExecution, *, le: datetime, motif: str | None) -> None:
    fiche.annulee_le, fiche.motif_annulation = le, motif
    await _ANNULER.jouer(session, {"voulu": fiche.id, "annulee_le": le, "motif_annulation": motif})


async def de_la_prescription(session: AsyncSession, numero: str) -> list[FicheExecution]:
    return [FicheExecution(*ligne) for ligne in await _DE_LA_PRESCRIPTION.lignes(session, voulu=numero)]
