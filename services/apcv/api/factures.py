"""``/fse/v1``: the minimal billing chain around ``signerVitale`` (apcv.md §10, §13)."""

from typing import Any

from fastapi import APIRouter, Depends
from sqlalchemy.ext.asyncio import AsyncSession

from services.apcv.api import resources
from services.apcv.api.appelant import appelant
from services.apcv.api.schemas import FactureIn, Renouveler
from services.apcv.api.texte import adresse_propre
from services.apcv.domain import facture as regles
from services.apcv.domain.contexte import Professionnel
from services.apcv.store import factures as store
from services.apcv.usecases import factures
from services.apcv.usecases.factures import DemandeFacture
from shared.auth.deps import ProfessionnelDep
from shared.auth.principal import Professionnel as Titulaire
from shared.decision import operation
from shared.edge.bac import Bac
from shared.web.deps import BacDep, IdsDep, LectureDep, UowDep

router = APIRouter(prefix="/fse/v1", tags=["FSE"], dependencies=[Depends(adresse_propre)])


@router.post("/factures", status_code=201)
async def preparer(corps: FactureIn, titulaire: ProfessionnelDep, uow: UowDep, ids: IdsDep) -> dict[str, Any]:
    """``initialiserFacture``: amounts computed from the acts, the rights and the care path."""
    operation("initialiserFacture")
    ps = await appelant(uow.session, uow.bac, titulaire, corps.ps.identifiant_facturation, corps.ps.code_specialite)
    return resources.facture(await factures.preparer(uow, ids, ps, _demande(corps)))


@router.get("/factures/{facture_id}")
async def lire(facture_id: str, titulaire: ProfessionnelDep, session: LectureDep, bac: BacDep) -> dict[str, Any]:
    """One invoice and where it stands."""
    return resources.facture(
        await factures.lire(session, facture_id, await _proprietaire(session, bac, titulaire, facture_id))
    )


@router.post("/factures/{facture_id}/controle")
async def controler(facture_id: str, titulaire: ProfessionnelDep, session: LectureDep, bac: BacDep) -> dict[str, Any]:
    """``controlerFacture``: everything the rule engine has to say, blocking or not."""
    operation("controlerFacture")
    ps = await _proprietaire(session, bac, titulaire, facture_id)
    messages = regles.controler(await factures.lire(session, facture_id, ps))
    return {
        "idFacture": facture_id,
        "valide": not any(m.bloquant for m in messages),
        "messages": [resources.message(m) for m in messages],
    }


@router.post("/factures/{facture_id}/validation")
async def valider(facture_id: str, titulaire: ProfessionnelDep, uow: UowDep, ids: IdsDep) -> dict[str, Any]:
    """``validerFacture``: the patient's phone signs, the invoice is numbered, the context is consumed."""
    operation("validerFacture", facture=facture_id)
    ps = await _proprietaire(uow.session, uow.bac, titulaire, facture_id)
    facture, signature = await factures.valider(uow, ids, facture_id, ps)
    return {"facture": resources.facture(facture), "signature": resources.signature(signature)}


@router.post("/factures/{facture_id}/contexte", status_code=201)
async def renouveler(facture_id: str, corps: Renouveler, titulaire: ProfessionnelDep, uow: UowDep) -> dict[str, Any]:
    """``renouvellementContexteApCV``: a new reading on an open invoice; the invoice is kept."""
    operation("renouvellementContexteApCV", facture=facture_id)
    ps = await _proprietaire(uow.session, uow.bac, titulaire, facture_id)
    facture, vue = await factures.renouveler(uow, facture_id, ps, corps.donnees, corps.mode)
    return {"facture": resources.facture(facture), **resources.lu(vue, at=uow.now())}


async def _proprietaire(session: AsyncSession, bac: Bac, titulaire: Titulaire, facture_id: str) -> Professionnel:
    """The caller under the billing identity the invoice was opened with."""
    row = await store.verrouiller(session, facture_id)
    return await appelant(session, bac, titulaire, row.identifiant_facturation)


def _demande(corps: FactureIn) -> DemandeFacture:
    patient, complementaire = corps.patient, corps.complementaire
    naissance = patient.date_naissance
    return DemandeFacture(
        matricule_ins=patient.nir,
        contexte_id=patient.contexte.identifiant if patient.contexte else None,
        cotations=tuple(c.to_domain() for c in corps.cotations),
        facture_id=corps.id_facture,
        date_elaboration=corps.date_elaboration,
        date_naissance=str(naissance)[:10] if naissance else None,
        rang=patient.rang,
        securisation=corps.securisation,
        parcours=corps.parcours.indicateur,
        situation=corps.situation_voulue(),
        tiers_payant_amo=complementaire.tiers_payant_amo,
        tiers_payant_amc=complementaire.tiers_payant_amc == 1,
        amc=complementaire.amc,
        numero_at=corps.nature.at.numero if corps.nature.at else None,
        total_montants=corps.total_montants,
        total_amo=corps.total_amo,
    )
