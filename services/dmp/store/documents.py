"""Registry entries, lots and blobs: the resource is kept whole as the bytes we serve, with search columns beside it."""

import hashlib
from collections import OrderedDict, namedtuple
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Protocol, cast

from sqlalchemy import BindParameter, Index, LargeBinary, String, Text, bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.dmp.domain.document import Document
from services.dmp.domain.lot import Statut
from services.dmp.store.base import Base
from shared.db.conventions import Instant
from shared.db.directe import Directe
from shared.db.upsert import inserer_si_absent


class Ligne(Protocol):
    """What a list needs of an entry: the search columns, as a light row or as a whole :class:`DocumentRow`."""

    @property
    def id(self) -> str: ...
    @property
    def entry_uuid(self) -> str: ...
    @property
    def unique_id(self) -> str: ...
    @property
    def matricule_ins(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def statut(self) -> str: ...
    @property
    def niveau(self) -> str: ...
    @property
    def masque(self) -> bool: ...
    @property
    def invisible_patient(self) -> bool: ...
    @property
    def invisible_representants(self) -> bool: ...
    @property
    def type_code(self) -> str: ...
    @property
    def classe(self) -> str: ...
    @property
    def format(self) -> str: ...
    @property
    def etablissement(self) -> str | None: ...
    @property
    def cadre(self) -> str | None: ...
    @property
    def titre(self) -> str: ...
    @property
    def auteur_id_nat(self) -> str | None: ...
    @property
    def auteur_nom(self) -> str | None: ...
    @property
    def auteurs(self) -> str: ...
    @property
    def structure_id(self) -> str | None: ...
    @property
    def depot_patient(self) -> bool: ...
    @property
    def creation(self) -> datetime: ...
    @property
    def debut(self) -> datetime: ...
    @property
    def fin(self) -> datetime | None: ...
    @property
    def depose_le(self) -> datetime: ...
    @property
    def modifie_le(self) -> datetime: ...
    @property
    def information_donnee(self) -> bool: ...
    @property
    def evenements(self) -> str: ...
    @property
    def references(self) -> str: ...
    @property
    def remplace(self) -> str | None: ...
    @property
    def lot_id(self) -> str | None: ...
    @property
    def mime(self) -> str: ...
    @property
    def taille(self) -> int: ...
    @property
    def blob(self) -> str: ...


def en_domaine(row: Ligne) -> Document:
    """The registry entry of a row, light or whole."""
    return Document(
        id=row.id,
        entry_uuid=row.entry_uuid,
        unique_id=row.unique_id,
        matricule_ins=row.matricule_ins,
        version=row.version,
        statut=Statut(row.statut),
        masque=row.masque,
        invisible_patient=row.invisible_patient,
        invisible_representants=row.invisible_representants,
        type_code=row.type_code,
        classe=row.classe,
        titre=row.titre,
        auteur_id_nat=row.auteur_id_nat,
        auteur_nom=row.auteur_nom,
        structure_id=row.structure_id,
        depot_patient=row.depot_patient,
        depose_le=row.depose_le,
        information_donnee=row.information_donnee,
    )


class DocumentRow(Base):
    """The current metadata version of one document (one ``lid``)."""

    __tablename__ = "document"
    __table_args__ = (
        Index("ix_document_matricule_ins_debut", "matricule_ins", "debut"),
        Index("ix_document_matricule_ins_depose_le", "matricule_ins", "depose_le"),
        Index("uq_document_unique_id", "unique_id", unique=True),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    entry_uuid: Mapped[str] = mapped_column(String(36), unique=True)
    unique_id: Mapped[str] = mapped_column(Text)
    matricule_ins: Mapped[str] = mapped_column(String(15))
    version: Mapped[int] = mapped_column(default=1)
    statut: Mapped[str] = mapped_column(String(12), default=Statut.APPROVED.value)
    niveau: Mapped[str] = mapped_column(String(1), default="N")
    masque: Mapped[bool] = mapped_column(default=False)
    invisible_patient: Mapped[bool] = mapped_column(default=False)
    invisible_representants: Mapped[bool] = mapped_column(default=False)
    type_code: Mapped[str] = mapped_column(Text)
    classe: Mapped[str] = mapped_column(Text)
    format: Mapped[str] = mapped_column(Text)
    etablissement: Mapped[str | None] = mapped_column(Text, default=None)
    cadre: Mapped[str | None] = mapped_column(Text, default=None)
    titre: Mapped[str] = mapped_column(Text)
    auteur_id_nat: Mapped[str | None] = mapped_column(Text, default=None)
    auteur_nom: Mapped[str | None] = mapped_column(Text, default=None)
    auteurs: Mapped[str] = mapped_column(Text, default="")
    """Names of every author, folded, for the author.family and author.given parameters."""
    structure_id: Mapped[str | None] = mapped_column(Text, default=None)
    depot_patient: Mapped[bool] = mapped_column(default=False)
    creation: Mapped[datetime] = mapped_column(Instant)
    debut: Mapped[datetime] = mapped_column(Instant)
    fin: Mapped[datetime | None] = mapped_column(Instant, default=None)
    depose_le: Mapped[datetime] = mapped_column(Instant)
    modifie_le: Mapped[datetime] = mapped_column(Instant)
    echeance: Mapped[datetime | None] = mapped_column(Instant, default=None, index=True)
    information_donnee: Mapped[bool] = mapped_column(default=False)
    evenements: Mapped[str] = mapped_column(Text, default="")
    references: Mapped[str] = mapped_column(Text, default="")
    remplace: Mapped[str | None] = mapped_column(String(36), default=None, index=True)
    lot_id: Mapped[str | None] = mapped_column(String(36), default=None, index=True)
    mime: Mapped[str] = mapped_column(Text)
    taille: Mapped[int]
    sha1: Mapped[str] = mapped_column(String(40))
    blob: Mapped[str] = mapped_column(String(64))
    ressource: Mapped[bytes] = mapped_column(LargeBinary)

    def to_domain(self) -> Document:
        return en_domaine(self)


class VersionRow(Base):
    """A former metadata version: its entryUUID stays resolvable, as Deprecated."""

    __tablename__ = "document_version"

    entry_uuid: Mapped[str] = mapped_column(String(36), primary_key=True)
    document_id: Mapped[str] = mapped_column(String(36), index=True)
    version: Mapped[int]
    remplacee_le: Mapped[datetime] = mapped_column(Instant)
    ressource: Mapped[bytes] = mapped_column(LargeBinary)


class LotRow(Base):
    __tablename__ = "lot"
    __table_args__ = (Index("ix_lot_matricule_ins_date", "matricule_ins", "date"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    unique_id: Mapped[str] = mapped_column(Text, unique=True)
    matricule_ins: Mapped[str] = mapped_column(String(15))
    source_id: Mapped[str | None] = mapped_column(Text, default=None)
    contenu: Mapped[str | None] = mapped_column(Text, default=None)
    titre: Mapped[str | None] = mapped_column(Text, default=None)
    date: Mapped[datetime] = mapped_column(Instant)
    auteur_id_nat: Mapped[str | None] = mapped_column(Text, default=None)
    auteur_nom: Mapped[str | None] = mapped_column(Text, default=None)
    structure_id: Mapped[str | None] = mapped_column(Text, default=None)
    depose_le: Mapped[datetime] = mapped_column(Instant)
    ressource: Mapped[bytes] = mapped_column(LargeBinary)


class BlobRow(Base):
    """Content-addressed bytes: the same document sent twice is stored once."""

    __tablename__ = "blob"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    contenu: Mapped[bytes] = mapped_column(LargeBinary)


async def poser_blob(session: AsyncSession, contenu: bytes) -> str:
    cle = hashlib.sha256(contenu).hexdigest()
    await inserer_si_absent(session, Base.metadata.tables["blob"], sha256=cle, contenu=contenu)
    return cle


async def contenu(session: AsyncSession, cle: str) -> bytes:
    """The bytes of that SHA-256; those just read are at hand, as nothing else can have the same one."""
    if (connu := _CONTENUS.pop(cle, None)) is None:
        octets: bytes = (await _CONTENU.une(session, cle=cle)).contenu
        if len(octets) > _CONTENU_MAX:
            return octets
        while len(_CONTENUS) >= _CONTENUS_MAX:
            _CONTENUS.popitem(last=False)
        connu = octets
    _CONTENUS[cle] = connu
    return connu


async def par_id(session: AsyncSession, id: str, *, verrou: bool = False) -> DocumentRow | None:
    """By stable id, or by any entryUUID the document ever had."""
    row = await session.get(DocumentRow, id, with_for_update=True if verrou else None)
    if row is not None:
        return row
    ancien = await session.get(VersionRow, id)
    if ancien is not None:
        return await session.get(DocumentRow, ancien.document_id, with_for_update=True if verrou else None)
    requete = select(DocumentRow).where(DocumentRow.entry_uuid == id)
    return (await session.scalars(requete.with_for_update() if verrou else requete)).one_or_none()


async def par_unique_id(session: AsyncSession, unique_id: str, *, verrou: bool = False) -> DocumentRow | None:
    requete = select(DocumentRow).where(DocumentRow.unique_id == unique_id)
    return (await session.scalars(requete.with_for_update() if verrou else requete)).one_or_none()


_TABLE = DocumentRow.__table__
_LEGERES = tuple(colonne for colonne in _TABLE.columns if colonne.name != "ressource")
_TAILLES: Final = (1, 10, 50, 200)
_CONTENU_MAX: Final = 500_000
_CONTENUS_MAX: Final = 20
_CONTENUS: OrderedDict[str, bytes] = OrderedDict()

# Composed once: putting a statement together costs more than running it.
_DU_DOSSIER = Directe(
    select(*_LEGERES)
    .where(DocumentRow.matricule_ins == bindparam("matricule"))
    .order_by(DocumentRow.debut.desc(), DocumentRow.id)
)
_LIGNE = Directe(select(*_LEGERES).where(DocumentRow.id == bindparam("cle")))
_LIGNE_ANCIENNE = Directe(
    select(*_LEGERES)
    .join(VersionRow, VersionRow.document_id == DocumentRow.id)
    .where(VersionRow.entry_uuid == bindparam("cle"))
)
_LIGNE_ENTREE = Directe(select(*_LEGERES).where(DocumentRow.entry_uuid == bindparam("cle")))
_CONTENU = Directe(select(BlobRow.__table__.c.contenu).where(BlobRow.sha256 == bindparam("cle")))


@lru_cache(maxsize=len(_TAILLES))
def _ressources(combien: int) -> Directe:
    cles: list[BindParameter[str]] = [bindparam(f"id{rang}") for rang in range(combien)]
    return Directe(select(_TABLE.c.id, _TABLE.c.ressource).where(_TABLE.c.id.in_(cles)))


_CONNU = Directe(select(_TABLE.c.matricule_ins, _TABLE.c.sha1).where(DocumentRow.unique_id == bindparam("unique_id")))
_IDENTIQUES = Directe(
    select(_TABLE.c.auteur_id_nat, _TABLE.c.type_code).where(
        DocumentRow.matricule_ins == bindparam("matricule"),
        DocumentRow.sha1 == bindparam("sha1"),
        DocumentRow.statut == Statut.APPROVED.value,
    )
)
_INSCRIRE = Directe(insert(DocumentRow.__table__))  # type: ignore[arg-type]  # a declarative table is a Table
_INSCRIRE_LOT = Directe(insert(LotRow.__table__))  # type: ignore[arg-type]


async def connus(session: AsyncSession, unique_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """uniqueId → (matricule, SHA-1) among those the registry already holds."""
    trouves = {u: await _CONNU.une(session, unique_id=u) for u in unique_ids}
    return {u: (row.matricule_ins, row.sha1) for u, row in trouves.items() if row is not None}


async def contenus_identiques(
    session: AsyncSession, matricule_ins: str, empreintes: Sequence[str]
) -> frozenset[tuple[str, str, str]]:
    """(author, type, SHA-1) of the Approved entries of a dossier whose bytes are among these."""
    trouves: set[tuple[str, str, str]] = set()
    for sha1 in empreintes:
        rows = await _IDENTIQUES.lignes(session, matricule=matricule_ins, sha1=sha1)
        trouves.update((row.auteur_id_nat or "", row.type_code, sha1) for row in rows)
    return frozenset(trouves)


class Inscrit(Ligne, Protocol):
    """An entry that was just registered, with its resource."""

    @property
    def ressource(self) -> bytes: ...


_Inscrit = namedtuple("_Inscrit", [colonne.name for colonne in _TABLE.columns])  # type: ignore[misc]


async def inscrire(session: AsyncSession, **colonnes: Any) -> Inscrit:
    """Register an entry, whose every column is given."""
    await _INSCRIRE.jouer(session, colonnes)
    return cast(Inscrit, _Inscrit(**colonnes))


async def inscrire_lot(session: AsyncSession, **colonnes: Any) -> None:
    await _INSCRIRE_LOT.jouer(session, colonnes)


async def ligne(session: AsyncSession, cle: str) -> Ligne | None:
    """An entry to look at, by stable id, or by any entryUUID the document ever had."""
    for requete in (_LIGNE, _LIGNE_ANCIENNE, _LIGNE_ENTREE):
        if (row := await requete.une(session, cle=cle)) is not None:
            return cast(Ligne, row)
    return None


async def du_dossier(session: AsyncSession, matricule_ins: str) -> list[Ligne]:
    """Every entry of a dossier without its resource, the latest act first (Core rows: a list is never an ORM load)."""
    return cast(list[Ligne], await _DU_DOSSIER.lignes(session, matricule=matricule_ins))


async def a_masquer(session: AsyncSession, matricule_ins: str) -> list[DocumentRow]:
    """The documents of a dossier that are not masked yet and still live."""
    requete = (
        select(DocumentRow)
        .where(
            DocumentRow.matricule_ins == matricule_ins,
            DocumentRow.masque.is_(False),
            DocumentRow.statut.in_([Statut.APPROVED.value, Statut.ARCHIVED.value]),
        )
        .order_by(DocumentRow.depose_le, DocumentRow.id)
        .with_for_update()
    )
    return list((await session.scalars(requete)).all())


async def ressources(session: AsyncSession, ids: Sequence[str]) -> dict[str, bytes]:
    """The resources of these entries, asked for by so many at a time."""
    lues: dict[str, bytes] = {}
    for debut in range(0, len(ids), _TAILLES[-1]):
        lot = ids[debut : debut + _TAILLES[-1]]
        taille = next(taille for taille in _TAILLES if taille >= len(lot))
        cles = {f"id{rang}": lot[rang] if rang < len(lot) else "" for rang in range(taille)}
        lues.update({row.id: row.ressource for row in await _ressources(taille).lignes(session, **cles)})
    return lues


async def echus(session: AsyncSession, now: datetime, limite: int = 2000) -> list[DocumentRow]:
    requete = (
        select(DocumentRow)
        .where(DocumentRow.echeance.is_not(None), DocumentRow.echeance <= now)
        .order_by(DocumentRow.echeance)
        .limit(limite)
        .with_for_update(skip_locked=True)
    )
    return list((await session.scalars(requete)).all())


async def version(session: AsyncSession, document_id: str, numero: int) -> bytes | None:
    """The resource of a former metadata version."""
    requete = select(VersionRow.ressource).where(VersionRow.document_id == document_id, VersionRow.version == numero)
    return (await session.scalars(requete)).first()
