"""The unique number and its QR code (e-prescription §3)."""

from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from services.eprescription.domain import numero, qr
from services.eprescription.rendu import qr as dessin
from shared.errors import DomainError

EXEMPLES = ("014K7Q2M9XT3WZ6RH1", "018N5V0C2JD7YEA1P5", "01F6GTS93KBXQ40WM0")
EXEMPLE_ANS = "01S2TBPZ2JCNZZYGHZ"  # published; no known key validates it
VECTEUR = (
    "EP1.014K7Q2M9XT3WZ6RH1.20260301.k1."
    "lpGHN2zvacJD10-eCoPQ9eRnVd9IwFp3hM9Ldiq-0JzMTFuqBVaQRSbcu2r7XTTjhwk6XcR3wkvdNdKv6swhCw"
)
numeros = st.text(numero.ALPHABET, min_size=17, max_size=17).map(lambda corps: corps + numero.cle(corps))


@pytest.mark.parametrize("exemple", EXEMPLES)
def test_the_published_examples_carry_our_key(exemple: str) -> None:
    assert numero.cle_est_juste(exemple)


@pytest.mark.exigence("GEN-01")
def test_a_number_without_our_key_is_a_number_all_the_same() -> None:
    assert not numero.cle_est_juste(EXEMPLE_ANS)
    assert numero.lire(EXEMPLE_ANS) == EXEMPLE_ANS


@given(st.integers(0, 31).flatmap(lambda i: st.tuples(st.just(i), numeros, st.integers(0, 17))))
def test_changing_one_symbol_breaks_the_key(cas: tuple[int, str, int]) -> None:
    i, juste, place = cas
    autre = juste[:place] + numero.ALPHABET[i] + juste[place + 1 :]
    assert numero.cle_est_juste(autre) is (autre == juste)


def test_what_we_generate_is_well_formed_and_starts_with_01() -> None:
    vus = {numero.generer() for _ in range(200)}
    assert len(vus) == 200
    assert all(n.startswith("01") and numero.est_bien_forme(n) and numero.cle_est_juste(n) for n in vus)


@pytest.mark.parametrize("saisie", ["01 4k7q 2m9x t3wz 6rh1", "O1-4K7Q-2M9X-T3WZ-6RHI", "0l4K7Q2M9XT3WZ6RHL"])
def test_what_people_type_is_normalised(saisie: str) -> None:
    assert numero.lire(saisie) == EXEMPLES[0]


@pytest.mark.exigence("GEN-01")
@pytest.mark.parametrize(
    "faux", ["", "01", "014K7Q2M9XT3WZ6RHU", "014K7Q2M9XT3WZ6RH11", "０１4K7Q2M9XT3WZ6RH1", "🩺" * 18]
)
def test_what_is_no_number_is_refused_with_its_rule(faux: str) -> None:
    with pytest.raises(DomainError) as refus:
        numero.lire(faux)
    assert (refus.value.regle, refus.value.champ) == ("GEN-01", "numero")


def test_a_number_is_printed_in_groups() -> None:
    assert numero.grouper(EXEMPLES[0]) == "01 4K7Q 2M9X T3WZ 6RH1"


def test_the_signed_content_is_the_published_vector_and_reads_back() -> None:
    assert qr.contenu_signe(EXEMPLES[0], date(2026, 3, 1)) == VECTEUR
    assert qr.lire(VECTEUR) == qr.Lecture(EXEMPLES[0], "signe", date(2026, 3, 1), "k1")
    assert qr.jwks()["keys"][0]["x"] == "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"


@given(numeros)
def test_a_bare_number_is_a_compat_code(n: str) -> None:
    assert qr.lire(f" {n.lower()} ") == qr.Lecture(n, "compat")


@pytest.mark.exigence("EP-422-04")
def test_a_code_signed_by_someone_else_is_not_authentic() -> None:
    etrangere = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
    for faux in (
        qr.contenu_signe(EXEMPLES[0], date(2026, 3, 1), cle=etrangere),
        qr.contenu_signe(EXEMPLES[0], date(2026, 3, 1), kid="k9"),
        VECTEUR.replace("20260301", "20260302"),
    ):
        with pytest.raises(DomainError) as refus:
            qr.lire(faux)
        assert refus.value.regle == "EP-422-04"


@pytest.mark.exigence("EP-422-03")
@pytest.mark.parametrize(
    "texte", [VECTEUR[:-1], "EP1.x", "", "Hello :)", VECTEUR.replace("20260301", "20261301"), "é" * 18]
)
def test_what_is_neither_is_unreadable(texte: str) -> None:
    with pytest.raises(DomainError) as refus:
        qr.lire(texte)
    assert refus.value.regle == "EP-422-03"


def test_the_symbol_keeps_its_quiet_zone() -> None:
    grille = dessin.modules(EXEMPLES[0])
    assert len(grille) == len(grille[0])
    assert not any(any(ligne[: dessin.QUIETUDE]) for ligne in grille)
    assert dessin.png(EXEMPLES[0]) == dessin.png(EXEMPLES[0])
