"""Tables of the national identity base. People and their matricules only: nothing here knows a bac."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.db.conventions import Instant, nouvelle_metadata


class Base(DeclarativeBase):
    metadata = nouvelle_metadata()


class PersonneRow(Base):
    """One person. Every search of the téléservice is one of its two indexes: (name, date, sex) or matricule."""

    __tablename__ = "personne"
    __table_args__ = (
        Index("ix_personne_recherche", "nom_recherche", "date_naissance", "sexe"),
        Index("ix_personne_matricule", "matricule", unique=True),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    matricule: Mapped[str] = mapped_column(String(15))
    nature: Mapped[str] = mapped_column(String(3))
    debut: Mapped[str | None] = mapped_column(String(10))
    nom_naissance: Mapped[str] = mapped_column(String(100))
    nom_recherche: Mapped[str] = mapped_column(String(100))
    prenoms: Mapped[str] = mapped_column(String(300))
    sexe: Mapped[str] = mapped_column(String(1))
    date_naissance: Mapped[str] = mapped_column(String(10))
    lieu_naissance: Mapped[str | None] = mapped_column(String(5))
    rang_naissance: Mapped[int] = mapped_column(default=1)
    oid_impose: Mapped[str | None] = mapped_column(String(6))
    panne_code: Mapped[str | None] = mapped_column(String(20))
    panne_delai_s: Mapped[float] = mapped_column(default=0.0)


class AliasRow(Base):
    """A recorded variant of a birth name, normalised."""

    __tablename__ = "alias"

    nom_recherche: Mapped[str] = mapped_column(String(100), primary_key=True)
    personne_id: Mapped[str] = mapped_column(ForeignKey("personne.id", ondelete="CASCADE"), primary_key=True)


class MatriculeHistoriqueRow(Base):
    """An earlier matricule (``INSHISTO``), in the order they were given."""

    __tablename__ = "matricule_historique"
    __table_args__ = (Index("ix_matricule_historique_valeur", "valeur"),)

    personne_id: Mapped[str] = mapped_column(ForeignKey("personne.id", ondelete="CASCADE"), primary_key=True)
    ordre: Mapped[int] = mapped_column(primary_key=True)
    valeur: Mapped[str] = mapped_column(String(15))
    nature: Mapped[str] = mapped_column(String(3))
    debut: Mapped[str | None] = mapped_column(String(10))
    fin: Mapped[str | None] = mapped_column(String(10))


class CarteVitaleRow(Base):
    """One beneficiary of the carte Vitale of one insured person (``MatriculeOD``, 13 characters)."""

    __tablename__ = "carte_vitale"

    ouvreur_droit: Mapped[str] = mapped_column(String(13), primary_key=True)
    personne_id: Mapped[str] = mapped_column(ForeignKey("personne.id", ondelete="CASCADE"), primary_key=True)
    nom_naissance: Mapped[str] = mapped_column(String(100))
    date_naissance: Mapped[str] = mapped_column(String(10))
    rang_naissance: Mapped[int]


class LotRow(Base):
    __tablename__ = "lot"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    depose_le: Mapped[datetime] = mapped_column(Instant)
    demandeur: Mapped[str | None] = mapped_column(String(40))


class LotResultatRow(Base):
    __tablename__ = "lot_resultat"

    lot_id: Mapped[str] = mapped_column(ForeignKey("lot.id", ondelete="CASCADE"), primary_key=True)
    ordre: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(100))
    code_cr: Mapped[str | None] = mapped_column(String(2))
    erreur: Mapped[str | None] = mapped_column(String(20))
