"""TD3.1 / ITI-67, ITI-66: search entries and lots, silently without what the caller may not see (dmp.md §3.4, §5.2)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import select

from services.dmp.domain.acces import Verdict
from services.dmp.domain.document import Document, visible_au_patient
from services.dmp.domain.lot import Statut
from services.dmp.domain.situation import Action, TypeActeur
from services.dmp.store import documents, registre
from services.dmp.store.documents import DocumentRow, Ligne, LotRow, en_domaine
from services.dmp.store.registre import Rendu
from services.dmp.usecases.visite import Visite

Critere = Callable[[Ligne], bool]


@dataclass(frozen=True, slots=True)
class Criteres:
    """What a search asks: the statuses it names, and every other parameter as a predicate over a row."""

    statuts: frozenset[Statut]
    demande: bool = False
    """The caller named the statuses himself (deleted entries are listed only then, AD-033)."""
    tests: tuple[Critere, ...] = ()
    count: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    total: int
    entrees: list[bytes]
    """As they are served."""


async def rechercher(visite: Visite, criteres: Criteres, rendu: Rendu) -> Page:
    """One page of the entries that match and that the caller may see; the reading is traced and notified."""
    verdict = visite.exiger(Action.RECHERCHER)
    feuillet = await registre.feuillet(visite.uow, visite.matricule_ins)
    montrees = [
        d.statut in criteres.statuts and peser_liste(visite, d, demande=criteres.demande).visible
        for d in feuillet.distinctes
    ]
    vus = [row for row, rang in zip(feuillet.lignes, feuillet.rangs, strict=True) if montrees[rang]]
    for test in criteres.tests:
        vus = [row for row in vus if test(row)]
    page = vus[criteres.offset : criteres.offset + criteres.count]
    entrees = await registre.rendues(visite.uow, page, rendu)
    await visite.consigner_consultation(
        verdict, "DOC_LISTED", (), secret=any(row.invisible_representants for row in page)
    )
    return Page(len(vus), entrees)


def peser_liste(visite: Visite, document: Document, *, demande: bool = False) -> Verdict:
    """Whether this entry is listed for this caller (AD-027 to AD-033, functional rights, matrix)."""
    return visite.peser(visite.situation(Action.RECHERCHER, document, demande=demande))


async def references(visite: Visite, unique_id: str) -> list[DocumentRow]:
    """TD3.1b: the id of an entry from its uniqueId, no metadata (structures: own deposits only, AD-034)."""
    row = await documents.par_unique_id(visite.uow.session, unique_id)
    if row is None or row.matricule_ins != visite.matricule_ins:
        visite.exiger(Action.RECHERCHER_REFERENCE)
        return []
    visite.exiger(Action.RECHERCHER_REFERENCE, row.to_domain())
    return [row] if row.to_domain().de_la_structure(visite.acteur) else []


async def lots(
    visite: Visite, tests: Iterable[Callable[[LotRow], bool]], count: int, offset: int
) -> tuple[list[LotRow], int]:
    """ITI-66: the submission sets of a dossier that still show the caller at least one entry."""
    verdict = visite.exiger(Action.RECHERCHER)
    session = visite.uow.session
    feuillet = await registre.feuillet(visite.uow, visite.matricule_ins)
    montrees = [peser_liste(visite, d).visible for d in feuillet.distinctes]
    montres = {row.lot_id for row, rang in zip(feuillet.lignes, feuillet.rangs, strict=True) if montrees[rang]}
    criteres = tuple(tests)
    requete = select(LotRow).where(LotRow.matricule_ins == visite.matricule_ins).order_by(LotRow.date.desc(), LotRow.id)
    trouves = [
        lot
        for lot in (await session.scalars(requete)).all()
        if lot.id in montres and all(test(lot) for test in criteres)
    ]
    await visite.consigner_consultation(verdict, "DOC_LISTED", [])
    return trouves[offset : offset + count], len(trouves)


def pour_le_patient(visite: Visite, rows: Iterable[Ligne]) -> list[Ligne]:
    """The holder's own list: nothing he may not see, nothing deleted (AD-073, AD-074, AD-076)."""
    representant = visite.acteur.type is TypeActeur.REPRESENTANT
    return [
        row
        for row in rows
        if row.statut != Statut.DEPRECATED.value
        and visible_au_patient(en_domaine(row), representant=representant, mineur=False)
        and visite.peser(visite.situation(Action.LISTER_DOCUMENTS, en_domaine(row))).visible
    ]
