"""Who pays what: the table of apcv.md §10.3 on adri.md §4.6."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.apcv.domain.contexte import Professionnel
from services.apcv.domain.facture import Cotation, Facture, controler
from services.apcv.domain.montants import BAREMES, Prise, participation_forfaitaire, repartir

G = Decimal("30.00")
TIERS: dict[str, Any] = {"tiers_payant_amo": True, "tiers_payant_amc": True, "amc": "99900001"}


@pytest.mark.exigence("apcv.md §10.3")
@pytest.mark.parametrize(
    ("prise", "amo", "amc", "assure", "du_amo", "du_amc"),
    [
        pytest.param(Prise("ordinaire", 40), "21.00", "0.00", "9.00", "0.00", "0.00", id="BLANC-VALMONT in path"),
        pytest.param(
            Prise("ordinaire", 40, parcours_respecte=False), "9.00", "0.00", "21.00", "0.00", "0.00", id="outside path"
        ),
        pytest.param(Prise("ald", 69), "30.00", "0.00", "0.00", "30.00", "0.00", id="KERMADEC ALD"),
        pytest.param(Prise("c2s", 54), "21.00", "9.00", "0.00", "21.00", "9.00", id="TAVERNIER C2S"),
        pytest.param(Prise("alsace_moselle", 56), "27.00", "0.00", "3.00", "0.00", "0.00", id="SCHMITT"),
        pytest.param(Prise("maternite", 30), "30.00", "0.00", "0.00", "30.00", "0.00", id="ROUSSELOT maternity"),
        pytest.param(Prise("at_mp", 37), "30.00", "0.00", "0.00", "30.00", "0.00", id="PAULHAN AT"),
        pytest.param(Prise("ordinaire", 40, **TIERS), "21.00", "9.00", "0.00", "21.00", "9.00", id="third party"),
        pytest.param(
            Prise("ald", 69, acte_en_rapport=False), "21.00", "0.00", "9.00", "0.00", "0.00", id="ALD unrelated act"
        ),
        pytest.param(
            Prise("ordinaire", 8, parcours_respecte=False), "21.00", "0.00", "9.00", "0.00", "0.00", id="child, no path"
        ),
        pytest.param(
            Prise("ordinaire", 40, parcours_respecte=False, **TIERS),
            "9.00",
            "9.00",
            "12.00",
            "9.00",
            "9.00",
            id="the increase for leaving the path is not covered by the AMC",
        ),
        pytest.param(Prise("ame", 33), "30.00", "0.00", "0.00", "30.00", "0.00", id="AME"),
        pytest.param(Prise("hors_droits", 35), "0.00", "0.00", "30.00", "0.00", "0.00", id="closed rights"),
    ],
)
def test_a_consultation_at_thirty_euros(
    prise: Prise, amo: str, amc: str, assure: str, du_amo: str, du_amc: str
) -> None:
    part = repartir(G, Decimal(0), prise)

    assert [str(v) for v in (part.amo, part.amc, part.assure, part.du_amo, part.du_amc)] == [
        amo,
        amc,
        assure,
        du_amo,
        du_amc,
    ]


def test_the_flat_participation_is_not_in_the_invoice() -> None:
    part = repartir(Decimal("23.00"), Decimal(0), Prise("ordinaire", 40))

    assert str(part.amo) == "16.10"
    assert str(participation_forfaitaire(Prise("ordinaire", 40), 1)) == "2.00"
    assert str(participation_forfaitaire(Prise("ald", 69), 1)) == "2.00"
    assert str(participation_forfaitaire(Prise("ordinaire", 17), 1)) == "0.00"
    assert str(participation_forfaitaire(Prise("maternite", 30), 1)) == "0.00"


centimes = st.integers(0, 100_000).map(lambda c: Decimal(c) / 100)
prises = st.builds(
    Prise,
    situation=st.sampled_from(sorted(BAREMES)),
    age=st.integers(0, 100),
    parcours_respecte=st.booleans(),
    acte_en_rapport=st.booleans(),
    tiers_payant_amo=st.booleans(),
    tiers_payant_amc=st.booleans(),
    amc=st.none() | st.just("99900001"),
)


@given(centimes, centimes, prises)
def test_nobody_pays_twice_and_nothing_is_lost(base: Decimal, depassement: Decimal, prise: Prise) -> None:
    part = repartir(base, depassement, prise)

    assert part.montant == part.amo + part.amc + part.assure
    assert part.assure >= depassement - Decimal("0.01")
    assert part.du_amo in (part.amo, 0)
    assert part.du_amc == part.amc
    assert part.avance == part.montant - part.du_amo - part.du_amc
    assert part.avance >= 0


def _facture(**autres: object) -> Facture:
    valeurs: dict[str, object] = {
        "facture_id": "f1",
        "matricule_ins": "285076311304226",
        "date_naissance": "1985-07-14",
        "professionnel": Professionnel("991234562"),
        "date_elaboration": date(2026, 1, 15),
        "cotations": (Cotation(date(2026, 1, 15), "G", G),),
        "situation": "ordinaire",
        "age": 40,
        "contexte_id": "CTX-1",
    }
    return Facture(**(valeurs | autres))  # type: ignore[arg-type]  # a builder for tests


def test_a_plain_invoice_has_nothing_to_say() -> None:
    assert controler(_facture()) == ()


@pytest.mark.parametrize(
    ("autres", "regle"),
    [
        pytest.param({"securisation": 5}, "APCV-213", id="degraded mode"),
        pytest.param({"contexte_id": None}, "APCV-201", id="no context"),
        pytest.param({"parcours": "X"}, "FSE-06", id="unknown indicator"),
        pytest.param({"situation": "hors_droits"}, "APCV-222", id="closed rights"),
        pytest.param({"situation": "at_mp"}, "FSE-03", id="no accident number"),
        pytest.param({"tiers_payant_amc": True}, "FSE-10", id="no AMC number"),
        pytest.param(
            {"situation": "c2s", "cotations": (Cotation(date(2026, 1, 15), "G", G, depassement=Decimal(5)),)},
            "FSE-04",
            id="C2S overrun",
        ),
        pytest.param({"cotations": ()}, "FSE-02", id="no act"),
        pytest.param({"cotations": (Cotation(date(2026, 1, 16), "G", G),)}, "FSE-05", id="act after the invoice"),
        pytest.param({"cotations": (Cotation(date(2026, 1, 15), "G", Decimal(0)),)}, "FSE-07", id="free act"),
    ],
)
def test_the_rule_engine_names_what_is_wrong(autres: dict[str, object], regle: str) -> None:
    [message] = controler(_facture(**autres))

    assert message.regle == regle
    assert message.bloquant


def test_leaving_the_path_warns_and_does_not_block() -> None:
    [message] = controler(_facture(parcours="S2"))

    assert (message.regle, message.bloquant) == ("FSE-11", False)


def test_each_act_is_rounded_and_the_invoice_is_their_sum() -> None:
    actes = tuple(Cotation(date(2026, 1, 15), "AMI", Decimal("3.15"), coefficient=Decimal("1.5")) for _ in range(3))

    facture = _facture(cotations=actes)

    assert [str(part.amo) for part in facture.parts()] == ["3.31"] * 3
    assert str(facture.total().amo) == "9.93"
    assert facture.total().montant == facture.total().amo + facture.total().amc + facture.total().assure
