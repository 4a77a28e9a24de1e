"""/mes/v1/documents: the citizen's documents (mon-espace-sante.md §5.1)."""

import base64
import binascii
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from services.dmp.api import rendus
from services.dmp.api.appel import AppelPatientDep, ecrire
from services.dmp.api.mes import ProfilQuery
from services.dmp.api.texte import Corps, adresse_propre
from services.dmp.cda import corps_non_structure
from services.dmp.domain.document import visible_au_patient
from services.dmp.domain.situation import Action, TypeActeur
from services.dmp.store import documents
from services.dmp.store.documents import DocumentRow
from services.dmp.usecases import citoyen, depots, metadonnees, recherche
from services.dmp.usecases.consultation import DocumentIntrouvable
from services.dmp.usecases.visite import Appel, Visite
from shared.db.unit_of_work import UnitOfWork
from shared.decision import operation
from shared.errors import Invalide
from shared.fhir.negociation import FormatNonAcceptable, accepte
from shared.web.reponses import JSONReponse

router = APIRouter(prefix="/mes/v1", tags=["Mon espace santé"], dependencies=[Depends(adresse_propre)])


# ── documents ───────────────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/documents")
async def lister(
    request: Request,
    appel: AppelPatientDep,
    profil: ProfilQuery = None,
    categorie: Annotated[str | None, Query(max_length=60)] = None,
) -> Response:
    """The holder's documents, by the categories of the application (mes_document_categories.csv)."""
    operation("MES-DOCUMENTS")

    async def faire(uow: UnitOfWork) -> dict[str, Any]:
        visite = await citoyen.chez(uow, appel, profil)
        visite.exiger(Action.LISTER_DOCUMENTS)
        rows = await documents.du_dossier(uow.session, visite.matricule_ins)
        vus = [rendus.document(visite, r) for r in recherche.pour_le_patient(visite, rows)]
        return {"documents": [d for d in vus if categorie is None or d["categorie"] == categorie]}

    return JSONReponse(await ecrire(request, appel, faire))


class Televersement(Corps):
    titre: str = Field(min_length=1, max_length=200)
    type: str = Field(max_length=20, description="EXPPAT_1 to 3, DOCPAT01 to 09 or 74465-6")
    media: str = Field("application/pdf", max_length=60)
    contenu: str = Field(max_length=35_000_000, description="Bytes in base64")
    masque: bool = False
    remplace: str | None = Field(None, max_length=200)


@router.post("/documents", status_code=201)
async def deposer(
    demande: Televersement, request: Request, appel: AppelPatientDep, profil: ProfilQuery = None
) -> Response:
    """The person adds a document of her own: professionals see it as a patient document (§5.1)."""
    operation("MES-DEPOT", type=demande.type)
    try:
        contenu = base64.b64decode(demande.contenu, validate=True)
    except (binascii.Error, ValueError):
        raise Invalide(
            "contenu is not base64", "contenu n'est pas du base64", regle="MES-DOC-03", champ="contenu"
        ) from None
    depot = depots.Depot(demande.titre, demande.type, demande.media.lower(), contenu, demande.masque, demande.remplace)

    async def faire(uow: UnitOfWork) -> dict[str, Any]:
        visite = await citoyen.chez(uow, appel, profil)
        return rendus.document(visite, await depots.deposer_par_patient(visite, depot))

    return JSONReponse(await ecrire(request, appel, faire), 201)


@router.get("/documents/{id}/contenu", response_class=Response)
async def contenu(id: str, request: Request, appel: AppelPatientDep, profil: ProfilQuery = None) -> Response:
    """The document itself: the PDF inside a level 1 CDA when it is accepted, else the CDA."""
    operation("MES-DOCUMENT")
    accept = request.headers.get("accept")

    async def faire(uow: UnitOfWork) -> tuple[bytes, str]:
        visite = await citoyen.chez(uow, appel, profil)
        row = await le_mien(visite, id)
        octets = await documents.contenu(uow.session, row.blob)
        interieur = corps_non_structure(octets) if row.mime == "text/xml" else None
        if interieur is not None and accept and accepte(accept, interieur[0]):
            return interieur[1], interieur[0]
        if not accepte(accept, row.mime):
            raise FormatNonAcceptable(
                f"this document is {row.mime}", f"ce document est du {row.mime}", champ="Accept", regle="MES-DOC-04"
            )
        return octets, row.mime

    octets, media = await ecrire(request, appel, faire)
    return Response(
        octets,
        media_type=media,
        headers={"X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment"},
    )


@router.post("/documents/{id}/masquer")
async def masquer(id: str, request: Request, appel: AppelPatientDep, profil: ProfilQuery = None) -> Response:
    """Hide a document from professionals, its author and the médecin traitant excepted."""
    return await _agir(request, appel, profil, id, Action.MASQUER)


@router.post("/documents/{id}/demasquer")
async def demasquer(id: str, request: Request, appel: AppelPatientDep, profil: ProfilQuery = None) -> Response:
    """Show a hidden document again."""
    return await _agir(request, appel, profil, id, Action.DEMASQUER)


@router.delete("/documents/{id}")
async def supprimer(id: str, request: Request, appel: AppelPatientDep, profil: ProfilQuery = None) -> Response:
    """Her own deposits only: a professional's document is masked, never deleted (AD-067, AD-068)."""
    return await _agir(request, appel, profil, id, Action.SUPPRIMER)


@router.post("/documents/masquer-tout")
async def masquer_tout(request: Request, appel: AppelPatientDep, profil: ProfilQuery = None) -> Response:
    """Hide every document from professionals."""
    operation("MES-MASQUER-TOUT")

    async def faire(uow: UnitOfWork) -> dict[str, Any]:
        return {"masques": await metadonnees.masquer_tout(await citoyen.chez(uow, appel, profil))}

    return JSONReponse(await ecrire(request, appel, faire))


async def _agir(request: Request, appel: Appel, profil: str | None, id: str, action: Action) -> Response:
    operation(f"MES-{action.name}", document=id)

    async def faire(uow: UnitOfWork) -> dict[str, Any]:
        visite = await citoyen.chez(uow, appel, profil)
        row = await le_mien(visite, id)
        await metadonnees.modifier(visite, row, action)
        return rendus.document(visite, row)

    return JSONReponse(await ecrire(request, appel, faire))


async def le_mien(visite: Visite, id: str) -> DocumentRow:
    """A document of this space that its holder may see; anything else does not exist."""
    row = await documents.par_id(visite.uow.session, id, verrou=True)
    representant = visite.acteur.type is TypeActeur.REPRESENTANT
    if (
        row is None
        or row.matricule_ins != visite.matricule_ins
        or not visible_au_patient(row.to_domain(), representant=representant, mineur=False)
    ):
        raise DocumentIntrouvable(id)
    return row
