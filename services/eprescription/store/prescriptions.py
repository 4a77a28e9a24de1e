"""Prescriptions: the content whole, as bytes, with what is searched and decided beside it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, Index, LargeBinary, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, make_transient_to_detached, mapped_column
from sqlalchemy.orm.attributes import set_committed_value

from services.eprescription.domain.cycle import Dossier
from services.eprescription.domain.erreurs import refus
from services.eprescription.domain.etat import EtatLigne
from services.eprescription.domain.machine import Statut
from services.eprescription.domain.modele import Prescription
from services.eprescription.store.base import Base
from shared.db.conventions import Instant, Json
from shared.db.upsert import inserer_si_absent


class PrescriptionRow(Base):
    __tablename__ = "prescription"
    __table_args__ = (
        Index("ix_prescription_patient", "matricule_ins", "enregistree_le"),
        Index("ix_prescription_auteur", "auteur_id_nat", "enregistree_le"),
        Index("ix_prescription_echeance", "statut", "fin_validite"),
        Index("ix_prescription_redaction", "statut", "date_redaction"),
    )

    numero: Mapped[str] = mapped_column(String(18), primary_key=True)
    empreinte: Mapped[str] = mapped_column(String(64))
    type: Mapped[str] = mapped_column(String(30))
    statut: Mapped[str] = mapped_column(String(12))
    version: Mapped[int]
    matricule_ins: Mapped[str] = mapped_column(String(15))
    auteur_id_nat: Mapped[str] = mapped_column(String(64))
    auteur_nom: Mapped[str] = mapped_column(String(255))
    structure_id: Mapped[str | None] = mapped_column(String(40))
    date_redaction: Mapped[datetime] = mapped_column(Instant)
    enregistree_le: Mapped[datetime] = mapped_column(Instant)
    fin_validite: Mapped[date] = mapped_column(Date)
    consultation_execution: Mapped[str] = mapped_column(String(3))
    anonymat_ivg: Mapped[bool] = mapped_column(Boolean)
    document_unique_id: Mapped[str] = mapped_column(String(64))
    copie_dmp: Mapped[bool] = mapped_column(Boolean)
    contenu: Mapped[bytes] = mapped_column(LargeBinary)
    lignes: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    avertissements: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    logiciel: Mapped[str | None] = mapped_column(String(255))
    annulation_en_attente: Mapped[str | None] = mapped_column(String(40))
    motif_annulation: Mapped[str | None] = mapped_column(String(40))
    remplace: Mapped[str | None] = mapped_column(String(18))
    remplacee_par: Mapped[str | None] = mapped_column(String(18))
    # The lock (§2.5): compared and set in one statement, so that of two pharmacies exactly one gets it.
    verrou_id: Mapped[str | None] = mapped_column(String(40))
    verrou_structure: Mapped[str | None] = mapped_column(String(40))
    verrou_jeton: Mapped[str | None] = mapped_column(String(64))
    verrou_expire: Mapped[datetime | None] = mapped_column(Instant, index=True)

    def prescription(self) -> Prescription:
        return Prescription.model_validate_json(self.contenu)

    def dossier(self) -> Dossier:
        return Dossier(
            self.numero,
            Statut(self.statut),
            self.version,
            self.fin_validite,
            tuple(EtatLigne.from_json(ligne) for ligne in self.lignes),
            self.annulation_en_attente,
        )

    def recevoir(self, d: Dossier) -> None:
        """Remember what the domain decided."""
        self.statut = d.statut
        self.version = d.version
        self.annulation_en_attente = d.annulation_en_attente
        self.lignes = [ligne.to_json() for ligne in d.lignes]

    def est_verrouillee(self, maintenant: datetime) -> bool:
        return self.verrou_id is not None and self.verrou_expire is not None and self.verrou_expire > maintenant

    def liberer(self) -> None:
        self.verrou_id = self.verrou_structure = self.verrou_jeton = self.verrou_expire = None

    @property
    def est_ouverte(self) -> bool:
        return self.statut in {Statut.ACTIVE, Statut.EN_COURS}


async def ajouter(session: AsyncSession, row: PrescriptionRow) -> bool:
    """Insert unless the number exists; False when another request was first. The row then belongs to the session."""
    colonnes = {nom: getattr(row, cle) for nom, cle in _COLONNES}
    if not await inserer_si_absent(session, PrescriptionRow.metadata.tables["prescription"], **colonnes):
        return False
    make_transient_to_detached(row)
    for nom, cle in _COLONNES:
        set_committed_value(row, cle, colonnes[nom])
    session.add(row)
    return True


_COLONNES = tuple((c.name, c.key) for c in PrescriptionRow.__mapper__.columns)


async def chercher(session: AsyncSession, numero: str) -> PrescriptionRow | None:
    return await session.get(PrescriptionRow, numero)


def _exister(row: PrescriptionRow | None) -> PrescriptionRow:
    if row is None:
        raise refus("EP-404-01", champ="numero")
    if row.statut == Statut.SUPPRIMEE:
        raise refus("EP-410-01", regle="GEN-22", champ="numero")
    return row


async def trouver(session: AsyncSession, numero: str) -> PrescriptionRow:
    """The row; 404 when unknown, 410 after the retention period."""
    return _exister(await session.get(PrescriptionRow, numero))


async def verrouiller(session: AsyncSession, numero: str) -> PrescriptionRow:
    """The row, held until the end of the transaction: whoever decides on it decides alone."""
    return _exister(await session.get(PrescriptionRow, numero, with_for_update=True, populate_existing=True))


async def de_patient(
    session: AsyncSession, matricule: str, *, statut: str | None = None, type_: str | None = None, limite: int = 100
) -> Sequence[PrescriptionRow]:
    requete = select(PrescriptionRow).where(
        PrescriptionRow.matricule_ins == matricule, PrescriptionRow.statut != Statut.SUPPRIMEE
    )
    if statut:
        requete = requete.where(PrescriptionRow.statut == statut)
    if type_:
        requete = requete.where(PrescriptionRow.type == type_)
    requete = requete.order_by(PrescriptionRow.enregistree_le.desc(), PrescriptionRow.numero).limit(limite)
    return (await session.scalars(requete)).all()


async def de_l_auteur(
    session: AsyncSession, id_nat: str, *, depuis: datetime | None = None, limite: int = 100
) -> Sequence[PrescriptionRow]:
    requete = select(PrescriptionRow).where(
        PrescriptionRow.auteur_id_nat == id_nat, PrescriptionRow.statut != Statut.SUPPRIMEE
    )
    if depuis:
        requete = requete.where(PrescriptionRow.enregistree_le >= depuis)
    requete = requete.order_by(PrescriptionRow.enregistree_le.desc(), PrescriptionRow.numero).limit(limite)
    return (await session.scalars(requete)).all()


async def equipe_connait(session: AsyncSession, matricule: str, id_nat: str, structures: frozenset[str]) -> bool:
    """Whether this professional, or a structure of theirs, already prescribed for this person."""
    auteur = PrescriptionRow.auteur_id_nat == id_nat
    relation = auteur | PrescriptionRow.structure_id.in_(structures) if structures else auteur
    requete = select(PrescriptionRow.numero).where(PrescriptionRow.matricule_ins == matricule, relation).limit(1)
    return (await session.execute(requete)).first() is not None
