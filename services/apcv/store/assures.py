"""Insured people, the children on a parent's app, and the billing identities of professionals."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.apcv.domain.assure import Amc, Assure, Periode
from services.apcv.store.base import Base
from shared.db.conventions import Json
from shared.identite import NatureMatricule, OidMode, oid


class AssureRow(Base):
    __tablename__ = "assure"

    matricule_ins: Mapped[str] = mapped_column(String(15), primary_key=True)
    oid_impose: Mapped[str | None] = mapped_column(String(10))
    """The OID is that of this mode whatever the bac's mode."""
    type_matricule: Mapped[str] = mapped_column(String(3))
    nom_naissance: Mapped[str] = mapped_column(String(100), index=True)
    nom_utilise: Mapped[str | None] = mapped_column(String(100))
    prenom: Mapped[str] = mapped_column(String(100))
    liste_prenoms: Mapped[str] = mapped_column(String(100))
    sexe: Mapped[str] = mapped_column(String(1))
    date_naissance: Mapped[str] = mapped_column(String(10))
    lieu_naissance: Mapped[str | None] = mapped_column(String(5))
    rang_naissance: Mapped[int] = mapped_column(default=1)
    nir_assure: Mapped[str | None] = mapped_column(String(15))
    regime: Mapped[str] = mapped_column(String(2), default="01")
    caisse: Mapped[str] = mapped_column(String(3), default="631")
    centre: Mapped[str] = mapped_column(String(4), default="0000")
    qualite: Mapped[str] = mapped_column(String(2), default="0")
    situation: Mapped[str] = mapped_column(String(30), default="ordinaire")
    periodes: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    tutelle: Mapped[bool] = mapped_column(default=False)
    decede: Mapped[bool] = mapped_column(default=False)
    amc: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """The complementary contract carried by the app."""

    def to_domain(self, mode: OidMode) -> Assure:
        nature = NatureMatricule(self.type_matricule)
        impose: OidMode | None = "test" if self.oid_impose == "test" else "qualif" if self.oid_impose else None
        return Assure(
            matricule_ins=self.matricule_ins,
            oid=oid(nature, impose or mode),
            nom_naissance=self.nom_naissance,
            prenom=self.prenom,
            liste_prenoms=self.liste_prenoms,
            sexe=self.sexe,
            date_naissance=self.date_naissance,
            lieu_naissance=self.lieu_naissance,
            nom_utilise=self.nom_utilise,
            rang_naissance=self.rang_naissance,
            type_matricule=self.type_matricule,
            nir_assure=self.nir_assure,
            regime=self.regime,
            caisse=self.caisse,
            centre=self.centre,
            qualite=self.qualite,
            situation=self.situation,
            periodes=tuple(Periode(p["debut"], p.get("fin")) for p in self.periodes),
            tutelle=self.tutelle,
            decede=self.decede,
            amc=Amc(**self.amc) if self.amc else None,
        )


class RattachementRow(Base):
    """A child on the app of a parent."""

    __tablename__ = "rattachement"
    __table_args__ = (Index("ix_rattachement_enfant", "enfant"),)

    parent: Mapped[str] = mapped_column(
        String(15), ForeignKey("assure.matricule_ins", onupdate="CASCADE", ondelete="CASCADE"), primary_key=True
    )
    enfant: Mapped[str] = mapped_column(
        String(15), ForeignKey("assure.matricule_ins", onupdate="CASCADE", ondelete="CASCADE"), primary_key=True
    )


class PraticienRow(Base):
    """A professional and, when we know it, the billing identity their CPS carries."""

    __tablename__ = "praticien"

    id_nat: Mapped[str] = mapped_column(String(64), primary_key=True)
    nom: Mapped[str] = mapped_column(String(100))
    prenom: Mapped[str] = mapped_column(String(100))
    identifiant_facturation: Mapped[str | None] = mapped_column(String(9), index=True)
    code_specialite: Mapped[str | None] = mapped_column(String(3))
    convention: Mapped[str | None] = mapped_column(String(1))


@dataclass(frozen=True, slots=True)
class Praticien:
    id_nat: str
    nom: str
    prenom: str
    identifiant_facturation: str | None
    code_specialite: str | None
    convention: str | None


async def trouver(session: AsyncSession, matricule: str, mode: OidMode) -> Assure | None:
    row = await session.get(AssureRow, matricule)
    return row.to_domain(mode) if row else None


async def enfants(session: AsyncSession, parent: str, mode: OidMode) -> tuple[Assure, ...]:
    rows = await session.scalars(
        select(AssureRow)
        .join(RattachementRow, RattachementRow.enfant == AssureRow.matricule_ins)
        .where(RattachementRow.parent == parent)
    )
    return tuple(row.to_domain(mode) for row in rows)


async def parents(session: AsyncSession, enfant: str) -> tuple[str, ...]:
    found = await session.scalars(
        select(RattachementRow.parent).where(RattachementRow.enfant == enfant).order_by(RattachementRow.parent)
    )
    return tuple(found)


async def plusieurs(session: AsyncSession, matricules: tuple[str, ...], mode: OidMode) -> dict[str, Assure]:
    rows = await session.scalars(select(AssureRow).where(AssureRow.matricule_ins.in_(matricules)))
    return {row.matricule_ins: row.to_domain(mode) for row in rows}


async def praticien_par_facturation(session: AsyncSession, identifiant: str) -> Praticien | None:
    row = await session.scalar(
        select(PraticienRow).where(PraticienRow.identifiant_facturation == identifiant).order_by(PraticienRow.id_nat)
    )
    return _praticien(row)


async def praticien(session: AsyncSession, id_nat: str) -> Praticien | None:
    return _praticien(await session.get(PraticienRow, id_nat))


def _praticien(row: PraticienRow | None) -> Praticien | None:
    if row is None:
        return None
    return Praticien(row.id_nat, row.nom, row.prenom, row.identifiant_facturation, row.code_specialite, row.convention)
