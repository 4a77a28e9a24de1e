"""Matching rule of the traits search: insi.md §4."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ins.domain.fautes import FauteINSi
from services.ins.domain.recherche import Reponse, Traits, chercher, contenus_dans_l_ordre, controler
from shared.decision import carnet
from tests.unit.ins import monde

AUJOURD_HUI = date(2026, 1, 15)


def demander(
    nom: str,
    prenoms: str | tuple[str, ...],
    sexe: str,
    naissance: str,
    lieu: str | None = None,
    *,
    profil: str = "standard",
) -> Reponse:
    demandes = (prenoms,) if isinstance(prenoms, str) else prenoms
    traits = controler(Traits(nom, demandes, sexe, naissance, lieu), profil=profil, aujourd_hui=AUJOURD_HUI)
    return chercher(traits, monde.TOUS)


@pytest.mark.exigence("INSI-CR-00")
def test_one_match_answers_00_with_the_person() -> None:
    reponse = demander("BLANC-VALMONT", "CAMILLE", "F", "1985-07-14", "63113", profil="homologation")

    assert (reponse.code_cr, reponse.libelle_cr) == ("00", "OK")
    assert reponse.personne == monde.BLANC_VALMONT


@pytest.mark.exigence("INSI-CR-01")
@pytest.mark.parametrize(
    ("nom", "prenom", "sexe", "naissance", "lieu"),
    [
        ("BLANC VALMONT", "CAMILLE", "F", "1985-07-14", None),  # hyphen and blank are significant
        ("BLANC-VALMONT", "LOUISE CAMILLE", "F", "1985-07-14", None),  # out of order
        ("BLANC-VALMONT", "CAM", "F", "1985-07-14", None),  # a prefix is not the name
        ("BLANC-VALMONT", "CAMILLE", "M", "1985-07-14", None),
        ("BLANC-VALMONT", "CAMILLE", "F", "1985-07-15", None),
        ("BLANC-VALMONT", "CAMILLE", "F", "1985-07-14", "63114"),
        ("DORGEVAL", "JEAN-BAPTISTE", "M", "1999-02-03", None),
        ("D'ORGEVAL", "JEAN", "M", "1999-02-03", None),  # a compound given name is one name
    ],
)
def test_any_trait_that_differs_answers_01(nom: str, prenom: str, sexe: str, naissance: str, lieu: str | None) -> None:
    reponse = demander(nom, prenom, sexe, naissance, lieu)

    assert (reponse.code_cr, reponse.libelle_cr, reponse.personne) == ("01", "Aucune identite trouvee", None)


@pytest.mark.exigence("INSI-CR-02")
def test_homonyms_answer_02_until_the_place_tells_them_apart() -> None:
    sans_lieu = demander("MARTINEAU", "PAUL", "M", "1950-02-15")

    assert (sans_lieu.code_cr, sans_lieu.libelle_cr) == ("02", "Plusieurs identites trouvees")
    assert sans_lieu.personne is None
    assert demander("MARTINEAU", "PAUL", "M", "1950-02-15", "69123").personne == monde.MARTINEAU_LYON
    assert demander("MARTINEAU", "PAUL", "M", "1950-02-15", "33063").personne == monde.MARTINEAU_BORDEAUX


@pytest.mark.parametrize("prenoms", ["LOUISE", "CAMILLE LOUISE", ("CAMILLE", "LOUISE"), ("LOUISE", "CAMILLE")])
def test_each_requested_given_name_may_be_any_of_the_list(prenoms: str | tuple[str, ...]) -> None:
    assert demander("BLANC-VALMONT", prenoms, "F", "1985-07-14").code_cr == "00"


def test_a_lunar_birth_date_matches_as_text() -> None:
    assert demander("EL MANSOURI", "AHMED", "M", "1942-20-00").personne == monde.EL_MANSOURI
    assert demander("EL MANSOURI", "AHMED", "M", "1942-01-01").code_cr == "01"


def test_a_recorded_variant_of_the_birth_name_matches_and_a_lower_case_place_too() -> None:
    avec_alias = monde.personne("178112B03307588", "ORSINI", "GHJUVAN", "M", "1978-11-30", "2B033", alias=("ORSINY",))

    traits = controler(
        Traits("ORSINY", ("GHJUVAN",), "M", "1978-11-30", "2b033"), profil="standard", aujourd_hui=AUJOURD_HUI
    )

    assert chercher(traits, [avec_alias]).personne == avec_alias


@pytest.mark.exigence("INSI-NORMALISATION")
@pytest.mark.parametrize("prenom", ["camille", "Camille", "CÂMILLE", " CAMILLE"])
def test_a_given_name_not_normalised_is_insi_102_when_strict_and_a_warning_elsewhere(prenom: str) -> None:
    with pytest.raises(FauteINSi) as refus:
        demander("BLANC-VALMONT", prenom, "F", "1985-07-14", profil="homologation")
    with carnet() as notes:
        reponse = demander("BLANC-VALMONT", prenom, "F", "1985-07-14")

    assert refus.value.regle == "INSI-NORMALISATION"
    assert refus.value.membres["subcode"] == "siram_40"
    assert refus.value.membres["code"] == "insi_102"
    assert refus.value.champ == "Prenom"
    assert reponse.code_cr == "00"
    assert [d.regle for d in notes.decisions] == ["INSI-NORMALISATION", "INSI-CR-00"]


def test_ligatures_accents_and_typographic_apostrophes_are_understood_outside_homologation() -> None:
    assert demander("L’Héritier-Bœuf", "Anne-Sophie", "F", "1974-05-22").personne == monde.L_HERITIER


@pytest.mark.parametrize(
    ("champ", "traits"),
    [
        ("NomNaissance", Traits(" ", ("CAMILLE",), "F", "1985-07-14")),
        ("NomNaissance", Traits("1234", ("CAMILLE",), "F", "1985-07-14")),
        ("NomNaissance", Traits("A" * 101, ("CAMILLE",), "F", "1985-07-14")),
        ("Prenom", Traits("BLANC-VALMONT", (), "F", "1985-07-14")),
        ("Prenom", Traits("BLANC-VALMONT", ("",), "F", "1985-07-14")),
        ("Sexe", Traits("BLANC-VALMONT", ("CAMILLE",), "f", "1985-07-14")),
        ("DateNaissance", Traits("BLANC-VALMONT", ("CAMILLE",), "F", "")),
        ("DateNaissance", Traits("BLANC-VALMONT", ("CAMILLE",), "F", "14/07/1985")),
        ("DateNaissance", Traits("BLANC-VALMONT", ("CAMILLE",), "F", "1985-02-30")),
        ("DateNaissance", Traits("BLANC-VALMONT", ("CAMILLE",), "F", "1985-45-01")),
        ("DateNaissance", Traits("BLANC-VALMONT", ("CAMILLE",), "F", "2026-01-16")),
        ("DateNaissance", Traits("BLANC-VALMONT", ("CAMILLE",), "F", "2027-20-00")),
        ("LieuNaissance", Traits("BLANC-VALMONT", ("CAMILLE",), "F", "1985-07-14", "6311")),
        ("LieuNaissance", Traits("BLANC-VALMONT", ("CAMILLE",), "F", "1985-07-14", "6311é")),
    ],
)
def test_a_trait_that_cannot_be_used_is_refused_naming_rule_and_field(champ: str, traits: Traits) -> None:
    with pytest.raises(FauteINSi) as refus:
        controler(traits, profil="lenient", aujourd_hui=AUJOURD_HUI)

    assert refus.value.champ == champ
    assert refus.value.regle.startswith("INSI-")
    assert refus.value.en
    assert refus.value.fr
    assert refus.value.status == 400


@given(st.lists(st.sampled_from("ABCD"), max_size=6), st.data())
def test_any_subsequence_of_the_list_is_contained_in_order(connus: list[str], data: st.DataObject) -> None:
    gardes = data.draw(st.lists(st.booleans(), min_size=len(connus), max_size=len(connus)))

    assert contenus_dans_l_ordre([p for p, garde in zip(connus, gardes, strict=True) if garde], connus)
    assert not contenus_dans_l_ordre([*connus, "Z"], connus)
