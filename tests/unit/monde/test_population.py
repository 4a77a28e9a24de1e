"""A generated population: reproducible, valid, impossible, plausible (architecture §11.23)."""

from collections import Counter
from datetime import date
from io import BytesIO
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.identite import MatriculeIns, Rpps, date_interpretee
from shared.monde import population
from shared.monde.export import empreinte_monde
from shared.monde.population import Personne, ecrire, generer, rpps_genere
from shared.monde.population_pro import generer_professionnels

REFERENCE = date(2026, 1, 15)


@pytest.fixture(scope="module")
def habitants() -> list[Personne]:
    return list(generer(20_000, 7, REFERENCE))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**63), st.dates(date(2000, 1, 1), date(2100, 12, 31)), st.integers(0, 300))
def test_whatever_the_seed_and_date_everybody_is_valid_and_impossible(seed: int, reference: date, size: int) -> None:
    personnes = list(generer(size, seed, reference))

    assert len({p.matricule_ins for p in personnes}) == len(personnes) == size
    for rang, personne in enumerate(personnes):
        assert personne.rang == rang
        assert MatriculeIns(personne.matricule_ins).cle_est_juste
        assert personne.matricule_ins[7:10] in {str(c) for c in range(990, 999)}
        assert personne.lieu_naissance == personne.matricule_ins[5:10]
        assert personne.traits().sexe == ("M" if personne.matricule_ins[0] == "1" else "F")
        assert date_interpretee(personne.date_naissance).year <= reference.year
        assert personne.medecin_traitant_id_nat is None or Rpps(personne.medecin_traitant_id_nat[1:])


@given(st.integers(0, 6_000_000))
def test_generated_doctors_are_in_the_997_range_and_never_a_persona(rang: int) -> None:
    assert Rpps(rpps_genere(rang)).valeur.startswith("997")
    assert rpps_genere(rang) >= "99710000000"


def test_same_seed_and_date_give_the_same_bytes_and_another_seed_others() -> None:
    def octets(seed: int, jour: date) -> tuple[bytes, str]:
        fichier = BytesIO()
        condense = ecrire(generer(500, seed, jour), fichier)
        return fichier.getvalue(), condense

    assert octets(1, REFERENCE) == octets(1, REFERENCE)
    assert octets(1, REFERENCE)[1] != octets(2, REFERENCE)[1]
    assert octets(1, REFERENCE)[1] != octets(1, date(2026, 1, 16))[1]


def test_the_bytes_do_not_change_from_one_release_to_the_next() -> None:
    # If the generator is changed on purpose, this value changes with it, in the same commit.
    assert (
        empreinte_monde("population-1000", REFERENCE)
        == "867219d3e95d8da45e0c688f8c3d3e98307a32b67d392c12917a30bc14a1046b"
    )


def test_it_is_lazy_and_stops_in_the_middle_of_a_household() -> None:
    assert len(list(islice(generer(70_000_000, 0, REFERENCE), 3))) == 3
    assert [len(list(generer(n, 0, REFERENCE))) for n in range(6)] == list(range(6))


def test_the_shares_are_plausible(habitants: list[Personne]) -> None:
    def part(nombre: int) -> float:
        return nombre / len(habitants)

    ages = [REFERENCE.year - int(p.date_naissance[:4]) for p in habitants]
    assert 0.17 < part(sum(a < 18 for a in ages)) < 0.24
    assert 0.15 < part(sum(a >= 65 for a in ages)) < 0.25
    assert max(ages) <= 106
    assert 0.495 < part(sum(p.sexe == "F" for p in habitants)) < 0.53
    profils = Counter(p.profil for p in habitants)
    assert 0.70 < part(profils["OPEN_NOT_ACTIVATED"]) < 0.77
    assert 0.22 < part(profils["ACTIVE"]) < 0.27
    assert 0 < part(profils["OPPOSED"]) < 0.01
    assert part(Counter(p.nom_naissance for p in habitants).most_common(1)[0][1]) < 0.01


def test_children_have_an_insured_adult_already_met_and_twins_have_ranks(habitants: list[Personne]) -> None:
    vus: dict[str, Personne] = {}
    jumeaux = 0
    for personne in habitants:
        vus[personne.matricule_ins] = personne
        if personne.qualite == "6":
            parent = vus[personne.nir_assure]
            assert parent.qualite == "0"
            assert int(personne.date_naissance[:4]) - int(parent.date_naissance[:4]) >= 15
        if personne.rang_naissance == 2:
            ainee = habitants[personne.rang - 1]
            assert (ainee.nir_assure, ainee.rang_naissance) == (personne.nir_assure, 1)
            assert ainee.date_naissance[:4] == personne.date_naissance[:4]
            jumeaux += 1
    assert jumeaux


def test_homonyms_lunar_dates_corsica_and_births_abroad_occur(habitants: list[Personne]) -> None:
    assert any(p.date_naissance[5:7] == "20" for p in habitants)
    assert any(p.lieu_naissance.startswith("2A") for p in habitants)
    assert any(p.lieu_naissance.startswith("99") for p in habitants)
    identites = Counter((p.nom_naissance, p.prenoms.split()[0], p.sexe) for p in habitants)
    assert identites.most_common(1)[0][1] > 1


def test_professionals_of_a_population_carry_the_numbers_its_people_declare() -> None:
    pros = list(generer_professionnels(60, 7, generalistes=20))
    declares = {p.medecin_traitant_id_nat for p in generer(17_000, 7, REFERENCE)} - {None}

    assert declares <= {pro.id_nat for pro, _ in pros}
    assert len({pro.id_nat for pro, _ in pros}) == 60
    assert all(pro.est_generaliste for pro, _ in pros[:20])
    for pro, structure in pros:
        assert pro.structure == structure.slug
        assert structure.structure_id.valeur.startswith("4997")


def test_progress_is_told_every_thousand() -> None:
    pas: list[int] = []

    ecrire(generer(2500, 0, REFERENCE), BytesIO(), avance=pas.append)

    assert pas == [1000, 2000]


def test_a_birth_month_that_overflows_is_an_error_not_a_duplicate() -> None:
    fabrique = population._Fabrique(lambda: 0.0, REFERENCE.toordinal(), 1)
    nes = {fabrique._naissance("F", date(1990, 1, 1))[0] for _ in range(population.MAX_NAISSANCES)}

    assert len(nes) == population.MAX_NAISSANCES
    with pytest.raises(OverflowError, match="too large"):
        fabrique._naissance("F", date(1990, 1, 1))
