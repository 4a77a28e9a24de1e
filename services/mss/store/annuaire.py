"""The directory as it is searched: professionals, situations, structures (annuaire-sante.md §3, §4)."""

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.mss.store.base import Base
from services.mss.store.boites import BoiteRow
from shared.db.conventions import Instant, Json


def normaliser(texte: str) -> str:
    """String search ignores case and accents."""
    plat = unicodedata.normalize("NFD", texte)
    return " ".join("".join(c for c in plat if not unicodedata.combining(c)).upper().split())


class PraticienRow(Base):
    __tablename__ = "praticien"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    id_nat: Mapped[str] = mapped_column(String(64), unique=True)
    rpps: Mapped[str | None] = mapped_column(String(11))
    nom: Mapped[str] = mapped_column(String(200))
    prenom: Mapped[str] = mapped_column(String(200))
    nom_normalise: Mapped[str] = mapped_column(String(200))
    prenom_normalise: Mapped[str] = mapped_column(String(200))
    civilite: Mapped[str] = mapped_column(String(8), default="")
    civilite_exercice: Mapped[str] = mapped_column(String(8), default="")
    qualifications: Mapped[list[list[list[str]]]] = mapped_column(Json, default=list)
    """Each qualification as a list of [system, code] pairs."""
    actif: Mapped[bool] = mapped_column(default=True)
    maj_le: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index(None, "rpps"), Index(None, "nom_normalise"), Index(None, "prenom_normalise"))


class SituationRow(Base):
    __tablename__ = "situation"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    numero: Mapped[str] = mapped_column(String(16))
    praticien_id: Mapped[str] = mapped_column(String(40))
    organisation_id: Mapped[str | None] = mapped_column(String(40))
    codes: Mapped[list[list[str]]] = mapped_column(Json, default=list)
    actif: Mapped[bool] = mapped_column(default=True)
    maj_le: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index(None, "numero"), Index(None, "praticien_id"), Index(None, "organisation_id"))


class OrganisationRow(Base):
    __tablename__ = "organisation"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    structure_id: Mapped[str] = mapped_column(String(32), unique=True)
    identifiants: Mapped[list[list[str]]] = mapped_column(Json, default=list)
    """[type, system, value] of each identifier beside the IDNST."""
    finess: Mapped[str | None] = mapped_column(String(9))
    nom: Mapped[str] = mapped_column(String(300))
    nom_normalise: Mapped[str] = mapped_column(String(300))
    enseigne: Mapped[str] = mapped_column(Text, default="")
    secteur: Mapped[str] = mapped_column(String(8), default="")
    categorie: Mapped[str] = mapped_column(String(8), default="")
    entite_juridique: Mapped[bool] = mapped_column(default=False)
    partie_de: Mapped[str | None] = mapped_column(String(40))
    ville: Mapped[str] = mapped_column(String(120), default="")
    ville_normalisee: Mapped[str] = mapped_column(String(120), default="")
    code_postal: Mapped[str] = mapped_column(String(10), default="")
    lignes: Mapped[list[str]] = mapped_column(Json, default=list)
    telephone: Mapped[str] = mapped_column(String(20), default="")
    courriel: Mapped[str] = mapped_column(String(254), default="")
    actif: Mapped[bool] = mapped_column(default=True)
    maj_le: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        Index(None, "finess"),
        Index(None, "nom_normalise"),
        Index(None, "ville_normalisee"),
        Index(None, "secteur"),
        Index(None, "partie_de"),
    )


async def praticien(session: AsyncSession, id_nat: str) -> PraticienRow | None:
    row: PraticienRow | None = await session.scalar(select(PraticienRow).where(PraticienRow.id_nat == id_nat))
    return row


async def organisation(session: AsyncSession, structure_id: str) -> OrganisationRow | None:
    row: OrganisationRow | None = await session.scalar(
        select(OrganisationRow).where(OrganisationRow.structure_id == structure_id)
    )
    return row


async def lieux_d_exercice(session: AsyncSession, id_nat: str) -> list[OrganisationRow]:
    """The structures where a professional has an active situation."""
    return list(
        await session.scalars(
            select(OrganisationRow)
            .join(SituationRow, SituationRow.organisation_id == OrganisationRow.id)
            .join(PraticienRow, PraticienRow.id == SituationRow.praticien_id)
            .where(PraticienRow.id_nat == id_nat, SituationRow.actif.is_(True))
        )
    )


async def boites_publiees(session: AsyncSession, *, colonne: Any, valeurs: Iterable[str]) -> list[BoiteRow]:
    """The published mailboxes (never on the red list, never closed) of some owners, preferred first."""
    cherchees = list(valeurs)
    if not cherchees:
        return []
    return list(
        await session.scalars(
            select(BoiteRow)
            .where(colonne.in_(cherchees), BoiteRow.liste_rouge.is_(False), BoiteRow.ouverte.is_(True))
            .order_by(BoiteRow.rang, BoiteRow.adresse)
        )
    )


async def chercher_adresses(session: AsyncSession, texte: str, *, taille: int) -> list[tuple[BoiteRow, str]]:
    """Published mailboxes by address, holder or structure, with the name to show; what an address book asks."""
    voulu, adresse = normaliser(texte), texte.strip().lower()
    personnes = select(PraticienRow.id_nat).where(
        PraticienRow.actif.is_(True),
        PraticienRow.nom_normalise.startswith(voulu, autoescape=True)
        | PraticienRow.prenom_normalise.startswith(voulu, autoescape=True)
        | (PraticienRow.rpps == voulu)
        | (PraticienRow.id_nat == voulu),
    )
    structures = select(OrganisationRow.structure_id).where(
        OrganisationRow.nom_normalise.contains(voulu, autoescape=True) | (OrganisationRow.finess == voulu)
    )
    rows = await session.scalars(
        select(BoiteRow)
        .where(
            BoiteRow.liste_rouge.is_(False),
            BoiteRow.ouverte.is_(True),
            BoiteRow.matricule_ins.is_(None),
            BoiteRow.adresse.startswith(adresse, autoescape=True)
            | BoiteRow.id_nat.in_(personnes)
            | BoiteRow.structure_id.in_(structures),
        )
        .order_by(BoiteRow.rang, BoiteRow.adresse)
        .limit(taille)
    )
    return [(row, row.libelle) for row in rows]
