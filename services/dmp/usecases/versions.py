"""A metadata change writes the resource again; the former version stays resolvable (dmp.md §3.6, §6.1)."""

import uuid

import orjson

from services.dmp.domain.lot import Statut
from services.dmp.fhir import ressources
from services.dmp.store.documents import DocumentRow, VersionRow
from services.dmp.usecases.visite import Visite


async def changer_statut(visite: Visite, row: DocumentRow, statut: Statut) -> None:
    row.statut = statut.value
    await nouvelle_version(visite, row, renouveler_uuid=False)


async def nouvelle_version(visite: Visite, row: DocumentRow, *, renouveler_uuid: bool = True) -> None:
    """Write the resource again after a change of metadata; the former version stays resolvable (P4D: same lid)."""
    now = visite.uow.now()
    soumise = orjson.loads(row.ressource)
    session = visite.uow.session
    suivant = str(uuid.uuid4())
    session.add(
        VersionRow(
            entry_uuid=row.entry_uuid if renouveler_uuid else suivant,
            document_id=row.id,
            version=row.version,
            remplacee_le=now,
            ressource=row.ressource,
        )
    )
    if renouveler_uuid:
        row.entry_uuid = suivant
    row.version += 1
    row.modifie_le = now
    if not row.invisible_patient:
        row.echeance = None
    row.ressource = ressources.document_reference(
        soumise,
        id=row.id,
        entry_uuid=row.entry_uuid,
        version=row.version,
        modifie_le=now,
        statut=Statut(row.statut),
        labels=ressources.labels(row.niveau, row.masque, row.invisible_patient, row.invisible_representants),
        sha1=row.sha1,
        taille=row.taille,
        remplace=row.remplace,
    )
