"""The JSON façade of ADRi: rights at a date, engine shape, invoices (adri.md §3.1, §3.2, §6)."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from services.adri import usecases
from services.adri.api import schemas, vues
from services.adri.api.deps import DemandeurDep, InterrogerDep, ReglagesDep
from services.adri.domain.acquisition import Demandeur
from services.adri.domain.datation import verifier_forcage_ald
from services.adri.store.base import FactureRow
from services.adri.usecases import FactureIntrouvable
from shared.decision import operation
from shared.web.deps import LectureDep, UowDep, contexte

Facture = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="Invoice id of the host software")]

router = APIRouter(prefix="/adri/v1", tags=["ADRi"])


@router.post("/droits", summary="Acquérir les droits AMO d'un bénéficiaire à une date")
async def droits(demande: schemas.DemandeDroits, demandeur: DemandeurDep, interroger: InterrogerDep) -> dict[str, Any]:
    """HTTP 200 for every result code; faults are problems with ``subcode`` and ``code``."""
    operation("acquerirLesDroits", appelant=demandeur.id_nat, source=demande.contexte.source)
    reponse = await interroger.acquerir(demande.to_domain(_demandeur(demande, demandeur)))
    return vues.facade(reponse, aujourd_hui=interroger.bac.now().date())


@router.post("/moteur/TEL-getAdri", summary="La même question dans la forme d'un moteur de facturation agréé")
async def tel_get_adri(
    demande: schemas.DemandeMoteur, demandeur: DemandeurDep, interroger: InterrogerDep, reglages: ReglagesDep
) -> dict[str, Any]:
    operation("TEL-getAdri", appelant=demandeur.id_nat)
    jour = interroger.bac.now().date()
    reponse = await interroger.acquerir(demande.to_domain(demandeur, jour))
    if reponse.beneficiaire is None:
        return vues.message_moteur(reponse)
    return vues.moteur(reponse, aujourd_hui=jour, inverse=reglages.top_medecin_traitant_inverse)


@router.post("/factures/{facture}/droits", summary="Attacher une réponse ADRi à une facture ouverte")
async def attacher(
    facture: Facture,
    demande: schemas.DroitsFacture,
    demandeur: DemandeurDep,
    interroger: InterrogerDep,
    request: Request,
) -> dict[str, Any]:
    operation("FDS-getAdriFacture", facture=facture, appelant=demandeur.id_nat)
    reponse = await interroger.acquerir(demande.droits.to_domain(_demandeur(demande.droits, demandeur)))
    corps = vues.facade(reponse, aujourd_hui=interroger.bac.now().date())
    async with contexte(request).transaction(interroger.bac) as uow:
        await usecases.attacher(uow, facture, demande.dateFacture, reponse, corps)
    return corps


@router.get("/factures/{facture}/droits", summary="La réponse ADRi attachée à une facture")
async def lire_attachee(facture: Facture, demandeur: DemandeurDep, session: LectureDep) -> dict[str, Any]:
    if (row := await session.get(FactureRow, facture)) is None:
        raise FactureIntrouvable(
            "no ADRi answer is attached to this invoice",
            "aucune réponse ADRi n'est attachée à cette facture",
            champ="facture",
        )
    return {"dateFacture": row.date_facture.isoformat(), "typeFacture": "ADRi", **row.reponse}


@router.delete("/factures/{facture}/droits", status_code=204, summary="Retirer la réponse ADRi d'une facture")
async def detacher(facture: Facture, demandeur: DemandeurDep, uow: UowDep) -> Response:
    operation("facture.detacher", facture=facture)
    await usecases.detacher(uow, facture)
    return Response(status_code=204)


@router.post("/factures/{facture}/forcage-ald", summary="Forcer l'ALD à la main, pièce justificative à l'appui")
async def forcer_ald(facture: Facture, demandeur: DemandeurDep, session: LectureDep) -> dict[str, Any]:
    """409 while an ADRi answer is attached (adri.md §1)."""
    operation("facture.forcer-ald", facture=facture)
    verifier_forcage_ald(reponse_attachee=await session.get(FactureRow, facture) is not None)
    return {"facture": facture, "forcageALD": True, "pieceJustificative": "obligatoire"}


def _demandeur(demande: schemas.DemandeDroits, jeton: Demandeur) -> Demandeur:
    """The billing identity said in the request, over the one that the token lets us know."""
    dit = demande.demandeur
    return replace(
        jeton,
        identifiant_facturation=dit.identifiantFacturation or jeton.identifiant_facturation,
        specialite=dit.specialite or jeton.specialite,
        structure=dit.structure,
    )
