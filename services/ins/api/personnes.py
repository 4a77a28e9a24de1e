"""The civil state of the sandbox: create, correct and renumber people, for tests (no real counterpart)."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

from services.ins import usecases
from services.ins.api import schemas
from services.ins.api.deps import AppelantDep
from services.ins.store import personnes
from services.ins.usecases import PersonneIntrouvable
from shared.decision import operation
from shared.identite.ins import MatriculeIns
from shared.identite.traits import Traits, normaliser
from shared.web.deps import BacDep, LectureDep, UowDep

Matricule = Annotated[str, Path(pattern=r"^[0-9]{6}[0-9A-Za-z][0-9]{8}$", description="13 characters and the key")]

router = APIRouter(prefix="/insi/v1/personnes", tags=["Personnes (bac à sable)"])


@router.post("", status_code=201, summary="Ajouter une personne à ce bac")
async def creer(demande: schemas.NouvellePersonne, appelant: AppelantDep, bac: BacDep, uow: UowDep) -> dict[str, Any]:
    operation("personne.creer", appelant=appelant)
    personne = await usecases.creer_personne(
        uow,
        MatriculeIns.de(demande.num_identifiant, demande.cle),
        _traits(demande),
        nature=demande.type_matricule,
        rang_naissance=demande.rang_naissance,
        alias=tuple(normaliser(a) for a in demande.alias),
        ouvreurs_droit=[MatriculeIns.lire(o).numero for o in demande.ouvreurs_droit],
    )
    return schemas.individu(personne, bac.reglages.oid_mode)


@router.get("/{matricule}", summary="Une personne par son matricule, actif ou historique")
async def lire(matricule: Matricule, appelant: AppelantDep, bac: BacDep, session: LectureDep) -> dict[str, Any]:
    if (personne := await personnes.par_matricule(session, matricule.upper())) is None:
        raise PersonneIntrouvable(
            "no person has ever had this matricule", "aucune personne n'a porté ce matricule", champ="matricule"
        )
    return schemas.individu(personne, bac.reglages.oid_mode)


@router.put("/{matricule}/traits", summary="Corriger les traits d'une personne")
async def corriger(
    matricule: Matricule, demande: schemas.TraitsCorriges, appelant: AppelantDep, bac: BacDep, uow: UowDep
) -> dict[str, Any]:
    operation("personne.corriger", appelant=appelant)
    personne = await usecases.corriger_personne(uow, matricule.upper(), _traits(demande))
    return schemas.individu(personne, bac.reglages.oid_mode)


@router.put("/{matricule}/matricule", summary="Attribuer un nouveau matricule : l'ancien passe en historique")
async def attribuer(
    matricule: Matricule, demande: schemas.NouveauMatricule, appelant: AppelantDep, bac: BacDep, uow: UowDep
) -> dict[str, Any]:
    operation("personne.attribuer", appelant=appelant)
    nouveau = MatriculeIns.de(demande.num_identifiant, demande.cle)
    personne = await usecases.attribuer_matricule(
        uow, matricule.upper(), nouveau, demande.type_matricule, motif=demande.motif
    )
    return schemas.individu(personne, bac.reglages.oid_mode)


def _traits(demande: schemas.NouvellePersonne | schemas.TraitsCorriges) -> Traits:
    return Traits.lire(
        demande.nom_naissance, demande.liste_prenom, demande.sexe, demande.date_naissance, demande.lieu_naissance
    )
