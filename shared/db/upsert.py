"""The one statement the two databases do not spell alike in SQLAlchemy: insert unless it is there."""

from functools import lru_cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.directe import Directe


@lru_cache(maxsize=64)
def _instruction(table: Table, dialecte: str) -> Directe:
    inserer = postgresql.insert if dialecte == "postgresql" else sqlite.insert
    return Directe(inserer(table).on_conflict_do_nothing())


async def inserer_si_absent(session: AsyncSession, table: Table, **valeurs: Any) -> bool:
    """Insert a row unless its key exists; True when it was inserted."""
    instruction = _instruction(table, session.get_bind().dialect.name)
    return await instruction.jouer(session, valeurs) == 1
