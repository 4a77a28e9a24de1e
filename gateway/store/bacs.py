"""The registry of bacs, kept in the central space."""

from typing import Any

import orjson
from sqlalchemy import LargeBinary, String, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.base import Base
from shared.edge.bac import Bac


class BacRow(Base):
    __tablename__ = "bac"

    nom: Mapped[str] = mapped_column(String(32), primary_key=True)
    etat: Mapped[bytes] = mapped_column(LargeBinary)
    fautes: Mapped[bytes] = mapped_column(LargeBinary, default=b"[]")


async def tous(session: AsyncSession) -> list[tuple[Bac, list[dict[str, Any]]]]:
    rows = await session.scalars(select(BacRow).order_by(BacRow.nom))
    return [(Bac.from_json(row.etat), orjson.loads(row.fautes)) for row in rows]


async def poser(session: AsyncSession, bac: Bac, fautes: list[dict[str, Any]]) -> None:
    await session.merge(BacRow(nom=bac.nom, etat=bac.to_json(), fautes=orjson.dumps(fautes)))


async def oublier(session: AsyncSession, nom: str) -> None:
    await session.execute(delete(BacRow).where(BacRow.nom == nom))
