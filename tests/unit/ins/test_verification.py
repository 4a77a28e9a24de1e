"""Verification of a known INS: insi.md §6."""

from dataclasses import replace
from datetime import date

import pytest

from services.ins.domain.fautes import FauteINSi
from services.ins.domain.verification import INSFourni, controler, verifier
from shared.decision import carnet
from tests.unit.ins import monde

DEMANDE = INSFourni(
    num="2850763113042",
    cle="26",
    oid="1.2.250.1.213.1.4.8",
    nom_naissance="BLANC-VALMONT",
    liste_prenoms="CAMILLE LOUISE",
    sexe="F",
    date_naissance="1985-07-14",
    lieu_naissance="63113",
)


@pytest.mark.exigence("INSI-VER-OK")
@pytest.mark.parametrize(
    "demande",
    [
        DEMANDE,
        replace(DEMANDE, lieu_naissance=None),
        replace(DEMANDE, prenom="CAMILLE"),
        replace(DEMANDE, prenom="CAMILLE", liste_prenoms=None),
    ],
)
def test_active_matricule_oid_and_traits_alike_answer_00(demande: INSFourni) -> None:
    assert verifier(demande, monde.BLANC_VALMONT, mode="qualif").code_cr == "00"


@pytest.mark.parametrize(
    ("raison", "change"),
    [
        ("INSI-VER-CLE", {"cle": "27"}),
        ("INSI-VER-INS-C", {"oid": "1.2.250.1.213.1.4.2"}),
        ("INSI-VER-OID", {"oid": "1.2.250.1.213.1.4.9"}),
        ("INSI-VER-OID", {"oid": "1.2.250.1.213.1.4.10"}),
        ("INSI-VER-TRAITS", {"nom_naissance": "BLANC"}),
        ("INSI-VER-TRAITS", {"liste_prenoms": "CAMILLE"}),
        ("INSI-VER-TRAITS", {"prenom": "MARIE"}),
        ("INSI-VER-TRAITS", {"sexe": "M"}),
        ("INSI-VER-TRAITS", {"date_naissance": "1985-07-13"}),
        ("INSI-VER-TRAITS", {"lieu_naissance": "63114"}),
    ],
)
def test_one_difference_answers_01_and_only_the_journal_knows_which(raison: str, change: dict[str, str]) -> None:
    with carnet() as notes:
        reponse = verifier(replace(DEMANDE, **change), monde.BLANC_VALMONT, mode="qualif")

    assert (reponse.code_cr, reponse.personne) == ("01", None)
    assert [d.regle for d in notes.decisions] == [raison]


@pytest.mark.exigence("INSI-VER-HISTORIQUE", "INSI-VER-INCONNU")
def test_a_historic_or_unknown_matricule_answers_01() -> None:
    historique = INSFourni(
        "1620633063201", "40", "1.2.250.1.213.1.4.8", "VILLEDIEU", "F", "1962-06-05", liste_prenoms="SASHA"
    )

    with carnet() as notes:
        assert verifier(historique, monde.VILLEDIEU, mode="qualif").code_cr == "01"
        assert verifier(DEMANDE, None, mode="qualif").code_cr == "01"

    assert [d.regle for d in notes.decisions] == ["INSI-VER-HISTORIQUE", "INSI-VER-INCONNU"]


def test_the_oid_follows_the_mode_of_the_bac() -> None:
    assert verifier(replace(DEMANDE, oid="1.2.250.1.213.1.4.10"), monde.BLANC_VALMONT, mode="test").code_cr == "00"
    assert verifier(DEMANDE, monde.BLANC_VALMONT, mode="test").code_cr == "01"


def test_a_published_key_that_is_not_arithmetic_passes_only_when_the_check_is_off() -> None:
    personne = replace(monde.BLANC_VALMONT, matricule=replace(monde.BLANC_VALMONT.matricule, valeur="285076311304299"))
    demande = replace(DEMANDE, cle="99")

    assert verifier(demande, personne, mode="qualif").code_cr == "01"
    assert verifier(demande, personne, mode="qualif", controle_cle=False).code_cr == "00"


def test_corsica_keeps_its_letters() -> None:
    demande = INSFourni(
        "178112b033075", "88", "1.2.250.1.213.1.4.8", "ORSINI", "M", "1978-11-30", liste_prenoms="GHJUVAN"
    )

    assert verifier(demande, monde.ORSINI, mode="qualif").code_cr == "00"


@pytest.mark.parametrize(
    ("champ", "change"),
    [
        ("NumIdentifiant", {"num": "285076311304"}),
        ("NumIdentifiant", {"num": "28507631130é2"}),
        ("NumIdentifiant", {"cle": "2"}),
        ("Cle", {"cle": ""}),
        ("OID", {"oid": ""}),
        ("NomNaissance", {"nom_naissance": ""}),
        ("ListePrenom", {"liste_prenoms": ""}),
        ("Sexe", {"sexe": "X"}),
        ("DateNaissance", {"date_naissance": "1985-13-01"}),
        ("LieuNaissance", {"lieu_naissance": "PARIS 1"}),
    ],
)
def test_a_malformed_verification_is_refused_naming_rule_and_field(champ: str, change: dict[str, str]) -> None:
    with pytest.raises(FauteINSi) as refus:
        controler(replace(DEMANDE, **change), aujourd_hui=date(2026, 1, 15))

    assert refus.value.champ == champ
    assert refus.value.regle.startswith("INSI-")
