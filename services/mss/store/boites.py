"""Mailboxes, who may open them, and the white list of domains (mssante.md §1.2 to §1.4)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Index, String, Text, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.mss.domain.adresses import ListeBlanche, TypeBal
from services.mss.store.base import Base
from shared.db.conventions import Instant
from shared.db.upsert import inserer_si_absent
from shared.errors import Introuvable

QUOTA_PAR_DEFAUT = 2 * 1024**3


class BoiteInconnue(Introuvable):
    slug, regle = "boite-inconnue", "MSS-BAL-01"


@dataclass(frozen=True, slots=True)
class Boite:
    """A mailbox of the trust space. ``id_nat`` holds PER and CAB, ``structure_id`` ORG and APP."""

    adresse: str
    type_bal: TypeBal
    id_nat: str | None
    structure_id: str | None
    matricule_ins: str | None
    situation_id: str | None
    libelle: str
    ouverte: bool
    quota: int
    occupe: int

    @property
    def est_patient(self) -> bool:
        return self.type_bal is TypeBal.PATIENT


class BoiteRow(Base):
    __tablename__ = "boite"

    adresse: Mapped[str] = mapped_column(String(254), primary_key=True)
    type_bal: Mapped[str] = mapped_column(String(8))
    id_nat: Mapped[str | None] = mapped_column(String(64))
    structure_id: Mapped[str | None] = mapped_column(String(32))
    matricule_ins: Mapped[str | None] = mapped_column(String(15))
    situation_id: Mapped[str | None] = mapped_column(String(16))
    libelle: Mapped[str] = mapped_column(String(200), default="")
    service: Mapped[str] = mapped_column(String(90), default="")
    responsable: Mapped[str] = mapped_column(String(90), default="")
    description: Mapped[str] = mapped_column(String(200), default="")
    liste_rouge: Mapped[bool] = mapped_column(default=False)
    rang: Mapped[int] = mapped_column(default=1)
    ouverte: Mapped[bool] = mapped_column(default=True)
    quota: Mapped[int] = mapped_column(BigInteger, default=QUOTA_PAR_DEFAUT)
    occupe: Mapped[int] = mapped_column(BigInteger, default=0)
    creee_le: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index(None, "id_nat"), Index(None, "structure_id"), Index(None, "situation_id"))

    def to_domain(self) -> Boite:
        return Boite(
            self.adresse,
            TypeBal(self.type_bal),
            self.id_nat,
            self.structure_id,
            self.matricule_ins,
            self.situation_id,
            self.libelle,
            self.ouverte,
            self.quota,
            self.occupe,
        )


class AccesRow(Base):
    """Who may open a shared mailbox, beside its holder."""

    __tablename__ = "boite_acces"

    adresse: Mapped[str] = mapped_column(String(254), primary_key=True)
    id_nat: Mapped[str] = mapped_column(String(64), primary_key=True)

    __table_args__ = (Index(None, "id_nat"),)


class DomaineRow(Base):
    """One line of the white list."""

    __tablename__ = "domaine"

    nom: Mapped[str] = mapped_column(String(189), primary_key=True)
    description: Mapped[str] = mapped_column(Text, default="")
    maj_le: Mapped[datetime] = mapped_column(Instant)


async def trouver(session: AsyncSession, adresse: str) -> Boite | None:
    row = await session.get(BoiteRow, adresse.lower())
    return row.to_domain() if row else None


async def verrouiller(session: AsyncSession, adresses: set[str]) -> None:
    """Hold some mailboxes until the transaction ends, always in the same order (a no-op where writers queue)."""
    demande = select(BoiteRow.adresse).where(BoiteRow.adresse.in_(sorted(adresses))).order_by(BoiteRow.adresse)
    await session.execute(demande.with_for_update())


async def exiger(session: AsyncSession, adresse: str) -> Boite:
    if (boite := await trouver(session, adresse)) is None:
        raise BoiteInconnue(f"no mailbox {adresse}", f"aucune boîte {adresse}", champ="adresse")
    return boite


async def accessibles(session: AsyncSession, id_nat: str) -> list[Boite]:
    """The open mailboxes a professional may open: their own first, then the shared ones."""
    partagees = select(AccesRow.adresse).where(AccesRow.id_nat == id_nat)
    rows = await session.scalars(
        select(BoiteRow)
        .where((BoiteRow.id_nat == id_nat) | BoiteRow.adresse.in_(partagees), BoiteRow.ouverte.is_(True))
        .order_by(BoiteRow.id_nat.is_(None), BoiteRow.rang, BoiteRow.adresse)
    )
    return [row.to_domain() for row in rows]


async def peut_ouvrir(session: AsyncSession, boite: Boite, id_nat: str) -> bool:
    return boite.id_nat == id_nat or await session.get(AccesRow, (boite.adresse, id_nat)) is not None


async def creer(session: AsyncSession, boite: Boite, *, le: datetime, rang: int = 1) -> bool:
    """Open a mailbox and white-list its domain; False when the address exists (address and type are immutable)."""
    domaine = boite.adresse.partition("@")[2]
    await inserer_si_absent(session, DomaineRow.__table__, nom=domaine, description="", maj_le=le)  # type: ignore[arg-type]  # a Table
    return await inserer_si_absent(
        session,
        BoiteRow.__table__,  # type: ignore[arg-type]  # a Table
        adresse=boite.adresse,
        type_bal=str(boite.type_bal),
        id_nat=boite.id_nat,
        structure_id=boite.structure_id,
        matricule_ins=boite.matricule_ins,
        situation_id=boite.situation_id,
        libelle=boite.libelle,
        service="",
        responsable="",
        description="",
        liste_rouge=False,
        rang=rang,
        ouverte=boite.ouverte,
        quota=boite.quota,
        occupe=0,
        creee_le=le,
    )


async def donner_acces(session: AsyncSession, adresse: str, id_nat: str) -> None:
    await inserer_si_absent(session, AccesRow.__table__, adresse=adresse, id_nat=id_nat)  # type: ignore[arg-type]  # a Table


async def fermer(session: AsyncSession, adresse: str, *, ouverte: bool = False) -> None:
    await session.execute(update(BoiteRow).where(BoiteRow.adresse == adresse).values(ouverte=ouverte))


async def peser(session: AsyncSession, adresse: str, octets: int) -> None:
    """Add to (or take from) what a mailbox holds."""
    await session.execute(update(BoiteRow).where(BoiteRow.adresse == adresse).values(occupe=BoiteRow.occupe + octets))


async def liste_blanche(session: AsyncSession) -> ListeBlanche:
    return ListeBlanche.de(await session.scalars(select(DomaineRow.nom)))


async def est_en_liste(session: AsyncSession, domaine: str) -> bool:
    return await session.get(DomaineRow, domaine.lower()) is not None


async def domaines(session: AsyncSession) -> list[DomaineRow]:
    return list(await session.scalars(select(DomaineRow).order_by(DomaineRow.nom)))


async def de_la_structure(session: AsyncSession, structure_id: str) -> list[Boite]:
    rows = await session.scalars(
        select(BoiteRow)
        .where(BoiteRow.structure_id == structure_id, BoiteRow.ouverte.is_(True))
        .order_by(BoiteRow.rang, BoiteRow.adresse)
    )
    return [row.to_domain() for row in rows]


async def preferee(session: AsyncSession, id_nat: str) -> Boite | None:
    return next((b for b in await accessibles(session, id_nat) if b.id_nat == id_nat), None)
