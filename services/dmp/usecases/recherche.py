"""TD3.1 / ITI-67, ITI-66: search entries and lots, silently without what the caller may not see (dmp.md §3.4, §5.2)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sqlalchemy import select

from services.dmp.domain.acces import Verdict
from services.dmp.domain.document import visible_au_patient
from services.dmp.domain.lot import Statut
from services.dmp.domain.situation import Action, TypeActeur
from services.dmp.store import documents
from services.dmp.store.documents import DocumentRow, Ligne, LotRow, en_domaine
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
    documents: list[Ligne]
    ressources: dict[str, bytes] = field(default_factory=dict)


async def rechercher(visite: Visite, criteres: Criteres) -> Page:
    """One page of the entries that match and that the caller may see; the reading is traced and notified."""
    verdict = visite.exiger(Action.RECHERCHER)
    rows = [
        row
        for row in await documents.du_dossier(visite.uow.session, visite.matricule_ins)
        if row.statut in criteres.statuts and all(test(row) for test in criteres.tests)
    ]
    vus = _visibles(visite, rows, demande=criteres.demande)
    page = vus[criteres.offset : criteres.offset + criteres.count]
    ressources = await documents.ressources(visite.uow.session, [row.id for row in page])
    await visite.consigner_consultation(
        verdict, "DOC_LISTED", (), secret=any(row.invisible_representants for row in page)
    )
    return Page(len(vus), page, ressources)


def _visibles(visite: Visite, rows: Iterable[Ligne], *, demande: bool) -> list[Ligne]:
    """Those the caller may list, each distinct situation weighed once: entries alike share a verdict."""
    verdicts: dict[tuple[object, ...], bool] = {}
    vus: list[Ligne] = []
    for row in rows:
        cle = (
            row.type_code,
            row.classe,
            row.statut,
            row.masque,
            row.invisible_patient and row.depose_le,
            row.invisible_representants,
            row.depot_patient,
            row.auteur_id_nat,
            row.structure_id,
        )
        if (montre := verdicts.get(cle)) is None:
            montre = verdicts[cle] = visible(visite, row, demande=demande)
        if montre:
            vus.append(row)
    return vus


def visible(visite: Visite, row: Ligne, *, demande: bool = False) -> bool:
    """Whether this entry is listed for this caller (AD-027 to AD-033, functional rights, matrix)."""
    return peser_liste(visite, row, demande=demande).visible


def peser_liste(visite: Visite, row: Ligne, *, demande: bool = False) -> Verdict:
    return visite.peser_document(Action.RECHERCHER, en_domaine(row), demande=demande)


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
    rows = await documents.du_dossier(session, visite.matricule_ins)
    montres = {row.lot_id for row in rows if visible(visite, row)}
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
        and visite.peser_document(Action.LISTER_DOCUMENTS, en_domaine(row)).visible
    ]
