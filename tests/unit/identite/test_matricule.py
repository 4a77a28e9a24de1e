"""insi §2.1, §2.2: the matricule, its key, and the OID that says who assigned it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Invalide
from shared.identite import (
    OID_INS_C,
    Ins,
    MatriculeIns,
    NatureMatricule,
    OidMode,
    cle_matricule,
    nature,
    oid,
)

# Every invented person of insi §11.2 and adri §6.1, as the sheets print them.
PUBLIES = [
    "2850763113042 26",
    "1990275056117 39",
    "254082A004031 16",
    "178112B033075 88",
    "2900399134009 88",
    "1880499338016 42",
    "2620633063201 87",
    "1620633063201 40",
    "1500269123077 50",
    "1500233063118 65",
    "2740535238064 39",
    "1422099350021 53",
    "2820963113055 95",
    "2150563113217 48",
    "1180163113301 94",
    "1180163113302 93",
    "1710859350148 72",
    "1560229019033 23",
    "2950444109090 73",
    "1881034172205 88",
    "2691167482019 01",
    "1930799352077 43",
]

numeros = st.builds(
    lambda sexe, annee, mois, lieu, ordre: f"{sexe}{annee:02d}{mois:02d}{lieu}{ordre:03d}",
    st.sampled_from("123478"),
    st.integers(0, 99),
    st.one_of(st.integers(1, 12), st.integers(20, 42), st.integers(50, 99)),
    st.one_of(st.integers(0, 99999).map("{:05d}".format), st.sampled_from(["2A004", "2B033"])),
    st.integers(0, 999),
)


@pytest.mark.exigence("INSI-2.1")
@pytest.mark.parametrize("publie", PUBLIES)
def test_the_key_of_every_invented_person_is_the_published_one(publie: str) -> None:
    numero, cle = publie.split()

    assert cle_matricule(numero) == cle
    assert MatriculeIns.de(numero).valeur == numero + cle


@pytest.mark.exigence("INSI-2.1")
@given(numeros)
def test_a_computed_key_always_reads_back(numero: str) -> None:
    matricule = MatriculeIns.de(numero)

    assert matricule.cle_est_juste
    assert 1 <= int(matricule.cle) <= 97
    assert MatriculeIns.lire(f" {numero.lower()} {matricule.cle} ") == matricule


@given(numeros, st.integers(1, 96))
def test_any_other_key_is_refused_and_named(numero: str, ecart: int) -> None:
    fausse = (int(cle_matricule(numero)) + ecart - 1) % 97 + 1

    with pytest.raises(Invalide) as refus:
        MatriculeIns(f"{numero}{fausse:02d}")

    assert (refus.value.regle, refus.value.champ) == ("INS-MAT-02", "matricule_ins")
    assert refus.value.fr != refus.value.en


def test_the_formula_counts_corsica_as_19_and_18() -> None:
    assert cle_matricule("254082A004031") == cle_matricule("2540819004031")
    assert cle_matricule("178112B033075") == cle_matricule("1781118033075")


@pytest.mark.parametrize(
    "valeur",
    [
        "",
        "2850763113042",
        "28507631130422",
        "2850763113042260",
        "585076311304226",
        "285006311304226",
        "285136311304226",
        "285456311304226",
        "254082C00403116",
        "28507631130422６",
        "285076311304226\n",
    ],
)
def test_a_matricule_out_of_shape_is_refused(valeur: str) -> None:
    with pytest.raises(Invalide) as refus:
        MatriculeIns(valeur)

    assert refus.value.regle == "INS-MAT-01"


@pytest.mark.exigence("INSI-2.1")
def test_a_stored_matricule_keeps_a_wrong_key_because_published_ones_exist() -> None:
    stocke = MatriculeIns.stocke("285076311304227")

    assert stocke.valeur == "285076311304227"
    assert not stocke.cle_est_juste
    with pytest.raises(Invalide):
        MatriculeIns.stocke("28507631130422X")


@pytest.mark.exigence("INSI-2.2")
@pytest.mark.parametrize("mode", ["qualif", "test"])
@pytest.mark.parametrize("voulue", list(NatureMatricule))
def test_an_oid_tells_its_nature_in_its_own_mode_and_nothing_in_the_other(
    mode: OidMode, voulue: NatureMatricule
) -> None:
    autre: OidMode = "test" if mode == "qualif" else "qualif"

    assert nature(oid(voulue, mode), mode) is voulue
    with pytest.raises(Invalide) as refus:
        nature(oid(voulue, mode), autre)
    assert refus.value.regle == "INS-OID-01"


@pytest.mark.exigence("INSI-2.2")
def test_the_computed_ins_of_before_2020_is_refused_by_name() -> None:
    with pytest.raises(Invalide) as refus:
        nature(OID_INS_C, "qualif")

    assert refus.value.regle == "INS-OID-02"


def test_the_cx_form_is_the_one_of_vihf_and_xds() -> None:
    ins = Ins(MatriculeIns("299129999999911"))

    assert ins.cx("test") == "299129999999911^^^&1.2.250.1.213.1.4.10&ISO^NH"
    assert ins.cx("qualif") == "299129999999911^^^&1.2.250.1.213.1.4.8&ISO^NH"
