"""The demonstration share of mail: mailboxes, white list, directory, profiles, and a few messages already there."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.mss.domain.adresses import DOMAINE_PATIENT
from services.mss.domain.mes import etat_du_profil
from services.mss.seed_annuaire import organisations, praticiens, situations
from services.mss.seed_messages import semer_messages
from services.mss.store.annuaire import OrganisationRow, PraticienRow, SituationRow
from services.mss.store.boites import QUOTA_PAR_DEFAUT, AccesRow, BoiteRow, DomaineRow
from services.mss.store.patients import DispensationRow, PatientRow
from shared.db.spaces import Graine
from shared.monde.modele import BoiteAuxLettres
from shared.monde.patients import PATIENTS, Patient
from shared.monde.professionnels import PROFESSIONNELS
from shared.monde.structures import STRUCTURES


async def semer(session: AsyncSession, graine: Graine) -> None:
    """``vide`` keeps only the white list; ``demo`` is the small world; ``population-N`` adds N people."""
    le = debut(graine.reference)
    if graine.nom == "vide":
        await _inserer(session, DomaineRow, [_domaine(DOMAINE_PATIENT, le)])
        return
    boites, acces = _boites(le)
    domaines = {boite["adresse"].partition("@")[2] for boite in boites} | {DOMAINE_PATIENT}
    await _inserer(session, DomaineRow, [_domaine(nom, le) for nom in sorted(domaines)])
    await _inserer(session, BoiteRow, boites)
    await _inserer(session, AccesRow, acces)
    await _inserer(session, OrganisationRow, organisations(le))
    await _inserer(session, PraticienRow, praticiens(le))
    await _inserer(session, SituationRow, situations(le))
    await _inserer(session, PatientRow, [_patient(p) for p in PATIENTS.values() if "inconnu" not in p.situations])
    await _inserer(session, DispensationRow, _dispensations(le))
    await semer_messages(session, le)
    if graine.taille:
        from services.mss.seed_population import semer_population

        await semer_population(session, graine.taille, graine.reference)


def debut(reference: date) -> datetime:
    return datetime.combine(reference, time(7, 30), UTC)


async def _inserer(session: AsyncSession, table: Any, lignes: list[dict[str, Any]]) -> None:
    if lignes:
        await session.execute(insert(table), lignes)


def _domaine(nom: str, le: datetime) -> dict[str, Any]:
    description = "Messagerie citoyenne" if nom == DOMAINE_PATIENT else f"Domaine de démonstration {nom}"
    return {"nom": nom, "description": f"{description} (bac à sable)", "maj_le": le - timedelta(days=30)}


def _boites(le: datetime) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    boites: dict[str, dict[str, Any]] = {}
    acces: set[tuple[str, str]] = set()
    for personne in PROFESSIONNELS.values():
        libelle = f"{personne.prenom.title()}_{personne.nom.upper()}"
        civilite = next((e.civilite for e in personne.exercices if e.civilite), "")
        libelle = f"{civilite.title()}_{libelle}" if civilite else libelle
        for rang, boite in enumerate(personne.boites, start=1):
            boites.setdefault(boite.adresse, _boite(boite, le, rang, libelle, id_nat=personne.id_nat))
        for activite in personne.activites:
            for rang, boite in enumerate(activite.boites, start=1):
                boites.setdefault(
                    boite.adresse,
                    _boite(boite, le, rang + 1, libelle, id_nat=personne.id_nat, situation_id=activite.id),
                )
            if activite.structure:
                structure = STRUCTURES[activite.structure]
                acces |= {(b.adresse, personne.id_nat) for b in structure.boites if b.type == "ORG"}
    for structure in STRUCTURES.values():
        for rang, boite in enumerate(structure.boites, start=1):
            libelle = f"{structure.raison_sociale} {boite.service}".strip()
            nouvelle = _boite(boite, le, rang, libelle, structure_id=structure.identifiant)
            ancienne = boites.get(boite.adresse)
            if ancienne is not None and ancienne["id_nat"]:
                # A software persona holds the mailbox of its structure: it keeps the right to open it.
                acces.add((boite.adresse, ancienne["id_nat"]))
            boites[boite.adresse] = nouvelle
    return list(boites.values()), [{"adresse": a, "id_nat": i} for a, i in sorted(acces)]


def _boite(
    boite: BoiteAuxLettres,
    le: datetime,
    rang: int,
    libelle: str,
    *,
    id_nat: str | None = None,
    structure_id: str | None = None,
    situation_id: str | None = None,
) -> dict[str, Any]:
    return {
        "adresse": boite.adresse,
        "type_bal": boite.type,
        "id_nat": id_nat,
        "structure_id": structure_id,
        "matricule_ins": None,
        "situation_id": situation_id,
        "libelle": libelle,
        "service": boite.service,
        "responsable": boite.responsable,
        "description": boite.description,
        "liste_rouge": boite.liste_rouge,
        "rang": rang,
        "ouverte": True,
        "quota": QUOTA_PAR_DEFAUT,
        "occupe": 0,
        "creee_le": le - timedelta(days=400),
    }


def _patient(patient: Patient) -> dict[str, Any]:
    return {
        "matricule_ins": patient.matricule_ins,
        "etat": str(etat_du_profil(patient.profil)),
        "nom": f"{patient.traits.prenom} {patient.traits.nom_naissance}",
        "courriel": patient.courriel,
        "telephone": patient.telephone,
        "representants": [PATIENTS[slug].matricule_ins for slug in patient.representants],
    }


#: Who was served where, how many days before the reference date, and whether it was reimbursed (MES-33 to MES-35).
_DISPENSATIONS = (
    ("kermadec", "pharmacie-bac-a-sable", 60, True),
    ("kermadec", "pharmacie-lilas", 20, True),
    ("loiseau", "pharmacie-bac-a-sable", 400, True),
    ("tavernier", "pharmacie-bac-a-sable", 15, False),
)


def _dispensations(le: datetime) -> list[dict[str, Any]]:
    return [
        {
            "delivrance_id": str(uuid5(NAMESPACE_URL, f"mss:{patient}:{structure}")),
            "matricule_ins": PATIENTS[patient].matricule_ins,
            "structure_id": STRUCTURES[structure].identifiant,
            "structure_nom": STRUCTURES[structure].raison_sociale,
            "adresse_mss": STRUCTURES[structure].adresse_mss,
            "remboursee": remboursee,
            "le": le - timedelta(days=jours),
        }
        for patient, structure, jours, remboursee in _DISPENSATIONS
    ]
