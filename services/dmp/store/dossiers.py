"""A person's dossier and who may read it: state and settings of the profile, authorisations."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol, cast

from sqlalchemy import Index, String, Text, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.dmp.domain.profil import Etat, Profil
from services.dmp.store.base import Base
from shared.db.conventions import Instant, Json
from shared.db.directe import Directe


class Fiche(Protocol):
    """What a visit reads of a dossier, as a light row or as a whole :class:`DossierRow`."""

    @property
    def matricule_ins(self) -> str: ...
    @property
    def nature(self) -> str: ...
    @property
    def oid_impose(self) -> str | None: ...
    @property
    def etat(self) -> str: ...
    @property
    def depuis(self) -> datetime: ...
    @property
    def echeance(self) -> datetime | None: ...
    @property
    def motif_fermeture(self) -> str | None: ...
    @property
    def raison_fermeture(self) -> str | None: ...
    @property
    def nom_naissance(self) -> str: ...
    @property
    def prenom(self) -> str: ...
    @property
    def prenoms(self) -> str: ...
    @property
    def sexe(self) -> str: ...
    @property
    def date_naissance(self) -> str: ...
    @property
    def lieu_naissance(self) -> str: ...
    @property
    def oppose_bris_de_glace(self) -> bool: ...
    @property
    def oppose_centre_15(self) -> bool: ...
    @property
    def masques_en_urgence(self) -> bool: ...
    @property
    def notification_acces(self) -> str | None: ...


class Titre(Protocol):
    """What a visit reads of an authorisation."""

    @property
    def titulaire_id(self) -> str: ...
    @property
    def mode(self) -> str: ...
    @property
    def medecin_traitant(self) -> bool: ...
    @property
    def derniere_action(self) -> datetime: ...
    @property
    def fin(self) -> datetime | None: ...


class DossierRow(Base):
    """One row a person. ``nature`` and ``oid_impose`` give the OID of the INS in the mode of the bac."""

    __tablename__ = "dossier"
    __table_args__ = (Index("ix_dossier_nom_naissance", "nom_naissance", "prenom"),)

    matricule_ins: Mapped[str] = mapped_column(String(15), primary_key=True)
    nature: Mapped[str] = mapped_column(String(3), default="NIR")
    oid_impose: Mapped[str | None] = mapped_column(String(6), default=None)
    etat: Mapped[str] = mapped_column(String(24))
    depuis: Mapped[datetime] = mapped_column(Instant)
    informe_le: Mapped[datetime | None] = mapped_column(Instant, default=None)
    active_le: Mapped[datetime | None] = mapped_column(Instant, default=None)
    effacement_demande_le: Mapped[datetime | None] = mapped_column(Instant, default=None)
    echeance: Mapped[datetime | None] = mapped_column(Instant, default=None, index=True)
    motif_fermeture: Mapped[str | None] = mapped_column(String(40), default=None)
    raison_fermeture: Mapped[str | None] = mapped_column(String(400), default=None)
    nom_naissance: Mapped[str] = mapped_column(Text, default="")
    prenom: Mapped[str] = mapped_column(Text, default="")
    prenoms: Mapped[str] = mapped_column(Text, default="")
    sexe: Mapped[str] = mapped_column(String(1), default="")
    date_naissance: Mapped[str] = mapped_column(String(10), default="")
    lieu_naissance: Mapped[str] = mapped_column(String(5), default="")
    email: Mapped[str | None] = mapped_column(Text, default=None)
    telephone: Mapped[str | None] = mapped_column(Text, default=None)
    oppose_bris_de_glace: Mapped[bool] = mapped_column(default=False)
    oppose_centre_15: Mapped[bool] = mapped_column(default=False)
    masques_en_urgence: Mapped[bool] = mapped_column(default=True)
    notification_acces: Mapped[str | None] = mapped_column(String(12), default=None)
    profil_medical: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    serie_vitale: Mapped[str | None] = mapped_column(String(16), default=None)

    def profil(self) -> Profil:
        return Profil(
            matricule_ins=self.matricule_ins,
            oid="",
            etat=Etat(self.etat),
            depuis=self.depuis,
            informe_le=self.informe_le,
            effacement_demande_le=self.effacement_demande_le,
            motif_fermeture=self.motif_fermeture,
            raison_fermeture=self.raison_fermeture,
        )

    def poser(self, profil: Profil, echeance: datetime | None) -> None:
        """Write the profile back."""
        self.etat = profil.etat.value
        self.depuis = profil.depuis
        self.informe_le = profil.informe_le
        self.effacement_demande_le = profil.effacement_demande_le
        self.motif_fermeture = profil.motif_fermeture
        self.raison_fermeture = profil.raison_fermeture
        self.echeance = echeance


class RepresentationRow(Base):
    """Who acts for whom: a parent for a minor, a guardian for a protected adult (mon-espace-sante.md §4)."""

    __tablename__ = "representation"

    representant_ins: Mapped[str] = mapped_column(String(15), primary_key=True)
    matricule_ins: Mapped[str] = mapped_column(String(15), primary_key=True)
    nature: Mapped[str] = mapped_column(String(10), default="parent")


class AutorisationRow(Base):
    """What the patient decided about one professional (or structure) on one dossier."""

    __tablename__ = "autorisation"
    __table_args__ = (Index("ix_autorisation_titulaire_id", "titulaire_id", "derniere_action"),)

    matricule_ins: Mapped[str] = mapped_column(String(15), primary_key=True)
    titulaire_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    type: Mapped[str] = mapped_column(String(10), default="ps")
    mode: Mapped[str] = mapped_column(String(10))
    """``VALIDE``, ``INTERDITE`` or ``RETIREE``."""
    medecin_traitant: Mapped[bool] = mapped_column(default=False)
    nom: Mapped[str] = mapped_column(Text, default="")
    prenom: Mapped[str] = mapped_column(Text, default="")
    profession: Mapped[str | None] = mapped_column(Text, default=None)
    specialite: Mapped[str | None] = mapped_column(Text, default=None)
    depuis: Mapped[datetime] = mapped_column(Instant)
    derniere_action: Mapped[datetime] = mapped_column(Instant)
    fin: Mapped[datetime | None] = mapped_column(Instant, default=None)
    consentement_initial: Mapped[bool] = mapped_column(default=True)


def valide(titre: Titre, now: datetime) -> bool:
    return titre.mode == "VALIDE" and (titre.fin is None or now < titre.fin)


def _colonnes(table: Any, vue: type) -> list[Any]:
    return [table.c[nom] for nom, membre in vars(vue).items() if isinstance(membre, property)]


_FICHE = Directe(
    select(*_colonnes(DossierRow.__table__, Fiche)).where(DossierRow.matricule_ins == bindparam("matricule"))
)


async def fiche(session: AsyncSession, matricule_ins: str) -> Fiche | None:
    """A dossier to look at; who writes to it asks for :func:`dossier`."""
    return cast(Fiche | None, await _FICHE.une(session, matricule=matricule_ins))


async def dossier(session: AsyncSession, matricule_ins: str, *, verrou: bool = False) -> DossierRow | None:
    return await session.get(DossierRow, matricule_ins, with_for_update=True if verrou else None)


async def representation(session: AsyncSession, representant: str, matricule_ins: str) -> RepresentationRow | None:
    return await session.get(RepresentationRow, (representant, matricule_ins))


async def representes(session: AsyncSession, representant: str) -> list[tuple[RepresentationRow, DossierRow]]:
    """The people this person acts for, with their dossiers."""
    requete = (
        select(RepresentationRow, DossierRow)
        .join(DossierRow, DossierRow.matricule_ins == RepresentationRow.matricule_ins)
        .where(RepresentationRow.representant_ins == representant)
        .order_by(DossierRow.date_naissance, DossierRow.prenom)
    )
    return [(lien, row) for lien, row in (await session.execute(requete)).all()]


async def par_nom(session: AsyncSession, debut: str, limite: int = 60) -> list[DossierRow]:
    """Dossiers whose birth name starts so (indexed), in alphabetical order."""
    requete = select(DossierRow)
    if debut:
        requete = requete.where(
            DossierRow.nom_naissance >= debut, DossierRow.nom_naissance.startswith(debut, autoescape=True)
        )
    requete = requete.order_by(DossierRow.nom_naissance, DossierRow.prenom).limit(limite)
    return list((await session.scalars(requete)).all())


async def autorisation(session: AsyncSession, matricule_ins: str, titulaire_id: str) -> AutorisationRow | None:
    return await session.get(AutorisationRow, (matricule_ins, titulaire_id))


async def titres(session: AsyncSession, matricule_ins: str, titulaires: Collection[str]) -> Sequence[Titre]:
    """What the patient decided about any of these holders, in one question."""
    noms = {f"t{rang}": titulaire for rang, titulaire in enumerate(sorted(titulaires))}
    return await _titres(len(noms)).lignes(session, matricule=matricule_ins, **noms)


@lru_cache(maxsize=32)
def _titres(combien: int) -> Directe:
    table = AutorisationRow.__table__
    return Directe(
        select(*_colonnes(table, Titre)).where(
            table.c.matricule_ins == bindparam("matricule"),
            table.c.titulaire_id.in_([bindparam(f"t{rang}") for rang in range(combien)]),
        )
    )


async def autorisations(session: AsyncSession, matricule_ins: str) -> list[AutorisationRow]:
    requete = (
        select(AutorisationRow)
        .where(AutorisationRow.matricule_ins == matricule_ins)
        .order_by(AutorisationRow.nom, AutorisationRow.titulaire_id)
    )
    return list((await session.scalars(requete)).all())


async def medecins_traitants(session: AsyncSession, matricule_ins: str) -> list[AutorisationRow]:
    return [a for a in await autorisations(session, matricule_ins) if a.medecin_traitant and a.mode == "VALIDE"]


async def patients_de(session: AsyncSession, titulaire_id: str, depuis: datetime | None) -> list[AutorisationRow]:
    """TD0.4: the dossiers that authorise this professional, the latest action first."""
    requete = select(AutorisationRow).where(
        AutorisationRow.titulaire_id == titulaire_id, AutorisationRow.mode == "VALIDE"
    )
    if depuis is not None:
        requete = requete.where(AutorisationRow.derniere_action >= depuis)
    requete = requete.order_by(AutorisationRow.derniere_action.desc()).limit(500)
    return list((await session.scalars(requete)).all())


async def echus(session: AsyncSession, now: datetime, limite: int = 5000) -> list[DossierRow]:
    """Dossiers whose timer is due, the oldest first."""
    requete = (
        select(DossierRow)
        .where(DossierRow.echeance.is_not(None), DossierRow.echeance <= now)
        .order_by(DossierRow.echeance)
        .limit(limite)
        .with_for_update(skip_locked=True)
    )
    return list((await session.scalars(requete)).all())
