"""Folders of a mailbox and the messages placed in them, by UID (RFC 3501 §2.3.1)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Identity,
    Index,
    Integer,
    String,
    UniqueConstraint,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.mss.store import boites
from services.mss.store.base import Base
from services.mss.store.messages import BlobRow, MessageRow
from shared.db.conventions import Instant, Json, Sequence

INBOX = "INBOX"
#: The names mail clients look for, with their SPECIAL-USE attribute (RFC 6154).
PAR_DEFAUT = {INBOX: "", "Sent": "\\Sent", "Drafts": "\\Drafts", "Trash": "\\Trash", "Archives": "\\Archive"}


@dataclass(frozen=True, slots=True)
class Dossier:
    id: int
    adresse: str
    nom: str
    uidvalidity: int
    uidnext: int
    version: int
    abonne: bool
    usage: str
    recent_apres: int


@dataclass(frozen=True, slots=True)
class Entree:
    """A message in a folder; ``en_attente`` while the patient has not activated the profile."""

    dossier_id: int
    uid: int
    message_id: str
    drapeaux: frozenset[str]
    recu_le: datetime
    taille: int
    en_attente: bool


class DossierRow(Base):
    __tablename__ = "dossier"

    id: Mapped[int] = mapped_column(Sequence, Identity(), primary_key=True)
    adresse: Mapped[str] = mapped_column(String(254))
    nom: Mapped[str] = mapped_column(String(255))
    uidvalidity: Mapped[int] = mapped_column(Integer)
    uidnext: Mapped[int] = mapped_column(Integer, default=1)
    version: Mapped[int] = mapped_column(Integer, default=0)
    abonne: Mapped[bool] = mapped_column(default=True)
    usage: Mapped[str] = mapped_column(String(16), default="")
    recent_apres: Mapped[int] = mapped_column(Integer, default=0)
    """UIDs above it are ``\\Recent`` for the next session that selects the folder."""

    __table_args__ = (UniqueConstraint("adresse", "nom"), {"sqlite_autoincrement": True})

    def to_domain(self) -> Dossier:
        return Dossier(
            self.id,
            self.adresse,
            self.nom,
            self.uidvalidity,
            self.uidnext,
            self.version,
            self.abonne,
            self.usage,
            self.recent_apres,
        )


class EntreeRow(Base):
    __tablename__ = "entree"

    dossier_id: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=False)
    uid: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    message_id: Mapped[str] = mapped_column(String(36))
    drapeaux: Mapped[list[str]] = mapped_column(Json)
    recu_le: Mapped[datetime] = mapped_column(Instant)
    taille: Mapped[int] = mapped_column(Integer)
    en_attente: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (Index(None, "message_id"),)

    def to_domain(self) -> Entree:
        return Entree(
            self.dossier_id,
            self.uid,
            self.message_id,
            frozenset(self.drapeaux),
            self.recu_le,
            self.taille,
            self.en_attente,
        )


async def lister(session: AsyncSession, adresse: str) -> list[Dossier]:
    rows = await session.scalars(select(DossierRow).where(DossierRow.adresse == adresse).order_by(DossierRow.nom))
    return [row.to_domain() for row in rows]


async def trouver(session: AsyncSession, adresse: str, nom: str) -> Dossier | None:
    """The folder of that name; INBOX is found whatever its case (RFC 3501 §5.1)."""
    row = await _row(session, adresse, nom)
    return row.to_domain() if row else None


async def par_id(session: AsyncSession, dossier_id: int) -> Dossier | None:
    row = await session.get(DossierRow, dossier_id)
    return row.to_domain() if row else None


async def _row(session: AsyncSession, adresse: str, nom: str, *, verrou: bool = False) -> DossierRow | None:
    cherche = INBOX if nom.upper() == INBOX else nom
    demande = select(DossierRow).where(DossierRow.adresse == adresse, DossierRow.nom == cherche)
    row: DossierRow | None = await session.scalar(demande.with_for_update() if verrou else demande)
    return row


async def creer(session: AsyncSession, adresse: str, nom: str, *, le: datetime, usage: str = "") -> Dossier:
    row = DossierRow(
        adresse=adresse,
        nom=nom,
        uidvalidity=int(le.timestamp()) & 0x7FFFFFFF,
        uidnext=1,
        version=0,
        abonne=True,
        usage=usage,
        recent_apres=0,
    )
    session.add(row)
    await session.flush()
    return row.to_domain()


async def garnir(session: AsyncSession, adresse: str, *, le: datetime) -> None:
    """Give a mailbox the folders clients expect; nothing happens when it has them."""
    if await _row(session, adresse, INBOX) is not None:
        return
    await boites.verrouiller(session, {adresse})
    if await _row(session, adresse, INBOX) is None:
        for nom, usage in PAR_DEFAUT.items():
            await creer(session, adresse, nom, le=le, usage=usage)


async def placer(
    session: AsyncSession,
    adresse: str,
    nom: str,
    message_id: str,
    *,
    taille: int,
    recu_le: datetime,
    drapeaux: frozenset[str] = frozenset(),
    en_attente: bool = False,
) -> Entree | None:
    """Put a message in a folder under the next UID; None when the folder does not exist."""
    dossier = await _row(session, adresse, nom, verrou=True)
    if dossier is None:
        return None
    uid = dossier.uidnext
    dossier.uidnext = uid + 1
    dossier.version += 1
    entree = EntreeRow(
        dossier_id=dossier.id,
        uid=uid,
        message_id=message_id,
        drapeaux=sorted(drapeaux),
        recu_le=recu_le,
        taille=taille,
        en_attente=en_attente,
    )
    session.add(entree)
    await session.flush()
    return entree.to_domain()


async def entrees(session: AsyncSession, dossier_id: int) -> list[Entree]:
    rows = await session.scalars(select(EntreeRow).where(EntreeRow.dossier_id == dossier_id).order_by(EntreeRow.uid))
    return [row.to_domain() for row in rows]


async def avoir_vu(session: AsyncSession, dossier_id: int, uid: int) -> None:
    """The messages up to that UID are recent for nobody any more."""
    await session.execute(
        update(DossierRow).where(DossierRow.id == dossier_id, DossierRow.recent_apres < uid).values(recent_apres=uid)
    )


async def compter(session: AsyncSession, dossier_id: int) -> int:
    return int(await session.scalar(select(func.count()).where(EntreeRow.dossier_id == dossier_id)) or 0)


async def poser_drapeaux(session: AsyncSession, dossier_id: int, uid: int, drapeaux: frozenset[str]) -> None:
    await session.execute(
        update(EntreeRow)
        .where(EntreeRow.dossier_id == dossier_id, EntreeRow.uid == uid)
        .values(drapeaux=sorted(drapeaux))
    )
    await toucher(session, dossier_id)


async def toucher(session: AsyncSession, dossier_id: int) -> None:
    """Tell the sessions that watch a folder that something changed in it."""
    await session.execute(update(DossierRow).where(DossierRow.id == dossier_id).values(version=DossierRow.version + 1))


async def retirer(session: AsyncSession, dossier_id: int, uids: set[int]) -> int:
    """Remove messages from a folder, and the bytes nobody holds any more; returns the bytes freed for the mailbox."""
    if not uids:
        return 0
    condition = (EntreeRow.dossier_id == dossier_id, EntreeRow.uid.in_(sorted(uids)))
    partants = list(await session.scalars(select(EntreeRow).where(*condition)))
    await session.execute(delete(EntreeRow).where(*condition))
    await toucher(session, dossier_id)
    for message_id in {entree.message_id for entree in partants}:
        await _oublier_octets(session, message_id)
    return sum(entree.taille for entree in partants)


async def _oublier_octets(session: AsyncSession, message_id: str) -> None:
    message = await session.get(MessageRow, message_id)
    if message is None:
        return
    tenu = (
        select(EntreeRow.uid)
        .join(MessageRow, MessageRow.id == EntreeRow.message_id)
        .where(MessageRow.sha256 == message.sha256)
        .limit(1)
    )
    if await session.scalar(tenu) is None:
        await session.execute(delete(BlobRow).where(BlobRow.sha256 == message.sha256))


async def supprimer(session: AsyncSession, dossier: Dossier) -> int:
    liberes = await retirer(session, dossier.id, {e.uid for e in await entrees(session, dossier.id)})
    await session.execute(delete(DossierRow).where(DossierRow.id == dossier.id))
    return liberes


async def renommer(session: AsyncSession, dossier: Dossier, nom: str) -> None:
    await session.execute(update(DossierRow).where(DossierRow.id == dossier.id).values(nom=nom))


async def abonner(session: AsyncSession, dossier: Dossier, *, abonne: bool) -> None:
    await session.execute(update(DossierRow).where(DossierRow.id == dossier.id).values(abonne=abonne))


async def ou_est(session: AsyncSession, adresse: str, message_id: str) -> tuple[Dossier, Entree] | None:
    """Where a mailbox keeps a message."""
    trouve = (
        await session.execute(
            select(DossierRow, EntreeRow)
            .join(EntreeRow, EntreeRow.dossier_id == DossierRow.id)
            .where(DossierRow.adresse == adresse, EntreeRow.message_id == message_id)
            .order_by(DossierRow.id)
            .limit(1)
        )
    ).first()
    return (trouve[0].to_domain(), trouve[1].to_domain()) if trouve else None


async def page(
    session: AsyncSession, adresse: str, nom: str, *, taille: int, avant: int | None = None
) -> list[tuple[Entree, MessageRow]]:
    """Messages of a folder, newest first, before a UID: what the JSON face lists (without any bytes)."""
    demande = (
        select(EntreeRow, MessageRow)
        .join(DossierRow, DossierRow.id == EntreeRow.dossier_id)
        .join(MessageRow, MessageRow.id == EntreeRow.message_id)
        .where(DossierRow.adresse == adresse, DossierRow.nom == (INBOX if nom.upper() == INBOX else nom))
        .order_by(EntreeRow.uid.desc())
        .limit(taille)
    )
    if avant is not None:
        demande = demande.where(EntreeRow.uid < avant)
    return [(entree.to_domain(), message) for entree, message in (await session.execute(demande)).all()]


async def en_attente(session: AsyncSession, adresse: str) -> list[tuple[Entree, MessageRow]]:
    rows = await session.execute(
        select(EntreeRow, MessageRow)
        .join(DossierRow, DossierRow.id == EntreeRow.dossier_id)
        .join(MessageRow, MessageRow.id == EntreeRow.message_id)
        .where(DossierRow.adresse == adresse, EntreeRow.en_attente.is_(True))
        .order_by(EntreeRow.uid)
    )
    return [(entree.to_domain(), message) for entree, message in rows.all()]


async def lever_attente(session: AsyncSession, adresse: str) -> None:
    dossiers = select(DossierRow.id).where(DossierRow.adresse == adresse)
    await session.execute(
        update(EntreeRow)
        .where(EntreeRow.dossier_id.in_(dossiers), EntreeRow.en_attente.is_(True))
        .values(en_attente=False)
    )
