"""The share of the demonstration world that the national identity base holds, and populations by the thousand."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.ins.domain.personne import Matricule, Panne, Personne
from services.ins.store import personnes
from shared.db.spaces import Graine
from shared.monde import population
from shared.monde.modele import AncienMatricule, Patient
from shared.monde.patients import PATIENTS

PAQUET = 2000
GRAINE_POPULATION = 0
"""The seed number every service generates its share of ``population-N`` from."""

_PANNES = {
    "insi-panne-insi_102": Panne("insi_102"),
    "insi-panne-desir_1020": Panne("desir_1020"),
    "insi-lent-25s": Panne(None, 25.0),
}
"""P13 to P15 of insi.md §11.2."""


async def semer(session: AsyncSession, graine: Graine) -> None:
    """Everybody of the demonstration world, then the population when the seed asks for one; no event is emitted."""
    if graine.nom == "vide":
        return
    await _demo(session, graine.reference)
    if graine.taille:
        await charger_population(session, population.generer(graine.taille, GRAINE_POPULATION, graine.reference))


async def _demo(session: AsyncSession, reference: date) -> None:
    porteurs = {p.matricule_ins for p in PATIENTS.values() if p.carte_vitale}
    for patient in PATIENTS.values():
        assure = patient.assurance.nir_assure if patient.assurance else None
        ouvreurs = (assure,) if assure in porteurs else ()
        await personnes.ajouter(session, personne_de(patient, reference), ouvreurs_droit=ouvreurs)


async def charger_population(session: AsyncSession, personnes_inventees: Iterable[population.Personne]) -> int:
    """Bulk load: two statements for thousands of people, names already in their searchable form."""
    total = 0
    suite: Iterator[population.Personne] = iter(personnes_inventees)
    while paquet := list(islice(suite, PAQUET)):
        await personnes.charger_en_masse(session, [_ligne(p) for p in paquet], [_carte(p) for p in paquet])
        total += len(paquet)
    return total


def _ligne(p: population.Personne) -> dict[str, Any]:
    return {
        "id": p.matricule_ins,
        "matricule": p.matricule_ins,
        "nature": p.nature,
        "debut": None,
        "nom_naissance": p.nom_naissance,
        "nom_recherche": p.nom_naissance,
        "prenoms": p.prenoms,
        "sexe": p.sexe,
        "date_naissance": p.date_naissance,
        "lieu_naissance": p.lieu_naissance,
        "rang_naissance": p.rang_naissance,
        "oid_impose": None,
        "panne_code": None,
        "panne_delai_s": 0.0,
    }


def _carte(p: population.Personne) -> dict[str, Any]:
    return {
        "ouvreur_droit": p.nir_assure[:13],
        "personne_id": p.matricule_ins,
        "nom_naissance": p.nom_naissance,
        "date_naissance": p.date_naissance,
        "rang_naissance": p.rang_naissance,
    }


def personne_de(patient: Patient, reference: date) -> Personne:
    traits = patient.traits
    panne = next((_PANNES[s] for s in sorted(patient.situations) if s in _PANNES), Panne())
    return Personne(
        id=patient.matricule_ins,
        matricule=Matricule(patient.matricule_ins, patient.nature),
        nom_naissance=traits.nom_naissance,
        prenoms=traits.prenoms,
        sexe=traits.sexe.value,
        date_naissance=traits.date_naissance,
        lieu_naissance=traits.lieu_naissance,
        rang_naissance=patient.assurance.rang if patient.assurance else 1,
        historique=tuple(_ancien(a, reference) for a in patient.historique),
        panne=panne,
        oid_impose=patient.oid_impose,
    )


def _ancien(ancien: AncienMatricule, reference: date) -> Matricule:
    return Matricule(
        ancien.matricule, ancien.nature, _jour(reference, ancien.debut_jours), _jour(reference, ancien.fin_jours)
    )


def _jour(reference: date, jours: int | None) -> str | None:
    return None if jours is None else (reference + timedelta(days=jours)).isoformat()
