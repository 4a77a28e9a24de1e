"""Situations of a beneficiary and what each means for the share paid by the AMO: the table of adri.md §4.6."""

from dataclasses import dataclass
from enum import StrEnum


class Situation(StrEnum):
    ORDINAIRE = "ordinaire"
    ALD = "ald"
    MATERNITE = "maternite"
    C2S = "c2s"
    C2S_CONTRIBUTIVE = "c2s_contributive"
    SORTANT_C2S = "sortant_c2s"
    AME = "ame"
    AT_MP = "at_mp"
    INVALIDITE = "invalidite"
    PENSION_MILITAIRE = "pension_militaire"
    ALSACE_MOSELLE = "alsace_moselle"
    HORS_DROITS = "hors_droits"


@dataclass(frozen=True, slots=True)
class Effet:
    """One row: rate for a consultation, exemption, who is paid by third party, flat participation.

    ``code_situation`` (four digits) and ``service_amo`` are sandbox values except ``0100`` and ``00``: the code
    lists are annexes that are not public. Any ``service_amo`` other than ``00`` or ``10`` locks manual third-party
    choices in the host software (adri.md §3.2).
    """

    taux: int
    exoneration_tm: bool
    motif: str | None
    tiers_payant: str
    participation: bool
    code_situation: str
    code_ald: str = "0"
    service_amo: str = "00"
    nature_b2: str = "10"


EFFETS: dict[Situation, Effet] = {
    Situation.ORDINAIRE: Effet(70, False, None, "aucun", True, "0100"),
    Situation.ALD: Effet(100, True, "ALD", "amo", True, "0100", code_ald="4"),
    Situation.MATERNITE: Effet(100, True, "maternité", "amo", False, "0130", nature_b2="30"),
    Situation.C2S: Effet(100, True, "C2S", "integral", False, "0100", service_amo="01"),
    Situation.C2S_CONTRIBUTIVE: Effet(100, True, "C2S avec participation", "integral", False, "0100", service_amo="02"),
    Situation.SORTANT_C2S: Effet(70, False, None, "amo", True, "0100", service_amo="03"),
    Situation.AME: Effet(100, True, "AME", "integral", False, "0100", service_amo="04"),
    Situation.AT_MP: Effet(100, True, "accident du travail", "amo", False, "0100", nature_b2="41"),
    Situation.INVALIDITE: Effet(100, True, "invalidité", "amo", True, "0150"),
    Situation.PENSION_MILITAIRE: Effet(100, True, "pension militaire d'invalidité", "amo", False, "0160"),
    Situation.ALSACE_MOSELLE: Effet(90, False, None, "aucun", True, "0100", nature_b2="13"),
    Situation.HORS_DROITS: Effet(0, False, None, "aucun", False, "0000"),
}

# The strongest first: what is shown at a date when several cover it. A work accident is declared beside the coverage
# (accidentsTravail) and decides only the invoice of that accident, so it comes last before the ordinary ones.
PRIORITE: tuple[Situation, ...] = (
    Situation.AME,
    Situation.C2S,
    Situation.C2S_CONTRIBUTIVE,
    Situation.MATERNITE,
    Situation.ALD,
    Situation.PENSION_MILITAIRE,
    Situation.INVALIDITE,
    Situation.AT_MP,
    Situation.SORTANT_C2S,
    Situation.ALSACE_MOSELLE,
    Situation.ORDINAIRE,
)
