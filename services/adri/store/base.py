"""Tables of the rights base. The rights of one beneficiary are one document: they are read and written whole."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Index, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.db.conventions import Instant, Json, nouvelle_metadata


class Base(DeclarativeBase):
    metadata = nouvelle_metadata()


class BeneficiaireRow(Base):
    """One beneficiary under one insured number; asked by that number, told about by matricule."""

    __tablename__ = "beneficiaire"
    __table_args__ = (
        Index("ix_beneficiaire_assure_nir", "assure_nir"),
        Index("ix_beneficiaire_matricule", "matricule"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    assure_nir: Mapped[str] = mapped_column(String(13))
    assure_cle: Mapped[str] = mapped_column(String(2))
    matricule: Mapped[str | None] = mapped_column(String(15))
    nom: Mapped[str] = mapped_column(String(100))
    nom_usuel: Mapped[str | None] = mapped_column(String(100))
    prenoms: Mapped[str] = mapped_column(String(300))
    date_naissance: Mapped[str] = mapped_column(String(10))
    rang: Mapped[int]
    qualite: Mapped[str] = mapped_column(String(1))
    numero: Mapped[int]
    medecin_traitant: Mapped[str | None] = mapped_column(String(9))
    en_mise_a_jour: Mapped[bool] = mapped_column(default=False)
    droits: Mapped[dict[str, Any]] = mapped_column(Json)


class ContexteApcvRow(Base):
    """An apCV context, as the events of ``apcv`` tell it."""

    __tablename__ = "contexte_apcv"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    etat: Mapped[str] = mapped_column(String(10))
    expire_le: Mapped[datetime] = mapped_column(Instant)
    beneficiaires: Mapped[list[str]] = mapped_column(Json)
    identifiant_facturation: Mapped[str] = mapped_column(String(20))


class FactureRow(Base):
    """An open invoice of the host software with the ADRi answer attached to it."""

    __tablename__ = "facture"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    date_facture: Mapped[date] = mapped_column(Date)
    date_reference: Mapped[date] = mapped_column(Date)
    reponse: Mapped[dict[str, Any]] = mapped_column(Json)
    attachee_le: Mapped[datetime] = mapped_column(Instant)
