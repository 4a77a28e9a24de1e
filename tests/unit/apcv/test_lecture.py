"""The QR and NFC content: integrity, freshness, what a scanner does to it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.apcv.domain.lecture import (
    ALPHABET,
    DUREE_NFC,
    DUREE_QR,
    TAILLE,
    Lecture,
    alterer,
    frappe_clavier,
    lire,
    sceller,
    verifier_fraicheur,
    verifier_sceau,
)
from services.apcv.domain.refus import RefusApcv

INSTANT = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)
SECRET = b"k" * 32
LECTURE = Lecture("0123456789abcdef", 3, INSTANT, "fedcba9876543210")

hexa = st.text("0123456789abcdef", min_size=16, max_size=16)
lectures = st.builds(
    Lecture,
    appli_id=hexa,
    cle_id=st.integers(0, 65535),
    emis_le=st.integers(0, 2**32 - 1).map(lambda s: datetime.fromtimestamp(s, UTC)),
    nonce=hexa,
)


@given(lectures, st.binary(min_size=16, max_size=32))
def test_what_the_phone_shows_is_what_the_reader_reads(lecture: Lecture, secret: bytes) -> None:
    donnees = sceller(lecture, secret)

    lue, sceau = lire(donnees)

    assert lue == lecture
    verifier_sceau(lue, sceau, secret)


@given(lectures)
def test_the_string_survives_a_qwerty_scanner_on_an_azerty_host(lecture: Lecture) -> None:
    donnees = sceller(lecture, SECRET)

    assert len(donnees) == TAILLE == 68
    assert not set(donnees) & set("AQWZM0123456789")


def test_case_and_the_enter_key_of_a_wedge_do_not_matter() -> None:
    donnees = sceller(LECTURE, SECRET)

    assert lire(frappe_clavier(donnees.lower()))[0] == LECTURE


@given(st.integers(0, TAILLE - 3), st.sampled_from(ALPHABET))
def test_one_changed_letter_is_noticed(position: int, lettre: str) -> None:
    donnees = sceller(LECTURE, SECRET)
    change = donnees[: 2 + position] + lettre + donnees[3 + position :]
    if change == donnees:
        return

    with pytest.raises(RefusApcv) as refuse:
        verifier_sceau(*lire(change), SECRET)

    assert refuse.value.regle in ("APCV-101", "APCV-104")


@pytest.mark.exigence("APCV-104")
def test_a_seal_made_with_another_key_is_refused() -> None:
    lue, sceau = lire(sceller(LECTURE, b"x" * 32))

    with pytest.raises(RefusApcv, match="integrity") as refuse:
        verifier_sceau(lue, sceau, SECRET)

    assert refuse.value.regle == "APCV-104"
    assert refuse.value.status == 401


@pytest.mark.exigence("APCV-101")
@pytest.mark.parametrize(
    "donnees",
    ["", "CV", "é" * TAILLE, "CV" + "A" * 66, "XX" + "B" * 66, "CV" + "B" * 65, "CV" + "D" * 66, "CV" + "B" * 6600],
)
def test_anything_else_is_unreadable(donnees: str) -> None:
    with pytest.raises(RefusApcv) as refuse:
        lire(donnees)

    assert refuse.value.regle == "APCV-101"
    assert refuse.value.champ == "Donnees"


def test_a_tampered_test_code_reads_well_and_fails_its_seal() -> None:
    lue, sceau = lire(alterer(sceller(LECTURE, SECRET)))

    with pytest.raises(RefusApcv) as refuse:
        verifier_sceau(lue, sceau, SECRET)

    assert refuse.value.regle == "APCV-104"


@pytest.mark.exigence("APCV-102")
@pytest.mark.parametrize(("validite", "secondes"), [(DUREE_QR, 60), (DUREE_NFC, 30)])
def test_a_presentation_lives_60_seconds_as_a_qr_and_30_by_nfc(validite: timedelta, secondes: int) -> None:
    verifier_fraicheur(LECTURE, validite, at=INSTANT + timedelta(seconds=secondes - 1))

    with pytest.raises(RefusApcv) as refuse:
        verifier_fraicheur(LECTURE, validite, at=INSTANT + timedelta(seconds=secondes))

    assert refuse.value.regle == "APCV-102"
    assert refuse.value.status == 410


def test_a_presentation_from_the_future_is_refused() -> None:
    with pytest.raises(RefusApcv):
        verifier_fraicheur(LECTURE, DUREE_QR, at=INSTANT - timedelta(minutes=1))
