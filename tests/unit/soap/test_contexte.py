"""ContexteBAM and ContexteLPS by profile."""

import pytest

from shared.decision import carnet
from shared.soap.contexte import (
    ContexteInvalide,
    Couverture,
    LogicielInconnu,
    Nir,
    exiger_couverture_vide,
    lire_contexte_bam,
    lire_contexte_lps,
    verifier_logiciel,
)
from shared.soap.envelope import Enveloppe, lire_enveloppe
from tests.unit.soap.messages import TYPE_12, contexte_bam, contexte_lps, enveloppe

PLEINE = (
    "<b:COUVERTURE><b:GrandRegime>01</b:GrandRegime><b:ASSURE><b:Id><b:Num>2820963113055</b:Num><b:Cle>95</b:Cle></b:Id>"
    "</b:ASSURE><b:BENEFICIAIRE><b:DateNai>2018-01-11</b:DateNai><b:Rang>2</b:Rang></b:BENEFICIAIRE></b:COUVERTURE>"
)


def lue(*entetes: str) -> Enveloppe:
    return lire_enveloppe(enveloppe(entetes="".join(entetes)), TYPE_12)


def test_both_contexts_are_read() -> None:
    message = lue(contexte_bam(PLEINE), contexte_lps())

    bam, lps = lire_contexte_bam(message), lire_contexte_lps(message)

    assert bam is not None
    assert bam.couverture.assure == Nir("2820963113055", "95")
    assert bam.couverture.beneficiaire is not None
    assert (bam.couverture.beneficiaire.date_naissance, bam.couverture.beneficiaire.rang) == ("2018-01-11", "2")
    assert lps is not None
    assert (lps.idam, lps.nom) == ("SBX0000001", "urn:lps:monlps:1.2.0")


@pytest.mark.exigence("sandbox_ctx")
@pytest.mark.parametrize(
    "entetes",
    [
        (contexte_lps(),),
        (contexte_bam(),),
        (contexte_bam(version="01_00"), contexte_lps()),
        (contexte_bam(), contexte_lps(version="01_02")),
        (
            contexte_bam(
                "<b:COUVERTURE><b:ASSURE><b:Id><b:Num>x</b:Num><b:Cle>1</b:Cle></b:Id></b:ASSURE></b:COUVERTURE>"
            ),
        ),
    ],
)
def test_a_missing_context_another_version_or_a_wrong_number_is_refused(entetes: tuple[str, ...]) -> None:
    message = lue(*entetes)

    with pytest.raises(ContexteInvalide) as refus:
        _ = (lire_contexte_bam(message), lire_contexte_lps(message))

    assert refus.value.membres["subcode"] == "siram_30"


def test_lenient_notes_what_standard_refuses() -> None:
    message = lue(contexte_bam(version="01_01"))

    with carnet() as notes:
        assert lire_contexte_bam(message, profil="lenient") is not None
        assert lire_contexte_lps(message, profil="lenient") is None

    assert [d.verdict for d in notes.decisions] == ["averti", "averti"]


def test_a_filled_couverture_is_refused_where_it_must_be_empty() -> None:
    exiger_couverture_vide(lire_contexte_bam(lue(contexte_bam())))

    with pytest.raises(ContexteInvalide):
        exiger_couverture_vide(lire_contexte_bam(lue(contexte_bam(PLEINE))))
    assert Couverture().est_vide


@pytest.mark.exigence("desir_550")
def test_an_unknown_authorisation_number_is_desir_550() -> None:
    inconnu = lire_contexte_lps(lue(contexte_lps(idam="XXX")))

    with pytest.raises(LogicielInconnu) as refus:
        verifier_logiciel(inconnu, {"SBX0000001"}.__contains__, profil="standard")
    with carnet() as notes:
        verifier_logiciel(inconnu, {"SBX0000001"}.__contains__, profil="lenient")

    assert refus.value.membres["code"] == "desir_550"
    assert notes.decisions[0].regle == "desir_550"
