"""Only an open apCV context may ask: architecture §6, apcv.md §6, §8."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.adri.domain.contexte import ContexteApcv, verifier
from services.adri.domain.fautes import FauteADRi

LECTURE = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
NOE = "118016311330293"
OUVERT = ContexteApcv("CTX-1", "ouvert", LECTURE + timedelta(minutes=20), ("282096311305595", NOE), "991234562")


def test_an_open_context_lets_its_professional_ask_about_its_beneficiaries() -> None:
    verifier(OUVERT, at=LECTURE + timedelta(minutes=19, seconds=59), matricule=NOE, identifiant_facturation="991234562")
    verifier(OUVERT, at=LECTURE, matricule=None, identifiant_facturation=None)


@pytest.mark.exigence("APCV-201", "APCV-202", "APCV-211", "APCV-212", "APCV-111")
@pytest.mark.parametrize(
    ("regle", "contexte", "minutes", "matricule", "facturation"),
    [
        ("APCV-201", None, 0, NOE, "991234562"),
        ("APCV-201", replace(OUVERT, etat="revoque"), 0, NOE, "991234562"),
        ("APCV-202", OUVERT, 20, NOE, "991234562"),
        ("APCV-202", replace(OUVERT, etat="expire"), 0, NOE, "991234562"),
        ("APCV-211", replace(OUVERT, etat="consomme"), 0, NOE, "991234562"),
        ("APCV-111", OUVERT, 0, NOE, "991234570"),
        ("APCV-212", OUVERT, 0, "285076311304226", "991234562"),
    ],
)
def test_any_other_context_is_refused_with_siram_20(
    regle: str, contexte: ContexteApcv | None, minutes: int, matricule: str, facturation: str
) -> None:
    with pytest.raises(FauteADRi) as refus:
        verifier(
            contexte,
            at=LECTURE + timedelta(minutes=minutes),
            matricule=matricule,
            identifiant_facturation=facturation,
        )

    assert refus.value.regle == regle
    assert refus.value.membres["subcode"] == "siram_20"
