"""The printed ordonnance (e-prescription §7): what it says, and that it says it the same way each time."""

import pytest

from services.eprescription.rendu import code128
from services.eprescription.rendu.ordonnance import pdf, texte_imprimable
from services.eprescription.rendu.textes import en_lettres, titre
from tests.unit.eprescription.fabrique import ARRET, DM, MORPHINE, TRANSPORT, med, prescription

NUMERO = "014K7Q2M9XT3WZ6RH1"


def _texte(octets: bytes) -> str:
    return octets.decode("latin-1").replace("\\(", "(").replace("\\)", ")")


@pytest.mark.exigence("CSP R.5132-3")
def test_it_names_prescriber_patient_product_dosage_duration_and_renewals() -> None:
    p = prescription(med(substitution={"code": "N", "motif": "CIF", "excipient": "lactose"}))
    texte = _texte(pdf(p, NUMERO))
    for attendu in (
        "Claire DUMAS",
        "RPPS 10999000010",
        "FINESS 990000010",
        "LOISEAU MARINA ANNE",
        "21/01/1980",
        "INS 280017505601635",
        "1 comprim\xe9 matin et soir",
        "Pendant 30 jours",
        "renouveler 2 fois",
        "Non substituable (CIF)",
        "01 4K7Q 2M9X T3WZ 6RH1",
        "Fait le 01/03/2026",
    ):
        assert attendu in texte, attendu


@pytest.mark.parametrize("choix", ["OUI", "NON"])
def test_the_patient_s_choice_is_printed(choix: str) -> None:
    assert f"par le prescripteur : {choix}" in _texte(pdf(prescription(consultationExecution=choix), NUMERO))


def test_the_same_prescription_gives_the_same_bytes() -> None:
    assert pdf(prescription(), NUMERO) == pdf(prescription(), NUMERO)
    assert pdf(prescription(), NUMERO) != pdf(prescription(), NUMERO, mode_qr="signe")


def test_a_bizone_prescription_keeps_its_zones_apart() -> None:
    p = prescription(med(MORPHINE, ald=False), med(ald=True), DM, sousTypes=["MED-1096", "MED-1098"])
    texte = _texte(pdf(p, NUMERO))
    zones = [
        texte.index(mot) for mot in ("affection de longue dur\xe9e reconnue", "METFORMINE", "SANS RAPPORT", "SKENAN")
    ]
    assert zones == sorted(zones)
    assert "prescrites : deux" in texte  # two medicines; the device is not one


@pytest.mark.exigence("GEN-21")
def test_an_anonymous_ivg_prints_no_ins() -> None:
    assert "280017505601635" not in _texte(pdf(prescription(anonymatIvg=True), NUMERO))


def test_a_cancelled_prescription_says_so() -> None:
    assert "ANNUL\xc9E" in _texte(pdf(prescription(), NUMERO, mention="ORDONNANCE ANNULÉE"))


def test_many_lines_run_over_several_numbered_pages() -> None:
    texte = _texte(pdf(prescription(*[med()] * 20), NUMERO))
    assert "(Page 1/) Tj (3) Tj" in texte
    assert "(Page 3/) Tj (3) Tj" in texte


def test_other_families_have_their_sentences() -> None:
    assert "Du 01/03/2026 au 06/03/2026" in _texte(pdf(prescription(ARRET, type="ARRET_TRAVAIL"), NUMERO))
    assert "lombalgie" not in _texte(pdf(prescription(ARRET, type="ARRET_TRAVAIL"), NUMERO))
    assert "VSL" in titre(prescription(TRANSPORT, type="TRANSPORT").lignes[0])


def test_letters_outside_the_fonts_lose_their_accents_only() -> None:
    assert texte_imprimable("Œuf à l’ail, 5 €, Łukasz Ştefan\x07") == "Œuf à l’ail, 5 €, ?ukasz Stefan"
    assert pdf(prescription(patient__nomNaissance="日本 Ω"), NUMERO).startswith(b"%PDF")


@pytest.mark.parametrize(("texte", "cle"), [("PJJ123C", 55), ("10999000010", 43)])
def test_code_128_carries_the_published_check_value(texte: str, cle: int) -> None:
    assert code128.valeurs(texte)[-1] == cle
    barres = list(code128.barres(texte))
    assert barres[-1][0] + barres[-1][1] == code128.largeur(texte)


def test_numbers_are_written_in_letters() -> None:
    assert [en_lettres(n) for n in (1, 2, 17, 21)] == ["un", "deux", "dix-sept", "21"]
