"""Who is asked about and with which result code: adri.md §2, §5, tests of §10."""

from dataclasses import replace
from datetime import date

import pytest

from services.adri.domain.acquisition import LIBELLES_CR, Demande, acquerir, controler
from services.adri.domain.droits import Affiliation, Organisme, Periode
from services.adri.domain.fautes import FauteADRi
from services.adri.domain.situations import Situation
from shared.decision import carnet
from tests.unit.adri import monde


@pytest.mark.exigence("ADRI-CR-00")
def test_a_child_is_found_under_the_insured_mother_by_date_and_rank() -> None:
    reponse = acquerir(monde.demande(), monde.FOYER)

    assert reponse.code == "00"
    assert reponse.beneficiaire == monde.NOE
    assert reponse.validite == Periode(date(2025, 1, 16), date(2026, 1, 15))
    assert [c.situation for c in reponse.couvertures] == [Situation.ORDINAIRE]
    assert reponse.couvertures[0].periode == monde.AMO
    assert reponse.est_medecin_traitant


@pytest.mark.exigence("ADRI-CR-03")
def test_twins_without_rank_are_several() -> None:
    reponse = acquerir(monde.demande(rang=None), monde.FOYER)

    assert (reponse.code, reponse.beneficiaire) == ("03", None)
    assert acquerir(monde.demande("1982-09-17", rang=None), monde.FOYER).code == "00"


@pytest.mark.exigence("ADRI-CR-01")
@pytest.mark.parametrize(
    ("raison", "demande"),
    [
        ("ASSURE", monde.demande(assure="118016311330293")),  # the child's own number is not an insured one
        ("ASSURE", monde.demande(assure=monde.MERE + "94")),
        ("DATE", monde.demande("2018-01-12")),
        ("RANG", monde.demande(rang=3)),
        ("NIR-CERTIFIE", monde.demande(nir_certifie="215056311321748")),
        ("RANG", monde.demande(nir_certifie="118016311330194")),  # the other twin's number
        ("REGIME", monde.demande(regime="02")),
    ],
)
def test_whoever_cannot_be_matched_gets_01_and_the_journal_says_by_what(raison: str, demande: Demande) -> None:
    with carnet() as notes:
        reponse = acquerir(demande, monde.FOYER)

    assert (reponse.code, reponse.beneficiaire) == ("01", None)
    assert reponse.libelle.startswith("L'organisme AMO nous informe que le patient n'est pas présent dans sa base.")
    assert notes.decisions[-1].regle == "ADRI-CR-01"
    assert notes.decisions[-1].entrees["raison"] == raison


@pytest.mark.exigence("ADRI-CR-02")
def test_closed_rights_answer_02_with_the_past_period_only() -> None:
    reponse = acquerir(monde.demande("1990-03-08", assure="290039913400988", rang=1), [monde.QUEVEDO])

    assert reponse.code == "02"
    assert reponse.periodes == (Periode(date(2020, 1, 1), date(2025, 6, 30)),)
    assert reponse.couvertures == ()
    dernier_jour = monde.demande("1990-03-08", assure="290039913400988", rang=1, jour=date(2025, 6, 30))
    assert acquerir(dernier_jour, [monde.QUEVEDO]).code == "00"


@pytest.mark.exigence("ADRI-CR-04")
def test_a_former_body_or_another_caisse_answers_04_with_the_new_one() -> None:
    nice = Organisme("01", "061")
    mutee = replace(
        monde.NOE,
        affiliations=(
            Affiliation(Organisme("02", "631"), Periode(date(2020, 1, 1), date(2025, 12, 31))),
            Affiliation(nice, Periode(date(2026, 1, 1))),
        ),
    )

    assert acquerir(monde.demande(regime="02"), [mutee]).organisme == nice
    assert acquerir(monde.demande(regime="01", caisse="631"), [mutee]).code == "04"
    assert acquerir(monde.demande(regime="01", caisse="061"), [mutee]).code == "00"
    avant = monde.demande(regime="02", jour=date(2025, 12, 31))
    assert acquerir(avant, [mutee]).code == "00"


@pytest.mark.exigence("ADRI-CR-05")
def test_rights_being_updated_answer_05() -> None:
    reponse = acquerir(monde.demande(), [replace(monde.NOE, en_mise_a_jour=True)])

    assert (reponse.code, reponse.beneficiaire) == ("05", None)


def test_only_the_declared_family_doctor_is_told_so() -> None:
    assert not acquerir(monde.demande(facturation="991234570"), monde.FOYER).est_medecin_traitant
    assert not acquerir(monde.demande(facturation=None), monde.FOYER).est_medecin_traitant


@pytest.mark.parametrize(
    ("champ", "change"),
    [
        ("GrandRegime", {"regime": "11"}),
        ("NIRassure", {"assure": monde.MERE + "9"}),
        ("NIRcertifie", {"nir_certifie": "11801631133é193"}),
        ("DatedeNaissance", {"naissance": "2018-13-11"}),
        ("RangdeNaissance", {"rang": 0}),
        ("Organisme", {"caisse": "63"}),
    ],
)
def test_a_malformed_request_is_refused_naming_rule_and_field(champ: str, change: dict[str, object]) -> None:
    with pytest.raises(FauteADRi) as refus:
        controler(monde.demande(**change))  # type: ignore[arg-type]  # one keyword at a time

    assert refus.value.champ == champ
    assert refus.value.regle.startswith("ADRI-")
    assert refus.value.membres["subcode"] == "siram_10"


def test_every_result_code_has_its_text() -> None:
    assert set(LIBELLES_CR) == {"00", "01", "02", "03", "04", "05"}
