"""Coverage over time and the dating rule: adri.md §1.2, §4.6."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.adri.domain.datation import (
    ForcageAldRefuse,
    ReponseTropAncienne,
    couverture_applicable,
    est_utilisable,
    un_an_avant,
    validite,
    verifier_forcage_ald,
    verifier_rattachement,
)
from services.adri.domain.droits import Couverture, Periode, periode_maternite
from services.adri.domain.situations import EFFETS, PRIORITE, Situation
from tests.unit.adri import monde

JOURS = st.dates(date(2015, 1, 1), date(2030, 12, 31))


@pytest.mark.exigence("ADRI-SITUATIONS")
@pytest.mark.parametrize(
    ("situation", "taux", "exoneration", "tiers_payant", "participation"),
    [
        (Situation.ORDINAIRE, 70, False, "aucun", True),
        (Situation.ALSACE_MOSELLE, 90, False, "aucun", True),
        (Situation.ALD, 100, True, "amo", True),
        (Situation.MATERNITE, 100, True, "amo", False),
        (Situation.C2S, 100, True, "integral", False),
        (Situation.AME, 100, True, "integral", False),
        (Situation.AT_MP, 100, True, "amo", False),
        (Situation.HORS_DROITS, 0, False, "aucun", False),
    ],
)
def test_each_situation_has_the_effect_of_its_row(
    situation: Situation, taux: int, exoneration: bool, tiers_payant: str, participation: bool
) -> None:
    effet = EFFETS[situation]

    assert (effet.taux, effet.exoneration_tm) == (taux, exoneration)
    assert (effet.tiers_payant, effet.participation) == (tiers_payant, participation)


def test_every_situation_that_can_be_held_has_an_effect_and_a_rank() -> None:
    assert set(EFFETS) == set(Situation)
    assert set(PRIORITE) == set(Situation) - {Situation.HORS_DROITS}


@pytest.mark.exigence("ADRI-DATE")
def test_a_right_that_starts_after_the_date_does_not_apply_to_it() -> None:
    assert monde.KERMADEC.situation(date(2021, 5, 31)) is Situation.ORDINAIRE
    assert monde.KERMADEC.situation(date(2021, 6, 1)) is Situation.ALD

    fenetre = validite(date(2021, 9, 1), monde.KERMADEC.periodes[0])
    segments = monde.KERMADEC.couvertures_sur(fenetre)

    assert [(c.situation, c.periode.debut, c.periode.fin) for c in segments] == [
        (Situation.ORDINAIRE, date(2015, 1, 1), date(2021, 5, 31)),
        (Situation.ALD, date(2021, 6, 1), None),
    ]
    avant = couverture_applicable(tuple(segments), date(2021, 5, 31))
    assert avant is not None
    assert avant.situation is Situation.ORDINAIRE


@pytest.mark.exigence("ADRI-DATE")
def test_a_prescription_thirteen_months_old_cannot_use_the_answer() -> None:
    periode = validite(monde.JOUR, Periode(date(2015, 1, 1)))

    assert est_utilisable(periode, date_prescription=date(2025, 1, 16), date_appel=monde.JOUR)
    assert not est_utilisable(periode, date_prescription=date(2025, 1, 15), date_appel=monde.JOUR)
    assert not est_utilisable(periode, date_prescription=date(2024, 12, 15), date_appel=monde.JOUR)
    assert not est_utilisable(Periode(monde.JOUR), date_prescription=date(2026, 2, 1), date_appel=monde.JOUR)


def test_maternity_runs_from_the_sixth_month_to_twelve_days_after_birth() -> None:
    periode = periode_maternite(date(2025, 12, 1), date(2026, 4, 1))

    assert periode.couvre(date(2025, 12, 1))
    assert not periode.couvre(date(2025, 11, 30))
    assert periode.couvre(date(2026, 4, 13))
    assert not periode.couvre(date(2026, 4, 14))


def test_the_stronger_situation_decides_when_two_cover_a_date() -> None:
    personne = monde.beneficiaire(
        "TEST",
        "156022901903323",
        "1956-02-17",
        Couverture(Situation.ALSACE_MOSELLE, Periode(date(2000, 1, 1))),
        Couverture(Situation.C2S, Periode(date(2026, 1, 1), date(2026, 12, 31))),
    )

    assert personne.situation(date(2025, 12, 31)) is Situation.ALSACE_MOSELLE
    assert personne.situation(date(2026, 1, 1)) is Situation.C2S
    assert personne.situation(date(2027, 1, 1)) is Situation.ALSACE_MOSELLE
    assert personne.situation(date(2027, 1, 16)) is Situation.HORS_DROITS


@given(debut=JOURS, duree=st.integers(0, 800), jour=JOURS)
def test_the_slices_agree_with_the_situation_of_each_day_and_never_overlap(debut: date, duree: int, jour: date) -> None:
    fin = date.fromordinal(debut.toordinal() + duree)
    personne = monde.beneficiaire(
        "TEST",
        "156022901903323",
        "1956-02-17",
        Couverture(Situation.ALD, Periode(debut, fin)),
        Couverture(Situation.C2S, Periode(date(2025, 6, 1), date(2025, 12, 31))),
        periodes=(Periode(date(2020, 1, 1), date(2025, 9, 30)), Periode(date(2026, 2, 1))),
    )

    segments = personne.couvertures_sur(Periode(date(2010, 1, 1)))
    couvrants = [c for c in segments if c.periode.couvre(jour)]

    assert [c.situation for c in couvrants] == ([personne.situation(jour)] if personne.est_ouvert(jour) else [])


@given(jour=JOURS)
def test_the_answer_never_carries_more_than_one_year(jour: date) -> None:
    periode = validite(jour, Periode(date(2000, 1, 1)))

    assert periode.fin == jour
    assert 364 <= (jour - periode.debut).days <= 365


@pytest.mark.exigence("ADRI-DATE-01", "ADRI-ALD-01")
def test_an_old_answer_cannot_be_attached_and_an_attached_one_blocks_forcing_ald() -> None:
    verifier_rattachement(date(2025, 1, 15), monde.JOUR)
    with pytest.raises(ReponseTropAncienne):
        verifier_rattachement(date(2025, 1, 14), monde.JOUR)

    verifier_forcage_ald(reponse_attachee=False)
    with pytest.raises(ForcageAldRefuse) as refus:
        verifier_forcage_ald(reponse_attachee=True)
    assert refus.value.status == 409


def test_a_leap_day_goes_back_to_the_first_of_march() -> None:
    assert un_an_avant(date(2028, 2, 29)) == date(2027, 3, 1)
