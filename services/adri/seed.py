"""The rights of the demonstration world (adri.md §6.1, one person per situation of §4.6), and of populations.

The sheet's dates are told from its own reference, 2026-01-15: here they are days from the seed's reference date.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.adri.domain.droits import (
    AccidentTravail,
    Affiliation,
    Beneficiaire,
    Complementaire,
    Couverture,
    Organisme,
    Periode,
    periode_maternite,
)
from services.adri.domain.situations import Situation
from services.adri.store import beneficiaires
from shared.db.spaces import Graine
from shared.monde import population
from shared.monde.modele import Assurance, Patient
from shared.monde.patients import PATIENTS
from shared.monde.professionnels import PROFESSIONNELS

PAQUET = 2000
GRAINE_POPULATION = 0
C2S_AMC = "88888888"


async def semer(session: AsyncSession, graine: Graine) -> None:
    """Everybody of the demonstration world who is insured, then the population when the seed asks for one."""
    if graine.nom == "vide":
        return
    await beneficiaires.charger_en_masse(session, [beneficiaires.valeurs(b) for b in _demo(graine.reference)])
    if graine.taille:
        gens = population.generer(graine.taille, GRAINE_POPULATION, graine.reference)
        await charger_population(session, gens, graine.reference)


def _demo(reference: date) -> Iterator[Beneficiaire]:
    numeros: dict[str, int] = {}
    for patient in PATIENTS.values():
        assurance = patient.assurance
        if assurance is None or "inconnu-adri" in patient.situations:
            continue
        numeros[assurance.nir_assure] = numeros.get(assurance.nir_assure, 0) + 1
        yield beneficiaire_de(patient, assurance, numeros[assurance.nir_assure], reference)


def beneficiaire_de(patient: Patient, assurance: Assurance, numero: int, reference: date) -> Beneficiaire:
    organisme = Organisme(assurance.regime, assurance.caisse, assurance.centre, assurance.code_gestion)
    situations = patient.situations
    debut = reference - timedelta(days=3650)
    return Beneficiaire(
        id=f"{patient.matricule_ins}-{assurance.nir_assure[:13]}",
        assure_nir=assurance.nir_assure[:13],
        assure_cle=assurance.nir_assure[13:],
        nom=patient.traits.nom_naissance,
        nom_usuel=patient.nom_usage or None,
        prenoms=patient.traits.prenoms,
        date_naissance=patient.traits.date_naissance,
        rang=assurance.rang,
        qualite=assurance.qualite,
        affiliations=(Affiliation(organisme, Periode(debut)),),
        periodes=_periodes(patient, reference),
        couvertures=tuple(_couvertures(situations, reference)),
        matricule=patient.matricule_ins,
        numero=numero,
        medecin_traitant=_medecin_traitant(patient.medecin_traitant),
        complementaire=_complementaire(situations, reference),
        accidents=_accidents(situations, reference, assurance.caisse),
    )


def _periodes(patient: Patient, reference: date) -> tuple[Periode, ...]:
    situations = patient.situations
    if "hors-droits" in situations:
        return (Periode(_le(reference, -1200), _le(reference, -200)),)
    if patient.deces_jours is not None:
        return (Periode(_le(reference, -3650), _le(reference, patient.deces_jours)),)
    if "ame" in situations:
        return (Periode(_le(reference, -289), _le(reference, 75)),)
    if "ald" in situations:
        return (Periode(_le(reference, -3650), _le(reference, 365)),)
    return (Periode(_le(reference, -364), _le(reference, 365)),)


def _couvertures(situations: frozenset[str], reference: date) -> Iterator[Couverture]:
    if "ald" in situations:
        yield Couverture(Situation.ALD, Periode(_le(reference, -1689)))
    if "c2s" in situations:
        yield Couverture(Situation.C2S, Periode(_le(reference, -100), _le(reference, 264)))
    if "maternite" in situations:
        yield Couverture(Situation.MATERNITE, periode_maternite(_le(reference, -30), _le(reference, 90)))
    if "at_mp" in situations:
        yield Couverture(Situation.AT_MP, Periode(_le(reference, -40)))
    if "alsace_moselle" in situations:
        yield Couverture(Situation.ALSACE_MOSELLE, Periode(_le(reference, -3650)))
    if "ame" in situations:
        yield Couverture(Situation.AME, Periode(_le(reference, -289), _le(reference, 75)))
    if "pension_militaire" in situations:
        yield Couverture(Situation.PENSION_MILITAIRE, Periode(_le(reference, -3650)))


def _complementaire(situations: frozenset[str], reference: date) -> Complementaire | None:
    annee = Periode(date(reference.year, 1, 1), date(reference.year, 12, 31))
    if "c2s" in situations:
        return Complementaire(C2S_AMC, "unique", "c2s", Periode(_le(reference, -100), _le(reference, 264)))
    if "amc-unique" in situations:
        return Complementaire("99900001", "unique", "standard", annee)
    if "amc-separee" in situations:
        return Complementaire("99900002", "separee", "standard", annee)
    return None


def _accidents(situations: frozenset[str], reference: date, caisse: str) -> tuple[AccidentTravail, ...]:
    if "at_mp" not in situations:
        return ()
    return (AccidentTravail("250100012", _le(reference, -40), caisse),)


def _medecin_traitant(slug: str | None) -> str | None:
    facturation = PROFESSIONNELS[slug].facturation if slug else None
    return facturation.numero if facturation else None


async def charger_population(session: AsyncSession, gens: Iterable[population.Personne], reference: date) -> int:
    """Bulk load: one statement for thousands of beneficiaries."""
    numeros: dict[str, int] = {}
    periode = [_le(reference, -364).isoformat(), _le(reference, 365).isoformat()]
    total = 0
    suite = iter(gens)
    while paquet := list(islice(suite, PAQUET)):
        await beneficiaires.charger_en_masse(session, [_ligne(p, numeros, periode) for p in paquet])
        total += len(paquet)
    return total


def _ligne(p: population.Personne, numeros: dict[str, int], periode: list[str]) -> dict[str, Any]:
    numero = numeros[p.nir_assure] = numeros.get(p.nir_assure, 0) + 1
    c2s = [C2S_AMC, "unique", "c2s", periode, "OOOOOOOO"] if p.situation == "c2s" else None
    return {
        "id": f"{p.matricule_ins}-{p.nir_assure[:13]}",
        "assure_nir": p.nir_assure[:13],
        "assure_cle": p.nir_assure[13:],
        "matricule": p.matricule_ins,
        "nom": p.nom_naissance,
        "nom_usuel": p.nom_usage or None,
        "prenoms": p.prenoms,
        "date_naissance": p.date_naissance,
        "rang": p.rang_naissance,
        "qualite": p.qualite,
        "numero": numero,
        "medecin_traitant": None,
        "en_mise_a_jour": False,
        "droits": {
            "affiliations": [[[p.regime, p.caisse, p.centre, "10"], [periode[0], None]]],
            "periodes": [periode],
            "couvertures": [[p.situation, periode]] if p.situation else [],
            "complementaire": c2s,
            "accidents": [],
        },
    }


def _le(reference: date, jours: int) -> date:
    return reference + timedelta(days=jours)
