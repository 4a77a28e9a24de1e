"""insi §2.3: traits, their normalisation, and dates that no calendar knows."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Invalide
from shared.identite import (
    LIEU_INCONNU,
    Sexe,
    Traits,
    date_interpretee,
    est_date_naissance,
    est_nom_normalise,
    est_prenom_normalise,
    normaliser,
)


@pytest.mark.exigence("INSI-2.3")
@pytest.mark.parametrize(
    ("tape", "envoye"),
    [
        ("Blanc-Valmont", "BLANC-VALMONT"),
        ("D’Orgeval", "D'ORGEVAL"),
        ("L'Héritier-Bœuf", "L'HERITIER-BOEUF"),
        ("  el   mansouri ", "EL MANSOURI"),
        ("Æschyle", "AESCHYLE"),
        ("garçon", "GARCON"),
        ("Núñez", "NUNEZ"),
        ("N\u0303andu", "NANDU"),
        ("Martin, Jr.", "MARTIN JR"),
        ("Jean 2e", "JEAN E"),
        ("Saint – Ange", "SAINT-ANGE"),
        ("d' Artois", "D'ARTOIS"),
        ("-Dupont-", "DUPONT"),
        ("Straße", "STRASSE"),
        ("Ωμέγα", ""),
    ],
)
def test_what_a_person_types_becomes_what_insi_expects(tape: str, envoye: str) -> None:
    assert normaliser(tape) == envoye


@given(st.text(max_size=60))
def test_normalising_any_text_gives_an_empty_or_acceptable_name_and_changes_nothing_twice(texte: str) -> None:
    une_fois = normaliser(texte)

    assert normaliser(une_fois) == une_fois
    assert set(une_fois) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ '-")


@pytest.mark.parametrize("nom", ["Camille", "CÂMILLE", "D'ÆION", "CŒUR", "DU  PONT", "-DUPONT", "A---B", "", "A" * 101])
def test_a_name_not_yet_normalised_is_seen(nom: str) -> None:
    assert not est_nom_normalise(nom)


def test_a_given_name_has_no_blank_a_birth_name_may() -> None:
    assert est_nom_normalise("EL MANSOURI")
    assert not est_prenom_normalise("MARIE LOUISE")
    assert est_prenom_normalise("JEAN--BAPTISTE")


@pytest.mark.exigence("INSI-2.3")
@pytest.mark.parametrize(
    ("fil", "interpretee"),
    [
        ("1985-07-14", date(1985, 7, 14)),
        ("1942-20-00", date(1942, 12, 31)),
        ("1942-00-00", date(1942, 12, 31)),
        ("1960-05-00", date(1960, 5, 1)),
        ("1960-31-12", date(1960, 1, 12)),
        ("2000-02-29", date(2000, 2, 29)),
    ],
)
def test_an_incomplete_date_is_legal_on_the_wire_and_has_an_interpretation(fil: str, interpretee: date) -> None:
    assert est_date_naissance(fil)
    assert date_interpretee(fil) == interpretee


@pytest.mark.parametrize(
    "texte",
    [
        "",
        "14/07/1985",
        "1985-7-14",
        "1985-02-30",
        "1985-13-01",
        "1985-45-01",
        "0000-01-01",
        "1985-20-32",
        "１985-01-01",
    ],
)
def test_an_impossible_date_is_refused(texte: str) -> None:
    assert not est_date_naissance(texte)
    with pytest.raises(Invalide) as refus:
        date_interpretee(texte)
    assert (refus.value.regle, refus.value.champ) == ("TRAIT-DATE", "date_naissance")


def test_traits_read_from_a_form_are_normalised_and_keep_the_list() -> None:
    traits = Traits.lire("L’Héritier-Bœuf", "Anne-Sophie  Zoé", "F", "1974-05-22")

    assert traits.prenom == "ANNE-SOPHIE"
    assert traits.liste_prenoms == "ANNE-SOPHIE ZOE"
    assert traits.lieu_naissance == LIEU_INCONNU


@pytest.mark.parametrize(
    ("champ", "change"),
    [
        ("nom_naissance", {"nom_naissance": "Dupont"}),
        ("nom_naissance", {"nom_naissance": ""}),
        ("prenoms", {"prenoms": ()}),
        ("prenoms", {"prenoms": ("MARIE LOUISE",)}),
        ("sexe", {"sexe": "X"}),
        ("date_naissance", {"date_naissance": "1985-13-01"}),
        ("lieu_naissance", {"lieu_naissance": "631"}),
    ],
)
def test_traits_cannot_be_built_wrong_and_say_which_one_is(champ: str, change: dict[str, object]) -> None:
    bons: dict[str, object] = {
        "nom_naissance": "DUPONT",
        "prenoms": ("MARIE",),
        "sexe": Sexe.F,
        "date_naissance": "1985-07-14",
        "lieu_naissance": "63113",
    }

    Traits(**bons)  # type: ignore[arg-type]
    with pytest.raises(Invalide) as refus:
        Traits(**(bons | change))  # type: ignore[arg-type]
    assert refus.value.champ == champ
