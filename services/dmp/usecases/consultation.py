"""TD3.2 / ITI-68: read one document, or the metadata of one entry (dmp.md §3.5, §5.2)."""

from services.dmp.domain.document import Document
from services.dmp.domain.lot import Statut
from services.dmp.domain.situation import Action
from services.dmp.store import documents, registre
from services.dmp.store.documents import Ligne, en_domaine
from services.dmp.usecases.recherche import peser_liste
from services.dmp.usecases.visite import RefusTrace, Visite, objet
from shared.db.unit_of_work import UnitOfWork
from shared.decision import noter
from shared.errors import DomainError, Introuvable


class DocumentIntrouvable(Introuvable):
    slug = "document-introuvable"
    regle = "DMP-DOC-404"

    def __init__(self, cle: str) -> None:
        super().__init__(
            f"no document {cle}",
            f"aucun document {cle}",
            membres={"code": "XDSDocumentUniqueIdError"},
            champ="identifier",
        )


class DocumentSupprime(DomainError):
    """The bytes of a deleted document are not served any more (410)."""

    status, issue, slug = 410, "deleted", "document-supprime"
    regle = "DMP-DOC-410"


async def lire(visite: Visite, row: Ligne) -> bytes:
    """The bytes of a document, the reading traced and notified."""
    document = en_domaine(row)
    verdict = visite.exiger(Action.CONSULTER, document)
    if row.statut == Statut.DELETED.value:
        raise DocumentSupprime(
            "the document was deleted: its metadata remain, its content is not served",
            "le document a été supprimé : ses métadonnées demeurent, son contenu n'est plus servi",
            membres={"code": "XDSDocumentUniqueIdError"},
        )
    await visite.consigner_consultation(verdict, "DOC_VIEWED", [document])
    return await documents.contenu(visite.uow.session, row.blob)


async def metadonnees(visite: Visite, row: Ligne) -> bytes:
    """The resource of one entry. What the caller may not list is answered as if it did not exist."""
    verdict = visite.exiger(Action.RECHERCHER)
    document = en_domaine(row)
    filtre = peser_liste(visite, document, demande=True)
    if not filtre.visible:
        noter(filtre.decision())
        trace = visite.ligne("DOC_LISTED", "TD3.1", verdict=filtre, resultat="refuse", objets=_sauf_cache(document))
        raise RefusTrace(DocumentIntrouvable(row.id), trace)
    await visite.consigner_consultation(verdict, "DOC_LISTED", [document])
    return (await documents.ressources(visite.uow.session, [row.id]))[row.id]


def _sauf_cache(d: Document) -> list[dict[str, object]]:
    return [] if d.masque else [objet(d)]


async def trouver(uow: UnitOfWork, cle: str) -> Ligne:
    """By stable id, or by any entryUUID the document ever had."""
    row = await registre.ligne(uow, cle)
    if row is None:
        raise DocumentIntrouvable(cle)
    return row
