"""The documents of a dossier as they were last read, kept while nobody writes to them (architecture §10).

Only where this process is the only writer. There the transactions of a space follow one another, a search among them
(it leaves a trace): what one of them read still holds for the next, unless one in between wrote to a document. Every
such write says so, at its flush (:func:`ecrit`) or by :func:`oublier`; a transaction that wrote keeps nothing, since it
may yet be rolled back.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapper, object_session

from services.dmp.store import documents
from services.dmp.store.documents import DocumentRow, Ligne
from shared.db.inline_sqlite import SessionEnLigne
from shared.db.unit_of_work import UnitOfWork

_LIGNES_MAX: Final = 2000
_RENDUES_MAX: Final = 2000
_ESPACES_MAX: Final = 4
_A_ECRIT: Final = "dmp.documents"


class Feuillet:
    """The entries of one dossier, the latest act first, and the few situations they are in.

    ``distinctes`` holds one entry of each situation (entries alike share a verdict); ``rangs`` says, entry by entry,
    which of them it is alike.
    """

    __slots__ = ("distinctes", "lignes", "rangs")

    def __init__(self, lignes: Sequence[Ligne]) -> None:
        self.lignes = lignes
        rangs: dict[tuple[object, ...], int] = {}
        self.rangs = [rangs.setdefault(_situation(ligne), len(rangs)) for ligne in lignes]
        self.distinctes = [lignes[self.rangs.index(rang)] for rang in range(len(rangs))]


def _situation(d: Ligne) -> tuple[object, ...]:
    return (
        d.type_code,
        d.classe,
        d.statut,
        d.masque,
        d.invisible_patient and d.depose_le,
        d.invisible_representants,
        d.depot_patient,
        d.auteur_id_nat,
        d.structure_id,
    )


@dataclass(frozen=True, slots=True)
class Rendu:
    """How an entry is served: ``rendre(id, resource)``, which depends on nothing else than ``cle``."""

    cle: str
    rendre: Callable[[str, bytes], bytes]


class _Registre:
    """What is kept for one space."""

    def __init__(self) -> None:
        self.feuillets: OrderedDict[str, Feuillet] = OrderedDict()
        self.lignes = 0
        self.rendues: dict[tuple[str, str, int], bytes] = {}

    def lire(self, matricule_ins: str) -> Feuillet | None:
        if (connu := self.feuillets.get(matricule_ins)) is not None:
            self.feuillets.move_to_end(matricule_ins)
        return connu

    def garder(self, matricule_ins: str, feuillet: Feuillet) -> None:
        self.feuillets[matricule_ins] = feuillet
        self.lignes += len(feuillet.lignes)
        while self.lignes > _LIGNES_MAX:
            self._oter(next(iter(self.feuillets)))

    def oublier(self, matricule_ins: str | None) -> None:
        for connu in list(self.feuillets) if matricule_ins is None else [matricule_ins]:
            self._oter(connu)

    def _oter(self, matricule_ins: str) -> None:
        if (feuillet := self.feuillets.pop(matricule_ins, None)) is not None:
            self.lignes -= len(feuillet.lignes)


_REGISTRES: WeakKeyDictionary[Engine, _Registre] = WeakKeyDictionary()


def _registre(session: AsyncSession) -> _Registre | None:
    """What may be remembered of this space in this transaction."""
    if not isinstance(session, SessionEnLigne) or session.info.get(_A_ECRIT):
        return None
    engine = session.get_bind().engine
    if (registre := _REGISTRES.get(engine)) is None:
        if len(_REGISTRES) >= _ESPACES_MAX:
            _REGISTRES.clear()
        registre = _REGISTRES[engine] = _Registre()
    return registre


async def feuillet(uow: UnitOfWork, matricule_ins: str) -> Feuillet:
    """Every entry of a dossier."""
    await uow.session.flush()
    registre = _registre(uow.session)
    if registre is None:
        return Feuillet(await documents.du_dossier(uow.session, matricule_ins))
    if (lu := registre.lire(matricule_ins)) is None:
        lu = Feuillet(await documents.du_dossier(uow.session, matricule_ins))
        registre.garder(matricule_ins, lu)
    return lu


async def rendues(uow: UnitOfWork, lignes: Sequence[Ligne], rendu: Rendu) -> list[bytes]:
    """These entries as they are served, in order. A version of an entry never changes."""
    registre = _registre(uow.session)
    connues = registre.rendues if registre is not None else {}
    cles = [(rendu.cle, ligne.id, ligne.version) for ligne in lignes]
    manquent = [cle for cle in cles if cle not in connues]
    if manquent:
        if len(connues) + len(manquent) > _RENDUES_MAX:
            connues.clear()
            manquent = cles
        ressources = await documents.ressources(uow.session, [id for _, id, _ in manquent])
        connues.update({cle: rendu.rendre(cle[1], ressources[cle[1]]) for cle in manquent})
    return [connues[cle] for cle in cles]


def oublier(session: AsyncSession, matricule_ins: str | None = None) -> None:
    """The documents of this dossier (of all, when none is named) were written to by a statement of this session."""
    session.info[_A_ECRIT] = True
    _perimer(session.get_bind().engine, matricule_ins)


def _perimer(engine: Engine, matricule_ins: str | None) -> None:
    if (registre := _REGISTRES.get(engine)) is not None:
        registre.oublier(matricule_ins)


@event.listens_for(DocumentRow, "after_insert")
@event.listens_for(DocumentRow, "after_update")
@event.listens_for(DocumentRow, "after_delete")
def ecrit(_mapper: Mapper[Any], connection: Connection, row: DocumentRow) -> None:
    """The unit of work wrote to a document."""
    if (session := object_session(row)) is not None:
        session.info[_A_ECRIT] = True
    _perimer(connection.engine, row.matricule_ins)
