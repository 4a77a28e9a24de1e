"""PATCH /fhir/dmp/DocumentReference: TD3.3a to TD3.3d (dmp.md §5.4)."""

from fastapi import APIRouter, Depends
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from services.dmp.api.appel import AppelDep, ecrire
from services.dmp.api.documents import base
from services.dmp.api.texte import adresse_propre, corps_propre
from services.dmp.domain.refus import refuser
from services.dmp.fhir import patch as patch_fhir
from services.dmp.fhir import ressources
from services.dmp.fhir.lecture import oid_de
from services.dmp.store import documents
from services.dmp.store.documents import DocumentRow
from services.dmp.usecases import consultation, metadonnees
from services.dmp.usecases.ouverture import visiter
from services.dmp.usecases.visite import Appel
from shared.db.unit_of_work import UnitOfWork
from shared.decision import operation
from shared.errors import TypeNonSupporte
from shared.fhir.patch import lire_patch
from shared.fhir.reponse import FhirResponse
from shared.fhir.validation import lire_json

router = APIRouter(prefix="/fhir/dmp", tags=["FHIR"], dependencies=[Depends(adresse_propre)])


@router.patch("/DocumentReference", tags=["TD3.3a", "TD3.3b", "TD3.3c", "TD3.3d"], response_class=FhirResponse)
async def modifier_par_identifiant(request: Request, appel: AppelDep) -> Response:
    """Conditional patch: ``identifier=urn:ietf:rfc:3986|urn:oid:<uniqueId>``."""
    valeur = request.query_params.get("identifier", "")
    cle = oid_de(valeur.rpartition("|")[2])
    if not cle:
        raise refuser(
            "XDSStoredQueryMissingParam",
            "identifier=system|uniqueId is mandatory",
            "identifier=system|uniqueId est obligatoire",
            regle="PATCH-IDENTIFIER",
            champ="identifier",
        )
    return await _modifier(request, appel, cle)


@router.patch("/DocumentReference/{id}", tags=["TD3.3a", "TD3.3b", "TD3.3c", "TD3.3d"], response_class=FhirResponse)
async def modifier(id: str, request: Request, appel: AppelDep) -> Response:
    """Change visibility or state of a document by its logical id."""
    return await _modifier(request, appel, id)


async def _modifier(request: Request, appel: Appel, cle: str) -> Response:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in {"application/json-patch+json", "application/fhir+json", "application/json"}:
        raise TypeNonSupporte(
            "PATCH takes application/json-patch+json or a FHIRPath Patch in application/fhir+json",
            "PATCH attend application/json-patch+json ou un FHIRPath Patch en application/fhir+json",
            champ="Content-Type",
        )
    operations = lire_patch(lire_json(await corps_propre(request), limite=1_000_000))
    superseded = request.headers.get("suppression", "").lower() == "superseded"

    async def faire(uow: UnitOfWork) -> DocumentRow:
        session: AsyncSession = uow.session
        row = await documents.par_unique_id(session, cle, verrou=True) or await documents.par_id(
            session, cle, verrou=True
        )
        if row is None:
            raise consultation.DocumentIntrouvable(cle)
        _version_attendue(request, row)
        visite = await visiter(uow, appel, row.matricule_ins)
        labels = ressources.labels(row.niveau, row.masque, row.invisible_patient, row.invisible_representants)
        for action in patch_fhir.actions(operations, row.to_domain(), labels, superseded=superseded):
            operation(metadonnees.OPERATIONS[action], document=row.unique_id)
            await metadonnees.modifier(visite, row, action)
        return row

    row = await ecrire(request, appel, faire)
    return FhirResponse(ressources.servir(row.ressource, base(appel)), version=row.version, modifie=row.modifie_le)


def _version_attendue(request: Request, row: DocumentRow) -> None:
    attendue = request.headers.get("if-match")
    if attendue is not None and attendue.strip() not in {f'W/"{row.version}"', f'"{row.version}"', "*"}:
        raise refuser(
            "XDSMetadataVersionError",
            f"current version is {row.version}",
            f"la version courante est {row.version}",
            regle="PATCH-VERSION",
            champ="If-Match",
        )
