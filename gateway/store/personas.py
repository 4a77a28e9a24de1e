"""The professionals a bac added, and what it changed of those of the demonstration world."""

from typing import Any

from sqlalchemy import String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.base import Base
from shared.db.conventions import Json


class PersonaRow(Base):
    """``donnees`` is the whole persona when ``ajoute``, else the changes to the one of the demonstration world."""

    __tablename__ = "persona"

    slug: Mapped[str] = mapped_column(String(64), primary_key=True)
    id_nat: Mapped[str] = mapped_column(String(64), unique=True)
    ajoute: Mapped[bool]
    donnees: Mapped[dict[str, Any]] = mapped_column(Json)


class PatientConnuRow(Base):
    """A patient made or renumbered in this bac after its seed, learnt from ``ins`` so that tokens can be minted.

    ``remplace`` is the matricule this one took the place of, when it did.
    """

    __tablename__ = "patient_connu"

    matricule_ins: Mapped[str] = mapped_column(String(15), primary_key=True)
    oid: Mapped[str] = mapped_column(String(40))
    nom_naissance: Mapped[str] = mapped_column(String(100))
    prenom: Mapped[str] = mapped_column(String(100))
    remplace: Mapped[str | None] = mapped_column(String(15), index=True)


async def lire(session: AsyncSession, cle: str) -> PersonaRow | None:
    """By slug or by national identifier."""
    statement = select(PersonaRow).where((PersonaRow.slug == cle) | (PersonaRow.id_nat == cle)).limit(1)
    return (await session.scalars(statement)).first()


async def toutes(session: AsyncSession) -> list[PersonaRow]:
    return list(await session.scalars(select(PersonaRow).order_by(PersonaRow.slug)))
