"""The directory entries of the demonstration world, from its personas and structures."""

from datetime import datetime, timedelta
from typing import Any

from services.mss.domain.annuaire import FINESS, G05, R21, R22, R23, R85, RPPS_RANG, SIRENE
from services.mss.store.annuaire import normaliser
from services.mss.usecases.annuaire import identifiant_technique, qualifications
from shared.monde.modele import Activite, Professionnel, Structure
from shared.monde.professionnels import PROFESSIONNELS
from shared.monde.structures import STRUCTURES


def praticiens(le: datetime) -> list[dict[str, Any]]:
    """Only people of the RPPS are practitioners of the directory."""
    return [_praticien(p, le) for p in PROFESSIONNELS.values() if p.rpps is not None]


def situations(le: datetime) -> list[dict[str, Any]]:
    return [
        _situation(personne, activite, le)
        for personne in PROFESSIONNELS.values()
        if personne.rpps is not None
        for activite in personne.activites
    ]


def organisations(le: datetime) -> list[dict[str, Any]]:
    return [_organisation(structure, le) for structure in STRUCTURES.values()]


def id_praticien(personne: Professionnel) -> str:
    return personne.annuaire_id or identifiant_technique("003", personne.id_nat)


def id_organisation(structure: Structure) -> str:
    return structure.annuaire_id or identifiant_technique("001", structure.identifiant)


def _praticien(personne: Professionnel, le: datetime) -> dict[str, Any]:
    return {
        "id": id_praticien(personne),
        "id_nat": personne.id_nat,
        "rpps": str(personne.rpps),
        "nom": personne.nom,
        "prenom": personne.prenom,
        "nom_normalise": normaliser(personne.nom),
        "prenom_normalise": normaliser(personne.prenom),
        "civilite": personne.civilite,
        "civilite_exercice": next((e.civilite for e in personne.exercices if e.civilite), ""),
        "qualifications": [
            qualification
            for exercice in personne.exercices
            for qualification in qualifications(exercice.profession, exercice.savoir_faire, exercice.categorie)
        ],
        "actif": personne.actif,
        "maj_le": le - timedelta(days=5),
    }


def _situation(personne: Professionnel, activite: Activite, le: datetime) -> dict[str, Any]:
    codes = [
        (R22, activite.genre),
        (R23, activite.mode_exercice),
        (R21, activite.fonction),
        (R85, activite.role),
        (G05, activite.section_pharmacien),
    ]
    return {
        "id": identifiant_technique("005", activite.id),
        "numero": activite.id,
        "praticien_id": id_praticien(personne),
        "organisation_id": id_organisation(STRUCTURES[activite.structure]) if activite.structure else None,
        "codes": [[systeme, code] for systeme, code in codes if code],
        "actif": personne.actif,
        "maj_le": le - timedelta(days=5),
    }


def _organisation(structure: Structure, le: datetime) -> dict[str, Any]:
    adresse = structure.adresse
    voie = " ".join(m for m in (adresse.numero, adresse.indice, adresse.type_voie, adresse.libelle_voie) if m)
    return {
        "id": id_organisation(structure),
        "structure_id": structure.identifiant,
        "identifiants": _identifiants(structure),
        "finess": structure.finess or None,
        "nom": structure.raison_sociale,
        "nom_normalise": normaliser(structure.raison_sociale),
        "enseigne": structure.enseigne,
        "secteur": structure.secteur,
        "categorie": structure.categorie,
        "entite_juridique": structure.entite_juridique,
        "partie_de": _entite_juridique(structure),
        "ville": adresse.ville,
        "ville_normalisee": normaliser(adresse.ville),
        "code_postal": adresse.code_postal,
        "lignes": [voie] if voie else [],
        "telephone": structure.telephone,
        "courriel": structure.courriel,
        "actif": structure.actif,
        "maj_le": le - timedelta(days=5),
    }


def _identifiants(structure: Structure) -> list[list[str]]:
    finess = "FINEJ" if structure.entite_juridique else "FINEG"
    candidats = [
        [finess, FINESS, structure.finess],
        ["RPPSRG", RPPS_RANG, structure.id_technique],
        ["SIREN", SIRENE, structure.siren],
        ["SIRET", SIRENE, structure.siret],
    ]
    return [candidat for candidat in candidats if candidat[2]]


def _entite_juridique(structure: Structure) -> str | None:
    """The legal entity an establishment belongs to, when the demonstration world has it."""
    for autre in STRUCTURES.values():
        if structure.finess_ej and autre.finess == structure.finess_ej:
            return id_organisation(autre)
    return None
