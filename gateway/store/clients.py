"""Who is enrolled in a bac: OIDC clients, and the numbers a software shows elsewhere (IDAM, NIL, API keys)."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from gateway.oidc.domain.client import Client
from gateway.store.base import Base
from shared.db.conventions import Instant, Json


class ClientRow(Base):
    __tablename__ = "client_oidc"

    client_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    donnees: Mapped[dict[str, Any]] = mapped_column(Json)
    modifie_le: Mapped[datetime] = mapped_column(Instant)

    def to_domain(self) -> Client:
        return Client.from_json(self.donnees)


class IdentifiantRow(Base):
    """``nature``: IDAM, NIL or CLE_API. ``valeur`` is what the software sends."""

    __tablename__ = "identifiant_logiciel"

    nature: Mapped[str] = mapped_column(String(10), primary_key=True)
    valeur: Mapped[str] = mapped_column(String(100), primary_key=True)
    nom: Mapped[str] = mapped_column(String(200))


async def lire(session: AsyncSession, client_id: str | None) -> Client | None:
    if not client_id or len(client_id) > 100 or "\0" in client_id:
        return None
    row = await session.get(ClientRow, client_id)
    return row.to_domain() if row else None


async def tous(session: AsyncSession) -> list[Client]:
    return [row.to_domain() for row in await session.scalars(select(ClientRow).order_by(ClientRow.client_id))]


async def poser(session: AsyncSession, client: Client, *, a: datetime) -> None:
    await session.merge(ClientRow(client_id=client.client_id, donnees=client.to_json(), modifie_le=a))


async def oter(session: AsyncSession, client_id: str) -> None:
    await session.execute(delete(ClientRow).where(ClientRow.client_id == client_id))


async def identifiants(session: AsyncSession) -> list[IdentifiantRow]:
    return list(await session.scalars(select(IdentifiantRow).order_by(IdentifiantRow.nature, IdentifiantRow.valeur)))
