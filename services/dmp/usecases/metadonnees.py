"""TD3.3a–d: mask, make visible, delete, archive (dmp.md §3.6, §5.4)."""

from typing import Final

from services.dmp.domain.document import Document, muter
from services.dmp.domain.refus import refuser
from services.dmp.domain.situation import Action, TypeActeur
from services.dmp.store import documents
from services.dmp.store.documents import DocumentRow
from services.dmp.usecases.faits import faits
from services.dmp.usecases.versions import nouvelle_version
from services.dmp.usecases.visite import Visite, objet
from shared.contracts.dmp import DocumentMasque, DocumentSupprime

OPERATIONS: Final = {
    Action.MASQUER: "TD3.3a",
    Action.DEMASQUER: "TD3.3a",
    Action.RENDRE_VISIBLE: "TD3.3b",
    Action.CACHER_PATIENT: "TD3.3b",
    Action.SUPPRIMER: "TD3.3c",
    Action.ARCHIVER: "TD3.3d",
    Action.DESARCHIVER: "TD3.3d",
}


async def modifier(visite: Visite, row: DocumentRow, action: Action) -> DocumentRow:
    """Decide, change, remember, tell. Asking twice answers the same and tells the network once."""
    d = row.to_domain()
    visite.exiger(action, d)
    if action is Action.CACHER_PATIENT:
        raise refuser("DMPIrreversibleVisibility", regle="DMP-AD-052", champ="DocumentReference.securityLabel")
    mutation = muter(d, action)
    if mutation.changement is None:
        return row
    await appliquer(visite, row, mutation.document, mutation.changement)
    return row


async def appliquer(visite: Visite, row: DocumentRow, apres: Document, changement: str) -> None:
    """Write a change that has been decided, its trace and its event."""
    row.statut = apres.statut.value
    row.masque = apres.masque
    row.invisible_patient = apres.invisible_patient
    row.invisible_representants = apres.invisible_representants
    await nouvelle_version(visite, row)
    par_patient = visite.acteur.type in {TypeActeur.PATIENT, TypeActeur.REPRESENTANT}
    notifier = not par_patient and not apres.invisible_patient
    await visite.tracer(
        visite.ligne(
            changement,
            _TRANSACTIONS.get(changement, ""),
            objets=[objet(apres)],
            secret=apres.invisible_representants,
            notifie=[{"channel": "email", "at": visite.appel.now.isoformat()}] if notifier else [],
        )
    )
    commun = {**faits(apres, visite.appel.now), "par_patient": par_patient, "notifier": notifier}
    if changement == "DOC_DELETED":
        visite.uow.emit(DocumentSupprime.model_validate(commun))
    else:
        visite.uow.emit(DocumentMasque.model_validate({**commun, "changement": changement}))


_TRANSACTIONS: Final = {
    "DOC_MASKED": "TD3.3a",
    "DOC_UNMASKED": "TD3.3a",
    "DOC_VISIBLE_PATIENT": "TD3.3b",
    "DOC_DELETED": "TD3.3c",
    "DOC_ARCHIVED": "TD3.3d",
    "DOC_UNARCHIVED": "TD3.3d",
}


async def masquer_tout(visite: Visite) -> int:
    """AD-070: every document in one click, atomically; one trace with the details (scenario ALL-1)."""
    visite.exiger(Action.MASQUER_TOUT)
    masques: list[Document] = []
    for row in await documents.a_masquer(visite.uow.session, visite.matricule_ins):
        apres = muter(row.to_domain(), Action.MASQUER).document
        row.masque = True
        await nouvelle_version(visite, row)
        masques.append(apres)
    for apres in masques:
        commun = {**faits(apres, visite.appel.now), "par_patient": True, "notifier": False}
        visite.uow.emit(DocumentMasque.model_validate({**commun, "changement": "DOC_MASKED"}))
    if masques:
        await visite.tracer(visite.ligne("DOC_MASKED", "TD3.3a", objets=[objet(d) for d in masques]))
    return len(masques)
