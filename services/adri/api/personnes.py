"""The sandbox's hand on rights: read them, set periods and coverages, move to another body (no real counterpart)."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

from services.adri import usecases
from services.adri.api import schemas
from services.adri.api.deps import DemandeurDep
from services.adri.domain.droits import Beneficiaire
from services.adri.store import beneficiaires, documents
from shared.decision import operation
from shared.web.deps import LectureDep, UowDep

Matricule = Annotated[str, Path(pattern=r"^[0-9]{6}[0-9A-Za-z][0-9]{8}$", description="13 characters and the key")]

router = APIRouter(prefix="/adri/v1/personnes", tags=["Droits (bac à sable)"])


@router.get("/{matricule}/droits", summary="Tout ce que l'organisme sait d'une personne")
async def lire(matricule: Matricule, demandeur: DemandeurDep, session: LectureDep) -> dict[str, Any]:
    trouves = await beneficiaires.de_la_personne(session, matricule.upper())
    if not trouves:
        raise usecases.introuvable()
    return _vue(trouves)


@router.put("/{matricule}/droits", summary="Retoucher périodes, couvertures, complémentaire, accidents")
async def retoucher(
    matricule: Matricule, demande: schemas.RetoucheDroits, demandeur: DemandeurDep, uow: UowDep
) -> dict[str, Any]:
    operation("droits.retoucher", appelant=demandeur.id_nat)
    return _vue(await usecases.retoucher(uow, matricule.upper(), demande.to_domain()))


@router.post("/{matricule}/mutations", summary="Rattacher à un autre organisme à partir d'une date")
async def muter(
    matricule: Matricule, demande: schemas.Mutation, demandeur: DemandeurDep, uow: UowDep
) -> dict[str, Any]:
    operation("droits.muter", appelant=demandeur.id_nat)
    return _vue(await usecases.muter(uow, matricule.upper(), demande.organisme.to_domain(), demande.dateEffet))


def _vue(trouves: list[Beneficiaire]) -> dict[str, Any]:
    return {
        "beneficiaires": [
            {
                "assure": {"nir": b.assure_nir, "cle": b.assure_cle},
                "dateNaissance": b.date_naissance,
                "rang": b.rang,
                "qualite": b.qualite,
                "medecinTraitant": b.medecin_traitant,
                "enMiseAJour": b.en_mise_a_jour,
                **documents.lisible(b),
            }
            for b in trouves
        ]
    }
