"""Messages, their bytes by content address, and what became of each recipient."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, LargeBinary, String, Text, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.mss.domain.reception import Courrier, Piece
from services.mss.store.base import Base
from shared.db.conventions import Instant, Json
from shared.db.upsert import inserer_si_absent
from shared.errors import Introuvable


class MessageIntrouvable(Introuvable):
    slug, regle = "message-introuvable", "MSS-MSG-01"


class BlobRow(Base):
    """Bytes by SHA-256, never inside list queries (architecture §5)."""

    __tablename__ = "blob"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    contenu: Mapped[bytes] = mapped_column(LargeBinary)


class MessageRow(Base):
    __tablename__ = "message"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    taille: Mapped[int] = mapped_column(Integer)
    objet: Mapped[str] = mapped_column(Text)
    expediteur: Mapped[str] = mapped_column(String(254))
    libelle: Mapped[str] = mapped_column(Text)
    chemin_de_retour: Mapped[str] = mapped_column(String(254))
    destinataires: Mapped[list[str]] = mapped_column(Json)
    copies: Mapped[list[str]] = mapped_column(Json)
    entete_id: Mapped[str | None] = mapped_column(String(998))
    en_reponse_a: Mapped[str | None] = mapped_column(String(998))
    date_entete: Mapped[datetime | None] = mapped_column(Instant)
    recu_le: Mapped[datetime] = mapped_column(Instant)
    extrait: Mapped[str] = mapped_column(String(240))
    pieces: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    constats: Mapped[list[dict[str, Any]]] = mapped_column(Json)

    __table_args__ = (Index(None, "entete_id"), Index(None, "sha256"))


class SortRow(Base):
    """What became of a message for one recipient: the row of the table that decided, and the DSN status."""

    __tablename__ = "sort"

    message_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    destinataire: Mapped[str] = mapped_column(String(254), primary_key=True)
    regle: Mapped[str] = mapped_column(String(16))
    issue: Mapped[str] = mapped_column(String(16))
    statut: Mapped[str | None] = mapped_column(String(12))


@dataclass(frozen=True, slots=True)
class Destin:
    destinataire: str
    regle: str
    issue: str
    statut: str | None


async def conserver(
    session: AsyncSession,
    brut: bytes,
    courrier: Courrier,
    *,
    message_id: str,
    chemin_de_retour: str,
    recu_le: datetime,
    constats: list[dict[str, Any]],
) -> MessageRow:
    """Keep a message and its bytes (once, whoever else sent the same)."""
    sha256 = hashlib.sha256(brut).hexdigest()
    await inserer_si_absent(session, BlobRow.__table__, sha256=sha256, contenu=brut)  # type: ignore[arg-type]  # a Table
    row = MessageRow(
        id=message_id,
        sha256=sha256,
        taille=len(brut),
        objet=_propre(courrier.objet),
        expediteur=courrier.expediteur[:254],
        libelle=_propre(courrier.libelle),
        chemin_de_retour=chemin_de_retour,
        destinataires=list(courrier.destinataires[:200]),
        copies=list(courrier.copies[:200]),
        entete_id=(courrier.message_id or "")[:998] or None,
        en_reponse_a=(courrier.en_reponse_a or "")[:998] or None,
        date_entete=courrier.date,
        recu_le=recu_le,
        extrait=" ".join(_propre(courrier.texte[:1000]).split())[:240],
        pieces=[_piece(p) for p in courrier.pieces],
        constats=constats,
    )
    session.add(row)
    await session.flush()
    return row


def _propre(texte: str) -> str:
    """PostgreSQL keeps no NUL in text."""
    return texte.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _piece(piece: Piece) -> dict[str, Any]:
    return {
        "rang": piece.rang,
        "nom": _propre(piece.nom),
        "type_mime": piece.type_mime,
        "taille": piece.taille,
        "sha256": piece.sha256,
    }


async def exiger(session: AsyncSession, message_id: str) -> MessageRow:
    if (row := await session.get(MessageRow, message_id)) is None:
        raise MessageIntrouvable(f"no message {message_id}", f"aucun message {message_id}", champ="message_id")
    return row


async def octets(session: AsyncSession, sha256: str) -> bytes:
    contenu: bytes | None = await session.scalar(select(BlobRow.contenu).where(BlobRow.sha256 == sha256))
    if contenu is None:
        raise MessageIntrouvable(
            "the bytes of this message were deleted", "le contenu de ce message a été supprimé", champ="message_id"
        )
    return contenu


async def octets_de(session: AsyncSession, message_id: str) -> bytes:
    return await octets(session, (await exiger(session, message_id)).sha256)


async def deja_vu(session: AsyncSession, entete_id: str | None) -> bool:
    if not entete_id:
        return False
    return await session.scalar(select(MessageRow.id).where(MessageRow.entete_id == entete_id).limit(1)) is not None


async def noter_sort(session: AsyncSession, message_id: str, destin: Destin) -> None:
    await inserer_si_absent(
        session,
        SortRow.__table__,  # type: ignore[arg-type]  # a Table
        message_id=message_id,
        destinataire=destin.destinataire,
        regle=destin.regle,
        issue=destin.issue,
        statut=destin.statut,
    )


async def sorts(session: AsyncSession, message_id: str) -> list[Destin]:
    rows = await session.scalars(select(SortRow).where(SortRow.message_id == message_id).order_by(SortRow.destinataire))
    return [Destin(row.destinataire, row.regle, row.issue, row.statut) for row in rows]
