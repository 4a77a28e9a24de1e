"""What the decisions need beside the prescriptions: people, mailboxes, oppositions, covered periods, replays."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Identity, LargeBinary, String, bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.eprescription.domain.regles import Couverture
from services.eprescription.store.base import Base
from shared.db.conventions import Instant, Json
from shared.db.conventions import Sequence as Suite
from shared.db.directe import Directe


class PersonneRow(Base):
    """A person the national identity base told us about."""

    __tablename__ = "personne"

    matricule_ins: Mapped[str] = mapped_column(String(15), primary_key=True)
    oid: Mapped[str] = mapped_column(String(40))
    nom_naissance: Mapped[str] = mapped_column(String(255))
    prenoms: Mapped[str] = mapped_column(String(255))
    sexe: Mapped[str] = mapped_column(String(1))
    date_naissance: Mapped[str] = mapped_column(String(10))


class CorrespondantRow(Base):
    """The MSSanté address of a professional (PS_IdNat) or of a structure (struct_idNat)."""

    __tablename__ = "correspondant"

    cle: Mapped[str] = mapped_column(String(64), primary_key=True)
    adresse_mss: Mapped[str] = mapped_column(String(255))


class OppositionRow(Base):
    """The patient opposes the consultation of execution data by one prescriber, or by all (``*``)."""

    __tablename__ = "opposition"

    matricule_ins: Mapped[str] = mapped_column(String(15), primary_key=True)
    prescripteur: Mapped[str] = mapped_column(String(64), primary_key=True)
    depuis: Mapped[datetime] = mapped_column(Instant)


class CouvertureRow(Base):
    """A period of stupéfiant or assimilé already prescribed (MED-17)."""

    __tablename__ = "couverture"

    seq: Mapped[int] = mapped_column(Suite, Identity(), primary_key=True)
    matricule_ins: Mapped[str] = mapped_column(String(15), index=True)
    numero: Mapped[str] = mapped_column(String(18), index=True)
    substances: Mapped[list[str]] = mapped_column(Json)
    debut: Mapped[date] = mapped_column(Date)
    fin: Mapped[date] = mapped_column(Date)


class IdempotenceRow(Base):
    """The first answer given to an ``Idempotency-Key`` (§2.5.6)."""

    __tablename__ = "idempotence"

    appelant: Mapped[str] = mapped_column(String(64), primary_key=True)
    cle: Mapped[str] = mapped_column(String(64), primary_key=True)
    requete: Mapped[str] = mapped_column(String(64))
    statut: Mapped[int]
    reponse: Mapped[bytes] = mapped_column(LargeBinary)
    entetes: Mapped[dict[str, Any]] = mapped_column(Json)
    cree_le: Mapped[datetime] = mapped_column(Instant, index=True)


class ExecutionPapierRow(Base):
    """A paper prescription executed and declared afterwards (CSP R.4073-2)."""

    __tablename__ = "execution_papier"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    matricule_ins: Mapped[str] = mapped_column(String(15), index=True)
    structure_id: Mapped[str] = mapped_column(String(40))
    executant_id_nat: Mapped[str] = mapped_column(String(64))
    motif: Mapped[str] = mapped_column(String(60))
    date: Mapped[date] = mapped_column(Date)
    enregistree_le: Mapped[datetime] = mapped_column(Instant)
    contenu: Mapped[dict[str, Any]] = mapped_column(Json)


_COUVERTURE: Any = CouvertureRow.__table__
_CORRESPONDANT: Any = CorrespondantRow.__table__
_COUVERTURES = Directe(
    select(*(_COUVERTURE.c[nom] for nom in ("substances", "debut", "fin", "numero"))).where(
        _COUVERTURE.c.matricule_ins == bindparam("voulu")
    )
)
_COUVRIR = Directe(insert(_COUVERTURE))
_ADRESSE = Directe(select(_CORRESPONDANT.c.adresse_mss).where(_CORRESPONDANT.c.cle == bindparam("voulu")))


async def couvertures(session: AsyncSession, matricule: str, *, sauf: str | None = None) -> tuple[Couverture, ...]:
    rows = await _COUVERTURES.lignes(session, voulu=matricule)
    return tuple(Couverture(frozenset(r.substances), r.debut, r.fin, r.numero) for r in rows if r.numero != sauf)


async def couvrir(session: AsyncSession, **colonnes: Any) -> None:
    await _COUVRIR.jouer(session, colonnes)


async def decouvrir(session: AsyncSession, numero: str) -> None:
    """A cancelled or stopped prescription covers nothing any more."""
    await session.execute(delete(CouvertureRow).where(CouvertureRow.numero == numero))


async def est_oppose(session: AsyncSession, matricule: str, prescripteur: str) -> bool:
    requete = select(OppositionRow.prescripteur).where(
        OppositionRow.matricule_ins == matricule, OppositionRow.prescripteur.in_([prescripteur, "*"])
    )
    return (await session.execute(requete.limit(1))).first() is not None


async def oppositions(session: AsyncSession, matricule: str) -> list[str]:
    requete = select(OppositionRow.prescripteur).where(OppositionRow.matricule_ins == matricule)
    return sorted((await session.scalars(requete)).all())


async def adresse_mss(session: AsyncSession, *cles: str | None) -> str | None:
    """The first known address among these keys."""
    for cle in cles:
        if cle and (ligne := await _ADRESSE.une(session, voulu=cle)) is not None:
            adresse: str = ligne.adresse_mss
            return adresse
    return None
