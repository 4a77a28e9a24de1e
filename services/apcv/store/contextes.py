"""Contexts and the signatures they made."""

from datetime import datetime

from sqlalchemy import Index, String, Text, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.apcv.domain.contexte import Contexte, Etat, Motif, Professionnel, Role
from services.apcv.domain.lecture import Mode
from services.apcv.domain.refus import refus
from services.apcv.store.base import Base
from shared.db.conventions import Instant, Json


class ContexteRow(Base):
    __tablename__ = "contexte"
    __table_args__ = (
        Index("ix_contexte_etat_expire_le", "etat", "expire_le"),
        Index("ix_contexte_facturation_etat", "identifiant_facturation", "etat"),
    )

    identifiant: Mapped[str] = mapped_column(String(20), primary_key=True)
    token: Mapped[str] = mapped_column(String(80))
    appli_id: Mapped[str] = mapped_column(String(16), index=True)
    matricule_ins: Mapped[str] = mapped_column(String(15), index=True)
    beneficiaires: Mapped[list[str]] = mapped_column(Json)
    identifiant_facturation: Mapped[str] = mapped_column(String(20))
    code_specialite: Mapped[str | None] = mapped_column(String(3))
    id_nat: Mapped[str | None] = mapped_column(String(64))
    nom: Mapped[str | None] = mapped_column(String(200))
    mode: Mapped[Mode] = mapped_column(String(3))
    role: Mapped[Role] = mapped_column(String(11))
    delegation_id: Mapped[str | None] = mapped_column(String(36), index=True)
    ouvert_le: Mapped[datetime] = mapped_column(Instant)
    expire_le: Mapped[datetime] = mapped_column(Instant)
    etat: Mapped[str] = mapped_column(String(10))
    clos_le: Mapped[datetime | None] = mapped_column(Instant)
    motif: Mapped[Motif | None] = mapped_column(String(20))

    def to_domain(self) -> Contexte:
        return Contexte(
            identifiant=self.identifiant,
            token=self.token,
            appli_id=self.appli_id,
            matricule_ins=self.matricule_ins,
            beneficiaires=tuple(self.beneficiaires),
            professionnel=Professionnel(self.identifiant_facturation, self.code_specialite, self.id_nat, self.nom),
            mode=self.mode,
            ouvert_le=self.ouvert_le,
            expire_le=self.expire_le,
            role=self.role,
            delegation_id=self.delegation_id,
            etat=Etat(self.etat),
            clos_le=self.clos_le,
            motif=self.motif,
        )

    def poser(self, contexte: Contexte) -> None:
        self.etat = contexte.etat.value
        self.clos_le = contexte.clos_le
        self.motif = contexte.motif


def nouveau(contexte: Contexte) -> ContexteRow:
    ps = contexte.professionnel
    row = ContexteRow(
        identifiant=contexte.identifiant,
        token=contexte.token,
        appli_id=contexte.appli_id,
        matricule_ins=contexte.matricule_ins,
        beneficiaires=list(contexte.beneficiaires),
        identifiant_facturation=ps.identifiant_facturation,
        code_specialite=ps.code_specialite,
        id_nat=ps.id_nat,
        nom=ps.nom,
        mode=contexte.mode,
        role=contexte.role,
        delegation_id=contexte.delegation_id,
        ouvert_le=contexte.ouvert_le,
        expire_le=contexte.expire_le,
    )
    row.poser(contexte)
    return row


class SignatureRow(Base):
    """One ``signerVitale``: the context it used up makes it unique."""

    __tablename__ = "signature"

    contexte_id: Mapped[str] = mapped_column(String(20), primary_key=True)
    numero: Mapped[str] = mapped_column(String(20), unique=True)
    facture_id: Mapped[str] = mapped_column(String(36), index=True)
    signee_le: Mapped[datetime] = mapped_column(Instant)
    type: Mapped[str] = mapped_column(String(7))
    matricule_ins: Mapped[str] = mapped_column(String(15), index=True)
    empreinte_fse: Mapped[str | None] = mapped_column(String(44))
    empreinte_dre: Mapped[str | None] = mapped_column(String(44))
    valeur_fse: Mapped[str | None] = mapped_column(Text)
    valeur_dre: Mapped[str | None] = mapped_column(Text)


async def verrouiller(session: AsyncSession, identifiant: str) -> ContexteRow:
    row = await session.get(ContexteRow, identifiant, with_for_update=True)
    if row is None:
        raise refus("APCV-201", champ="ContexteApCV")
    return row


async def actifs_du_professionnel(session: AsyncSession, identifiant_facturation: str) -> list[ContexteRow]:
    found = await session.scalars(
        select(ContexteRow)
        .where(ContexteRow.identifiant_facturation == identifiant_facturation, ContexteRow.etat == Etat.ACTIVE.value)
        .order_by(ContexteRow.ouvert_le.desc())
        .with_for_update()
    )
    return list(found)


async def actifs_de_la_carte(
    session: AsyncSession,
    *,
    matricule: str | None = None,
    delegation_id: str | None = None,
    appli_id: str | None = None,
) -> list[ContexteRow]:
    """The open contexts of a card, of one delegation, or shown by one phone."""
    requete = select(ContexteRow).where(ContexteRow.etat == Etat.ACTIVE.value).with_for_update()
    if matricule is not None:
        requete = requete.where(ContexteRow.matricule_ins == matricule)
    if delegation_id is not None:
        requete = requete.where(ContexteRow.delegation_id == delegation_id)
    if appli_id is not None:
        requete = requete.where(ContexteRow.appli_id == appli_id)
    return list(await session.scalars(requete))


async def echus(session: AsyncSession, at: datetime, limite: int = 500) -> list[ContexteRow]:
    found = await session.scalars(
        select(ContexteRow)
        .where(ContexteRow.etat == Etat.ACTIVE.value, ContexteRow.expire_le <= at)
        .order_by(ContexteRow.expire_le)
        .limit(limite)
        .with_for_update()
    )
    return list(found)


async def prochaine_echeance(session: AsyncSession) -> datetime | None:
    return await session.scalar(
        select(ContexteRow.expire_le)
        .where(ContexteRow.etat == Etat.ACTIVE.value)
        .order_by(ContexteRow.expire_le)
        .limit(1)
    )


async def usages(session: AsyncSession, matricule: str, limite: int = 50) -> list[Contexte]:
    """Where the card was read: the usage traces that the app shows (apcv.md §1)."""
    found = await session.scalars(
        select(ContexteRow)
        .where(ContexteRow.matricule_ins == matricule)
        .order_by(ContexteRow.ouvert_le.desc())
        .limit(limite)
    )
    return [row.to_domain() for row in found]
