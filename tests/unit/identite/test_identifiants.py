"""RPPS, PS_IdNat, FINESS, SIREN, SIRET and struct_idNat (pro-sante-connect §9, annuaire-sante §6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Invalide
from shared.identite import (
    Finess,
    IdentifiantStructure,
    PsIdNat,
    Rpps,
    Siren,
    Siret,
    TypeStructure,
    luhn_cle,
    luhn_ok,
)


@given(st.from_regex(r"\A[0-9]{1,18}\Z"))
def test_exactly_one_digit_closes_a_luhn_number(chiffres: str) -> None:
    fermants = [c for c in "0123456789" if luhn_ok(chiffres + c)]

    assert fermants == [luhn_cle(chiffres)]


@pytest.mark.exigence("PSC-9")
@pytest.mark.parametrize("rpps", ["99700990015", "99700990023", "99700990080", "99700366240", "10000001916"])
def test_the_published_rpps_numbers_hold(rpps: str) -> None:
    assert Rpps(rpps).id_nat.valeur == f"8{rpps}"
    assert Rpps.de(rpps[:10]) == Rpps(rpps)


@pytest.mark.parametrize("rpps", ["99700990016", "9970099001", "997009900155", "9970099001X", "", "10102727017"])
def test_an_rpps_with_a_wrong_key_or_length_is_refused(rpps: str) -> None:
    with pytest.raises(Invalide) as refus:
        Rpps(rpps)

    assert (refus.value.regle, refus.value.champ) == ("PS-RPPS-01", "rpps")


@pytest.mark.exigence("PSC-9")
@pytest.mark.parametrize(
    ("id_nat", "origine", "structure"),
    [
        ("899700990015", "RPPS", None),
        ("0991234567", "ADELI", None),
        ("3990000010/1453", "FINESS", "990000010"),
        ("599990001200017/CPET00045", "SIRET", "99990001200017"),
        ("7d0c1a52-3b64-4b8e-9f10-5a2c6e8d4b01", "PSI", None),
    ],
)
def test_a_national_identifier_tells_where_it_comes_from(id_nat: str, origine: str, structure: str | None) -> None:
    lu = PsIdNat(id_nat)

    assert (lu.origine, lu.structure) == (origine, structure)
    assert (lu.rpps is not None) == (origine == "RPPS")


@pytest.mark.parametrize(
    "id_nat", ["99700990015", "899700990016", "2990000010/1", "3990000010", "", "8", "399000001/1", "3990000010/"]
)
def test_a_national_identifier_out_of_shape_is_refused(id_nat: str) -> None:
    with pytest.raises(Invalide) as refus:
        PsIdNat(id_nat)

    assert refus.value.champ == "id_nat"


@pytest.mark.parametrize("finess", ["990000010", "990000028", "990000036", "990000044", "2A0000001", "2B9999999"])
def test_a_finess_number_holds_and_corsica_has_no_known_key(finess: str) -> None:
    assert Finess(finess).valeur == finess


@pytest.mark.parametrize("finess", ["990000011", "99000001", "9900000100", "2C0000001", "A20000001"])
def test_a_finess_number_with_a_wrong_key_or_letter_is_refused(finess: str) -> None:
    with pytest.raises(Invalide):
        Finess(finess)


def test_siren_and_siret_are_luhn_but_the_post_office_counts_otherwise() -> None:
    assert Siret("99990001200017").siren == Siren("999900012")
    assert not luhn_ok("35600000000010")
    Siret("35600000000010")

    for faux in ("99990001200018", "9999000120001", "3560000000001A", "35600000000012"):
        with pytest.raises(Invalide):
            Siret(faux)
    with pytest.raises(Invalide):
        Siren("999900013")


@pytest.mark.parametrize(
    ("valeur", "genre"),
    [
        ("1990000010", TypeStructure.FINESS),
        ("2999900012", TypeStructure.SIREN),
        ("399990001200017", TypeStructure.SIRET),
        ("499700990015001", TypeStructure.CABINET_RPPS),
    ],
)
def test_a_structure_identifier_is_a_type_digit_and_an_identifier_of_that_type(
    valeur: str, genre: TypeStructure
) -> None:
    lu = IdentifiantStructure(valeur)

    assert lu.type is genre
    assert f"{lu.type}{lu.identifiant}" == valeur


@pytest.mark.parametrize("valeur", ["", "1", "1990000011", "990000010", "5990000010", "4997", "399990001200018"])
def test_a_structure_identifier_out_of_shape_is_refused(valeur: str) -> None:
    with pytest.raises(Invalide):
        IdentifiantStructure(valeur)
