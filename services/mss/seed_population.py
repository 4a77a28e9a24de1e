"""The mail share of a generated population: one profile a person; mailboxes are made when something arrives."""

from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.mss.domain.mes import etat_du_profil
from services.mss.store.patients import PatientRow
from shared.monde.population import Personne, generer

LOT = 5_000
GRAINE_POPULATION = 0


async def semer_population(session: AsyncSession, taille: int, reference: date) -> None:
    personnes = iter(generer(taille, GRAINE_POPULATION, reference))
    while lot := list(islice(personnes, LOT)):
        await session.execute(insert(PatientRow), [_patient(personne) for personne in lot])


def _patient(personne: Personne) -> dict[str, Any]:
    return {
        "matricule_ins": personne.matricule_ins,
        "etat": str(etat_du_profil(personne.profil)),
        "nom": f"{personne.prenoms.split(' ')[0]} {personne.nom_naissance}",
        "courriel": personne.courriel,
        "telephone": personne.telephone,
        "representants": [],
    }
