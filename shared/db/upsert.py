"""The one statement the two databases do not spell alike in SQLAlchemy: insert unless it is there."""

from functools import lru_cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession


@lru_cache(maxsize=64)
def _instruction(table: Table, dialecte: str) -> Any:
    """Made once a table: composing a statement costs more than running it."""
    cle = next(iter(table.primary_key.columns))
    if dialecte == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing().returning(cle)
    return sqlite.insert(table).on_conflict_do_nothing().returning(cle)


async def inserer_si_absent(session: AsyncSession, table: Table, **valeurs: Any) -> bool:
    """Insert a row unless its key exists; True when it was inserted."""
    instruction = _instruction(table, session.get_bind().dialect.name)
    return (await session.execute(instruction, valeurs)).first() is not None
