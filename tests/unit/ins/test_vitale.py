"""Search by carte Vitale: insi.md §5."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.ins.domain.fautes import FauteINSi
from services.ins.domain.vitale import (
    Couverture,
    DemandeVitale,
    LigneCarte,
    MatriculeLu,
    choisir_ligne,
    controler,
    repondre,
    verifier_age,
    verifier_meme_beneficiaire,
)
from tests.unit.ins import monde

HELENE = MatriculeLu("2820963113055", "95")
LEO = LigneCarte("2820963113055", "FONTANGES", "2018-01-11", 1, "leo")
NOE = LigneCarte("2820963113055", "FONTANGES", "2018-01-11", 2, "noe")
MARGAUX = LigneCarte("2820963113055", "FONTANGES", "2015-05-20", 1, "margaux")
CARTE = (LEO, NOE, MARGAUX)


@pytest.mark.exigence("INSI-VITALE-RANG")
def test_the_rank_of_birth_tells_twins_apart() -> None:
    def demande(rang: int | None) -> DemandeVitale:
        return DemandeVitale(None, HELENE, "FONTANGES", "2018-01-11", rang)

    assert choisir_ligne(demande(1), CARTE) == LEO
    assert choisir_ligne(demande(2), CARTE) == NOE
    assert choisir_ligne(demande(3), CARTE) is None
    assert choisir_ligne(demande(None), CARTE) is None


def test_an_only_child_needs_no_rank_and_a_wrong_name_finds_nobody() -> None:
    assert choisir_ligne(DemandeVitale(None, HELENE, "Fontanges", "2015-05-20"), CARTE) == MARGAUX
    assert choisir_ligne(DemandeVitale(None, HELENE, "FONTAINE", "2015-05-20"), CARTE) is None


def test_the_own_matricule_answers_00_unless_the_birth_date_differs() -> None:
    lu = MatriculeLu("2850763113042", "26")

    assert repondre(DemandeVitale(lu, date_naissance="1985-07-14"), monde.BLANC_VALMONT).code_cr == "00"
    assert repondre(DemandeVitale(lu, date_naissance="1985-07-15"), monde.BLANC_VALMONT).code_cr == "01"
    assert repondre(DemandeVitale(lu), None).code_cr == "01"


@pytest.mark.exigence("INSI-sandbox_vitale_exp")
def test_a_vitale_assertion_dies_after_twenty_minutes() -> None:
    lue = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)

    verifier_age(lue, at=lue + timedelta(minutes=20), profil="standard")
    verifier_age(lue, at=lue + timedelta(minutes=21), profil="lenient")
    with pytest.raises(FauteINSi) as refus:
        verifier_age(lue, at=lue + timedelta(minutes=20, seconds=1), profil="standard")

    assert refus.value.membres["subcode"] == "siram_20"
    assert refus.value.membres["code"] == "sandbox_vitale_exp"


@pytest.mark.exigence("INSI-insi_201")
@pytest.mark.parametrize(
    "couverture",
    [
        Couverture(assure="2850763113042"),
        Couverture(date_naissance="2015-05-20"),
        Couverture(rang=1),
    ],
)
def test_a_card_swapped_between_reading_and_call_is_refused(couverture: Couverture) -> None:
    demande = DemandeVitale(None, HELENE, "FONTANGES", "2018-01-11", 2)

    with pytest.raises(FauteINSi) as refus:
        verifier_meme_beneficiaire(demande, couverture)

    assert refus.value.membres["code"] == "insi_201"
    assert (refus.value.champ or "").startswith("COUVERTURE/")
    verifier_meme_beneficiaire(demande, Couverture("2820963113055", None, "2018-01-11", 2))


@pytest.mark.parametrize(
    ("champ", "demande"),
    [
        ("MatriculeOD", DemandeVitale(date_naissance="2018-01-11")),
        ("DateNaissance", DemandeVitale(ouvreur_droit=HELENE)),
        ("DateNaissance", DemandeVitale(ouvreur_droit=HELENE, date_naissance="2018-01-32")),
        ("MatriculeIndividu", DemandeVitale(individu=MatriculeLu("28", "95"))),
    ],
)
def test_a_card_request_that_names_nobody_is_refused(champ: str, demande: DemandeVitale) -> None:
    with pytest.raises(FauteINSi) as refus:
        controler(demande, aujourd_hui=date(2026, 1, 15))

    assert refus.value.champ == champ
