"""What was last read of a dossier, kept while nobody writes to it (architecture §10).

Only where this process is the only writer. There the transactions of a space follow one another, a search among them
(it leaves a trace): what one of them read still holds for the next, unless one in between wrote to the dossier. Every
such write says so, at its flush (:func:`_ecrit`) or by :func:`oublier`; a transaction that wrote keeps nothing, since
it may yet be rolled back.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapper, object_session

from services.dmp.domain.document import Document
from services.dmp.store import documents, dossiers, traces
from services.dmp.store.documents import DocumentRow, Ligne, en_domaine
from services.dmp.store.dossiers import AutorisationRow, DossierRow, Fiche, Titre
from shared.db.inline_sqlite import SessionEnLigne
from shared.db.unit_of_work import UnitOfWork

_ESPACES_MAX: Final = 4
_DOSSIERS_MAX: Final = 500
_LIGNES_MAX: Final = 2000
_RENDUES_MAX: Final = 2000
_A_ECRIT: Final = "dmp.a_ecrit"
_ABSENTE: Final = (0, b"")


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
        self.distinctes: list[Document] = [en_domaine(lignes[self.rangs.index(r)]) for r in range(len(rangs))]


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


@dataclass(slots=True)
class _Lu:
    """What was read of one dossier."""

    fiche: Fiche | None = None
    titres: dict[frozenset[str], Sequence[Titre]] = field(default_factory=dict)
    feuillet: Feuillet | None = None
    consultants: set[str] = field(default_factory=set)


class _Registre:
    """What is kept for one space."""

    def __init__(self) -> None:
        self.dossiers: OrderedDict[str, _Lu] = OrderedDict()
        self.lignes: dict[str, Ligne] = {}
        self.rendues: dict[str, dict[str, tuple[int, bytes]]] = {}

    def de(self, matricule_ins: str) -> _Lu:
        if (lu := self.dossiers.get(matricule_ins)) is not None:
            self.dossiers.move_to_end(matricule_ins)
            return lu
        if len(self.dossiers) >= _DOSSIERS_MAX:
            self.oublier(next(iter(self.dossiers)))
        lu = self.dossiers[matricule_ins] = _Lu()
        return lu

    def garder(self, lu: _Lu, feuillet: Feuillet) -> None:
        lu.feuillet = feuillet
        self.lignes.update((ligne.id, ligne) for ligne in feuillet.lignes)
        while len(self.lignes) > _LIGNES_MAX:
            self.oublier(next(iter(self.dossiers)))

    def rendues_de(self, cle: str, place: int) -> dict[str, tuple[int, bytes]]:
        """The entries rendered so: id → version and bytes; there is room for that many more."""
        if sum(map(len, self.rendues.values())) + place > _RENDUES_MAX:
            self.rendues.clear()
        return self.rendues.setdefault(cle, {})

    def oublier(self, matricule_ins: str) -> None:
        if (lu := self.dossiers.pop(matricule_ins, None)) is not None and lu.feuillet is not None:
            for ligne in lu.feuillet.lignes:
                self.lignes.pop(ligne.id, None)


_REGISTRES: WeakKeyDictionary[Engine, _Registre] = WeakKeyDictionary()


async def _registre(uow: UnitOfWork) -> _Registre | None:
    """What may be remembered of this space in this transaction."""
    session = uow.session
    if not isinstance(session, SessionEnLigne):
        return None
    session.preparer()
    if session.info.get(_A_ECRIT):
        return None
    engine = session.get_bind().engine
    if (registre := _REGISTRES.get(engine)) is None:
        if len(_REGISTRES) >= _ESPACES_MAX:
            _REGISTRES.clear()
        registre = _REGISTRES[engine] = _Registre()
    return registre


async def fiche(uow: UnitOfWork, matricule_ins: str) -> Fiche | None:
    """A dossier to look at; who writes to it asks for :func:`dossiers.dossier`."""
    registre = await _registre(uow)
    if registre is None:
        return await dossiers.fiche(uow.session, matricule_ins)
    lu = registre.de(matricule_ins)
    if lu.fiche is None:
        lu.fiche = await dossiers.fiche(uow.session, matricule_ins)
    return lu.fiche


async def titres(uow: UnitOfWork, matricule_ins: str, titulaires: Collection[str]) -> Sequence[Titre]:
    """What the patient decided about any of these holders."""
    registre = await _registre(uow)
    if registre is None:
        return await dossiers.titres(uow.session, matricule_ins, titulaires)
    connus, cle = registre.de(matricule_ins).titres, frozenset(titulaires)
    if (lus := connus.get(cle)) is None:
        lus = await dossiers.titres(uow.session, matricule_ins, cle)
        if len(connus) < _DOSSIERS_MAX:
            connus[cle] = lus
    return lus


async def feuillet(uow: UnitOfWork, matricule_ins: str) -> Feuillet:
    """Every entry of a dossier."""
    registre = await _registre(uow)
    if registre is None:
        return Feuillet(await documents.du_dossier(uow.session, matricule_ins))
    lu = registre.de(matricule_ins)
    if lu.feuillet is not None:
        return lu.feuillet
    feuillet = Feuillet(await documents.du_dossier(uow.session, matricule_ins))
    registre.garder(lu, feuillet)
    return feuillet


async def ligne(uow: UnitOfWork, cle: str) -> Ligne | None:
    """An entry to look at, by stable id, or by any entryUUID the document ever had."""
    registre = await _registre(uow)
    if registre is not None and (connue := registre.lignes.get(cle)) is not None:
        return connue
    return await documents.ligne(uow.session, cle)


async def rendues(uow: UnitOfWork, lignes: Sequence[Ligne], rendu: Rendu) -> list[bytes]:
    """These entries as they are served, in order. A version of an entry never changes."""
    registre = await _registre(uow)
    connues = registre.rendues_de(rendu.cle, len(lignes)) if registre is not None else {}
    manquent = [ligne for ligne in lignes if connues.get(ligne.id, _ABSENTE)[0] != ligne.version]
    if manquent:
        ressources = await documents.ressources(uow.session, [ligne.id for ligne in manquent])
        connues.update((d.id, (d.version, rendu.rendre(d.id, ressources[d.id]))) for d in manquent)
    return [connues[ligne.id][1] for ligne in lignes]


async def a_consulte(uow: UnitOfWork, matricule_ins: str, acteur_id: str) -> bool:
    """Whether this professional has listed or opened documents here before, without being refused."""
    registre = await _registre(uow)
    consultants = registre.de(matricule_ins).consultants if registre is not None else set()
    if acteur_id in consultants:
        return True
    if await traces.derniere_consultation(uow.session, matricule_ins, acteur_id) is None:
        return False
    if len(consultants) < _DOSSIERS_MAX:
        consultants.add(acteur_id)
    return True


def a_ecrit(session: AsyncSession) -> None:
    """This transaction wrote something of a dossier: it remembers nothing more."""
    session.info[_A_ECRIT] = True


def oublier_documents(session: AsyncSession, matricule_ins: str) -> None:
    """Documents of this dossier are being written in this session without the unit of work."""
    a_ecrit(session)
    if (registre := _REGISTRES.get(session.get_bind().engine)) is not None:
        registre.oublier(matricule_ins)


def oublier(session: AsyncSession) -> None:
    """A statement of this session wrote to dossiers, titles, documents or traces without the unit of work."""
    a_ecrit(session)
    _REGISTRES.pop(session.get_bind().engine, None)


for _row in (DossierRow, AutorisationRow, DocumentRow):
    for _quand in ("after_insert", "after_update", "after_delete"):

        @event.listens_for(_row, _quand)
        def _ecrit(_mapper: Mapper[Any], connection: Connection, row: Any) -> None:
            """The unit of work wrote to a dossier."""
            if (session := object_session(row)) is not None:
                session.info[_A_ECRIT] = True
            if (registre := _REGISTRES.get(connection.engine)) is not None:
                registre.oublier(row.matricule_ins)
