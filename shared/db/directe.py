"""Hot statements: composed by SQLAlchemy once, then played on the driver itself where nothing waits.

Through a session a statement costs ten times what SQLite needs to run it. A :class:`Directe` is compiled at its first
use; on a session in line (:class:`shared.db.inline_sqlite.SessionEnLigne`) its text and values go straight to the
driver, in the session's transaction; on PostgreSQL it is an ordinary statement of the session.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Delete, Dialect, Insert, Select, Update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.inline_sqlite import SessionEnLigne

_COMPTE = {"preserve_rowcount": True}


class Directe:
    """One statement with named parameters, compiled once for each set of names it is given.

    An ``IN`` takes a fixed number of parameters, and a limit is a number: what would change the text of the statement
    from one call to the next cannot be compiled once.
    """

    __slots__ = ("_compilees", "statement")

    def __init__(self, statement: Select[Any] | Insert | Update | Delete) -> None:
        self.statement = statement
        self._compilees: dict[tuple[str, ...], _Compilee] = {}

    async def lignes(self, session: AsyncSession, **valeurs: Any) -> Sequence[Any]:
        """Every row, its columns by name."""
        if not isinstance(session, SessionEnLigne):
            return (await session.execute(self.statement, valeurs)).all()
        return self._pour(session, valeurs).lire(session, valeurs)

    async def une(self, session: AsyncSession, **valeurs: Any) -> Any:
        """The first row, or None."""
        if not isinstance(session, SessionEnLigne):
            return (await session.execute(self.statement, valeurs)).first()
        lues = self._pour(session, valeurs).lire(session, valeurs)
        return lues[0] if lues else None

    async def jouer(self, session: AsyncSession, *lots: dict[str, Any]) -> int:
        """Write, once for each set of values; how many rows were touched."""
        if not isinstance(session, SessionEnLigne):
            valeurs = list(lots) if len(lots) > 1 else lots[0]
            result: Any = await session.execute(self.statement, valeurs, execution_options=_COMPTE)
            return int(result.rowcount)
        return self._pour(session, lots[0]).ecrire(session, lots)

    def _pour(self, session: SessionEnLigne, valeurs: dict[str, Any]) -> "_Compilee":
        noms = tuple(valeurs)
        if (compilee := self._compilees.get(noms)) is None:
            compilee = self._compilees[noms] = _Compilee(self.statement, session.get_bind().dialect, noms)
        return compilee


class _Compilee:
    """The text, and what turns values into the driver's and rows into ours."""

    def __init__(self, statement: Any, dialect: Dialect, noms: tuple[str, ...]) -> None:
        cles = noms if isinstance(statement, Insert | Update) else None
        compilee: Any = statement.compile(dialect=dialect, column_keys=cles)
        if "__[POSTCOMPILE" in compilee.string:
            raise TypeError(f"not a statement that can be compiled once: {compilee.string}")
        self.sql: str = compilee.string
        self._noms: tuple[str, ...] = tuple(compilee.positiontup or ())
        self._fixes = {nom: compilee.params.get(nom) for nom in self._noms if nom not in noms}
        self._defauts = {
            c.key: c.default.arg for c in (*compilee.insert_prefetch, *compilee.update_prefetch) if c.key in self._fixes
        }
        entrees = [_entree(compilee.binds[nom], dialect) for nom in self._noms]
        self._entrees = [(i, f) for i, f in enumerate(entrees) if f is not None]
        colonnes = [] if isinstance(statement, Delete) else list(statement.exported_columns)
        sorties = [_sortie(c, dialect) for c in colonnes]
        self._sorties = [(i, f) for i, f in enumerate(sorties) if f is not None]
        ligne: Any = namedtuple("Ligne", [c.key for c in colonnes], rename=True)  # type: ignore[misc]
        self._ligne: Callable[[Any], Any] = ligne._make

    def lire(self, session: SessionEnLigne, valeurs: dict[str, Any]) -> list[Any]:
        session.preparer()
        try:
            brutes = session.brute.execute(self.sql, self._ranger(valeurs)).fetchall()
        except sqlite3.Error as error:
            raise session.traduire(error, self.sql) from error
        if not self._sorties:
            return list(map(self._ligne, brutes))
        lues = []
        for brute in brutes:
            ligne = list(brute)
            for i, lire in self._sorties:
                ligne[i] = lire(ligne[i])
            lues.append(self._ligne(ligne))
        return lues

    def ecrire(self, session: SessionEnLigne, lots: Sequence[dict[str, Any]]) -> int:
        session.preparer()
        try:
            if len(lots) == 1:
                curseur = session.brute.execute(self.sql, self._ranger(lots[0]))
            else:
                curseur = session.brute.executemany(self.sql, [self._ranger(lot) for lot in lots])
        except sqlite3.Error as error:
            raise session.traduire(error, self.sql) from error
        return int(curseur.rowcount)

    def _ranger(self, valeurs: dict[str, Any]) -> list[Any]:
        """In the order of the text: given by the caller, or else a constant of the statement or a column's default."""
        if self._fixes:
            defauts = {nom: d(None) if callable(d) else d for nom, d in self._defauts.items()}
            valeurs = self._fixes | defauts | valeurs
        rangees = [valeurs[nom] for nom in self._noms]
        for i, ecrire in self._entrees:
            rangees[i] = ecrire(rangees[i])
        return rangees


def _entree(valeur: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    convertir: Callable[[Any], Any] | None = valeur.type.dialect_impl(dialect).bind_processor(dialect)
    return convertir


def _sortie(colonne: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    convertir: Callable[[Any], Any] | None = colonne.type.dialect_impl(dialect).result_processor(dialect, None)
    return convertir
