"""Prescriptions: the content whole, as bytes, with what is searched and decided beside it."""

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Boolean, Date, Index, LargeBinary, Select, String, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.eprescription.domain.cycle import Dossier
from services.eprescription.domain.erreurs import refus
from services.eprescription.domain.etat import EtatLigne
from services.eprescription.domain.machine import Statut
from services.eprescription.domain.modele import Prescription
from services.eprescription.store.base import Base
from shared.db.conventions import Instant, Json
from shared.db.directe import Directe
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


@dataclass(slots=True)
class FichePrescription:
    """One prescription as the base keeps it, column by column.

    Whoever changes it calls :func:`ecrire` before the transaction ends: nothing is written behind their back.
    """

    numero: str
    empreinte: str
    type: str
    statut: str
    version: int
    matricule_ins: str
    auteur_id_nat: str
    auteur_nom: str
    structure_id: str | None
    date_redaction: datetime
    enregistree_le: datetime
    fin_validite: date
    consultation_execution: str
    anonymat_ivg: bool
    document_unique_id: str
    copie_dmp: bool
    contenu: bytes
    lignes: list[dict[str, Any]]
    avertissements: list[dict[str, Any]]
    logiciel: str | None = None
    annulation_en_attente: str | None = None
    motif_annulation: str | None = None
    remplace: str | None = None
    remplacee_par: str | None = None
    verrou_id: str | None = None
    verrou_structure: str | None = None
    verrou_jeton: str | None = None
    verrou_expire: datetime | None = None
    connue: tuple[Any, ...] = field(default=(), repr=False, compare=False)
    """The same columns as the base holds them."""

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
        for colonne, valeur in etat(d).items():
            setattr(self, colonne, valeur)

    def est_verrouillee(self, maintenant: datetime) -> bool:
        return self.verrou_id is not None and self.verrou_expire is not None and self.verrou_expire > maintenant

    def liberer(self) -> None:
        self.verrou_id = self.verrou_structure = self.verrou_jeton = self.verrou_expire = None

    @property
    def est_ouverte(self) -> bool:
        return self.statut in {Statut.ACTIVE, Statut.EN_COURS}


def etat(d: Dossier) -> dict[str, Any]:
    """The columns that say where a prescription is in its life."""
    return {
        "statut": str(d.statut),
        "version": d.version,
        "annulation_en_attente": d.annulation_en_attente,
        "lignes": [ligne.to_json() for ligne in d.lignes],
    }


_TABLE: Any = PrescriptionRow.__table__
_COLONNES = tuple(f.name for f in fields(FichePrescription) if f.name != "connue")
_colonnes = attrgetter(*_COLONNES)
_TOUT = select(*(_TABLE.c[nom] for nom in _COLONNES))
_UNE = _TOUT.where(_TABLE.c.numero == bindparam("voulu"))
_LIRE = Directe(_UNE)
_VERROUILLER = Directe(_UNE.with_for_update())
_ECRIRE = Directe(update(_TABLE).where(_TABLE.c.numero == bindparam("voulu")))


def _fiche(ligne: Any) -> FichePrescription:
    fiche = FichePrescription(*ligne)
    fiche.connue = ligne
    return fiche


async def ajouter(session: AsyncSession, fiche: FichePrescription) -> bool:
    """Insert unless the number exists; False when another request was first."""
    fiche.connue = _colonnes(fiche)
    return await inserer_si_absent(session, _TABLE, **dict(zip(_COLONNES, fiche.connue, strict=True)))


async def ecrire(session: AsyncSession, fiche: FichePrescription) -> None:
    """Write the columns that changed since they were read."""
    voulues = _colonnes(fiche)
    if changees := {
        nom: voulue
        for nom, voulue, connue in zip(_COLONNES, voulues, fiche.connue, strict=True)
        if voulue is not connue and voulue != connue
    }:
        await _ECRIRE.jouer(session, {"voulu": fiche.numero, **changees})
        fiche.connue = voulues


async def chercher(session: AsyncSession, numero: str) -> FichePrescription | None:
    ligne = await _LIRE.une(session, voulu=numero)
    return _fiche(ligne) if ligne else None


def _exister(fiche: FichePrescription | None) -> FichePrescription:
    if fiche is None:
        raise refus("EP-404-01", champ="numero")
    if fiche.statut == Statut.SUPPRIMEE:
        raise refus("EP-410-01", regle="GEN-22", champ="numero")
    return fiche


async def trouver(session: AsyncSession, numero: str) -> FichePrescription:
    """The prescription; 404 when unknown, 410 after the retention period."""
    return _exister(await chercher(session, numero))


async def verrouiller(session: AsyncSession, numero: str) -> FichePrescription:
    """The prescription, held until the end of the transaction: whoever decides on it decides alone."""
    ligne = await _VERROUILLER.une(session, voulu=numero)
    return _exister(_fiche(ligne) if ligne else None)


async def _toutes(session: AsyncSession, requete: Select[Any]) -> list[FichePrescription]:
    return [_fiche(ligne) for ligne in (await session.execute(requete)).all()]


async def a_tenir(session: AsyncSession, *conditions: Any, limite: int) -> list[FichePrescription]:
    """Those that meet the conditions and nobody else is deciding on, held until the end of the transaction."""
    requete = _TOUT.where(*conditions).limit(limite).with_for_update(skip_locked=True)
    return await _toutes(session, requete)


async def de_patient(
    session: AsyncSession, matricule: str, *, statut: str | None = None, type_: str | None = None, limite: int = 100
) -> list[FichePrescription]:
    requete = _TOUT.where(PrescriptionRow.matricule_ins == matricule, PrescriptionRow.statut != Statut.SUPPRIMEE)
    if statut:
        requete = requete.where(PrescriptionRow.statut == statut)
    if type_:
        requete = requete.where(PrescriptionRow.type == type_)
    return await _toutes(session, _recentes(requete, limite))


async def de_l_auteur(
    session: AsyncSession, id_nat: str, *, depuis: datetime | None = None, limite: int = 100
) -> list[FichePrescription]:
    requete = _TOUT.where(PrescriptionRow.auteur_id_nat == id_nat, PrescriptionRow.statut != Statut.SUPPRIMEE)
    if depuis:
        requete = requete.where(PrescriptionRow.enregistree_le >= depuis)
    return await _toutes(session, _recentes(requete, limite))


def _recentes(requete: Select[Any], limite: int) -> Select[Any]:
    return requete.order_by(PrescriptionRow.enregistree_le.desc(), PrescriptionRow.numero).limit(limite)


async def equipe_connait(session: AsyncSession, matricule: str, id_nat: str, structures: frozenset[str]) -> bool:
    """Whether this professional, or a structure of theirs, already prescribed for this person."""
    auteur = PrescriptionRow.auteur_id_nat == id_nat
    relation = auteur | PrescriptionRow.structure_id.in_(structures) if structures else auteur
    requete = select(PrescriptionRow.numero).where(PrescriptionRow.matricule_ins == matricule, relation).limit(1)
    return (await session.execute(requete)).first() is not None
