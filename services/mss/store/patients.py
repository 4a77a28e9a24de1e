"""The citizen side: profiles as mail knows them, contacts, dispensings, and the person's private inbox."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Identity, Index, String, Text, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.mss.domain.mes import Etat
from services.mss.domain.notifications import Avis
from services.mss.store.base import Base
from shared.db.conventions import Instant, Json, Sequence
from shared.db.directe import Directe
from shared.db.upsert import inserer_si_absent


@dataclass(frozen=True, slots=True)
class Profil:
    """What mail needs to know of a person; ``representants`` receive the notices of a minor."""

    matricule_ins: str
    etat: Etat
    nom: str
    courriel: str | None
    telephone: str | None
    representants: tuple[str, ...]


class PatientRow(Base):
    __tablename__ = "patient"

    matricule_ins: Mapped[str] = mapped_column(String(15), primary_key=True)
    etat: Mapped[str] = mapped_column(String(16))
    nom: Mapped[str] = mapped_column(String(200), default="")
    courriel: Mapped[str | None] = mapped_column(String(254))
    telephone: Mapped[str | None] = mapped_column(String(20))
    representants: Mapped[list[str]] = mapped_column(Json, default=list)


class FilRow(Base):
    """A message a patient received from ``emetteur``; answers go to ``contact`` unless ``clos`` (MES-10 to MES-16)."""

    __tablename__ = "fil"

    matricule_ins: Mapped[str] = mapped_column(String(15), primary_key=True)
    message_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    emetteur: Mapped[str] = mapped_column(String(254))
    contact: Mapped[str] = mapped_column(String(254))
    clos: Mapped[bool] = mapped_column(default=False)
    accuse: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (Index(None, "matricule_ins", "emetteur"), Index(None, "matricule_ins", "contact"))


class DispensationRow(Base):
    """A delivery recorded by the e-prescription base: what opens the pharmacy exception (MES-33)."""

    __tablename__ = "dispensation"

    delivrance_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    matricule_ins: Mapped[str] = mapped_column(String(15))
    structure_id: Mapped[str] = mapped_column(String(32))
    structure_nom: Mapped[str] = mapped_column(String(200), default="")
    adresse_mss: Mapped[str | None] = mapped_column(String(254))
    remboursee: Mapped[bool]
    le: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index(None, "matricule_ins", "structure_id"),)


class PriveRow(Base):
    """One e-mail, SMS or letter of the person's private life: never inside the trust space."""

    __tablename__ = "prive"

    id: Mapped[int] = mapped_column(Sequence, Identity(), primary_key=True)
    matricule_ins: Mapped[str] = mapped_column(String(15))
    concerne_ins: Mapped[str] = mapped_column(String(15))
    canal: Mapped[str] = mapped_column(String(8))
    destination: Mapped[str | None] = mapped_column(String(254))
    motif: Mapped[str] = mapped_column(String(64))
    objet: Mapped[str] = mapped_column(Text)
    texte: Mapped[str] = mapped_column(Text)
    le: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index(None, "matricule_ins"), {"sqlite_autoincrement": True})


_PATIENT: Any = PatientRow.__table__
_PRIVE: Any = PriveRow.__table__
_PROFIL = select(*(_PATIENT.c[champ.name] for champ in fields(Profil))).where(
    _PATIENT.c.matricule_ins == bindparam("voulu")
)
_LIRE = Directe(_PROFIL)
_VERROUILLER = Directe(_PROFIL.with_for_update())
_CHANGER = Directe(update(_PATIENT).where(_PATIENT.c.matricule_ins == bindparam("voulu")))
_DEPOSER = Directe(insert(_PRIVE))


async def profil(session: AsyncSession, matricule_ins: str, *, verrou: bool = False) -> Profil | None:
    """What mail knows of a person; ``verrou`` keeps the profile from changing under a delivery."""
    ligne = await (_VERROUILLER if verrou else _LIRE).une(session, voulu=matricule_ins)
    if ligne is None:
        return None
    matricule, etat, nom, courriel, telephone, representants = ligne
    return Profil(matricule, Etat(etat), nom, courriel, telephone, tuple(representants))


async def inscrire(session: AsyncSession, matricule_ins: str, etat: Etat, *, nom: str = "") -> bool:
    return await inserer_si_absent(
        session,
        _PATIENT,
        matricule_ins=matricule_ins,
        etat=str(etat),
        nom=nom,
        courriel=None,
        telephone=None,
        representants=[],
    )


async def changer_etat(
    session: AsyncSession, matricule_ins: str, etat: Etat, *, courriel: str | None = None
) -> Profil | None:
    """Move a profile; returns what it was before, None when the person was unknown (and is now known)."""
    avant = await profil(session, matricule_ins, verrou=True)
    if avant is None:
        await inscrire(session, matricule_ins, etat)
    nouvelles = {"courriel": courriel[:254]} if courriel else {}
    if avant is not None:
        nouvelles["etat"] = str(etat)
    if nouvelles:
        await _CHANGER.jouer(session, {"voulu": matricule_ins, **nouvelles})
    return avant


async def renommer(session: AsyncSession, ancien: str, nouveau: str) -> None:
    """Carry a person over to a new matricule: the profile follows, the mail of the old address stays where it is."""
    ligne = await _LIRE.une(session, voulu=ancien)
    if ligne is not None:
        await inserer_si_absent(session, _PATIENT, **(ligne._asdict() | {"matricule_ins": nouveau}))


async def ouvrir_fil(
    session: AsyncSession, matricule: str, message_id: str, emetteur: str, contact: str, clos: bool
) -> None:
    await inserer_si_absent(
        session,
        FilRow.__table__,  # type: ignore[arg-type]  # a Table
        matricule_ins=matricule,
        message_id=message_id,
        emetteur=emetteur,
        contact=contact,
        clos=clos,
        accuse=False,
    )


async def clore_fils(session: AsyncSession, matricule: str, emetteur: str) -> None:
    """MES-11: no earlier message of that mailbox can be answered any more."""
    await session.execute(
        update(FilRow).where(FilRow.matricule_ins == matricule, FilRow.emetteur == emetteur).values(clos=True)
    )


async def fil(session: AsyncSession, matricule: str, message_id: str) -> FilRow | None:
    return await session.get(FilRow, (matricule, message_id))


async def fils_avec(session: AsyncSession, matricule: str, contact: str) -> list[FilRow]:
    return list(
        await session.scalars(select(FilRow).where(FilRow.matricule_ins == matricule, FilRow.contact == contact))
    )


async def contacts(session: AsyncSession, matricule: str) -> list[tuple[str, bool]]:
    """The authorised contacts of a patient and whether one exchange with each is still open."""
    rows = await session.execute(
        select(FilRow.contact, FilRow.clos).where(FilRow.matricule_ins == matricule).distinct().order_by(FilRow.contact)
    )
    ouverts: dict[str, bool] = {}
    for contact, clos in rows.all():
        ouverts[contact] = ouverts.get(contact, False) or not clos
    return list(ouverts.items())


async def enregistrer_dispensation(session: AsyncSession, **valeurs: object) -> None:
    await inserer_si_absent(session, DispensationRow.__table__, **valeurs)  # type: ignore[arg-type]  # a Table


async def annuler_dispensation(session: AsyncSession, delivrance_id: str) -> None:
    await session.execute(delete(DispensationRow).where(DispensationRow.delivrance_id == delivrance_id))


async def dispensations(
    session: AsyncSession, matricule: str, *, depuis: datetime, jusque: datetime
) -> list[DispensationRow]:
    """The reimbursed dispensings of a period, newest first."""
    return list(
        await session.scalars(
            select(DispensationRow)
            .where(
                DispensationRow.matricule_ins == matricule,
                DispensationRow.remboursee.is_(True),
                DispensationRow.le >= depuis,
                DispensationRow.le <= jusque,
            )
            .order_by(DispensationRow.le.desc())
        )
    )


async def deposer_prive(
    session: AsyncSession,
    matricule: str,
    avis: Avis,
    *,
    le: datetime,
    destination: str | None,
    concerne: str | None = None,
) -> None:
    depot = {
        "matricule_ins": matricule,
        "concerne_ins": concerne or matricule,
        "canal": avis.canal,
        "destination": destination,
        "motif": avis.motif,
        "objet": avis.objet,
        "texte": avis.texte,
        "le": le,
    }
    await _DEPOSER.jouer(session, depot)


async def prives(session: AsyncSession, matricule: str, *, taille: int, avant: int | None = None) -> list[PriveRow]:
    demande = select(PriveRow).where(PriveRow.matricule_ins == matricule).order_by(PriveRow.id.desc()).limit(taille)
    if avant is not None:
        demande = demande.where(PriveRow.id < avant)
    return list(await session.scalars(demande))
