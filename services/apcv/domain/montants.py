"""What the insurance, the complementary and the patient each pay for an act (apcv.md §10.3, adri.md §4.6).

The two-euro flat participation is not here: the body deducts it after the invoice (apcv.md §10.2).
Each act is rounded to the cent, the invoice is the sum of its acts.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
TM_ORDINAIRE = 30
MAJORATION_HORS_PARCOURS = 40
AMC_C2S = "88888888"
# Care-path indicators that respect the path (adri.md §4.5); S2 says it was not respected.
INDICATEURS_RESPECTES = frozenset({"T", "R", "N", "O", "M", "J", "B", "D", "U", "H", "S1"})
AGE_PARCOURS = 16
AGE_PARTICIPATION = 18


@dataclass(frozen=True, slots=True)
class Bareme:
    """One row of adri.md §4.6."""

    taux: int
    tiers_payant_amo: bool = False
    tiers_payant_amc: bool = False
    amc: str | None = None
    participation: bool = True
    nature: str = "10"
    majorable: bool = False
    """Leaving the care path lowers the rate."""


BAREMES: dict[str, Bareme] = {
    "ordinaire": Bareme(70, majorable=True),
    "sortant_c2s": Bareme(70, tiers_payant_amo=True, majorable=True),
    "alsace_moselle": Bareme(90, nature="13", majorable=True),
    "ald": Bareme(100, tiers_payant_amo=True),
    "invalidite": Bareme(100, tiers_payant_amo=True),
    "maternite": Bareme(100, tiers_payant_amo=True, participation=False, nature="30"),
    "c2s": Bareme(70, tiers_payant_amo=True, tiers_payant_amc=True, amc=AMC_C2S, participation=False),
    "c2s_contributive": Bareme(70, tiers_payant_amo=True, tiers_payant_amc=True, amc=AMC_C2S, participation=False),
    "ame": Bareme(100, tiers_payant_amo=True, participation=False),
    "at_mp": Bareme(100, tiers_payant_amo=True, participation=False, nature="41"),
    "pension_militaire": Bareme(100, tiers_payant_amo=True, participation=False, nature="SMG"),
    "hors_droits": Bareme(0, participation=False),
}


@dataclass(frozen=True, slots=True)
class Prise:
    """How this invoice is covered: the situation, and what was chosen at the desk."""

    situation: str
    age: int
    parcours_respecte: bool = True
    acte_en_rapport: bool = True
    """ALD, maternity, work accident: the act is related to it."""
    tiers_payant_amo: bool = False
    tiers_payant_amc: bool = False
    amc: str | None = None

    def bareme(self) -> Bareme:
        if self.situation in ("ald", "maternite", "at_mp") and not self.acte_en_rapport:
            return BAREMES["ordinaire"]
        return BAREMES[self.situation]

    def taux(self) -> int:
        bareme = self.bareme()
        if bareme.majorable and not self.parcours_respecte and self.age >= AGE_PARCOURS:
            return bareme.taux - MAJORATION_HORS_PARCOURS
        return bareme.taux


@dataclass(frozen=True, slots=True)
class Part:
    """The shares of one act or of one invoice."""

    montant: Decimal
    amo: Decimal
    amc: Decimal
    assure: Decimal
    du_amo: Decimal
    du_amc: Decimal

    def __add__(self, autre: "Part") -> "Part":
        return Part(
            self.montant + autre.montant,
            self.amo + autre.amo,
            self.amc + autre.amc,
            self.assure + autre.assure,
            self.du_amo + autre.du_amo,
            self.du_amc + autre.du_amc,
        )

    @property
    def avance(self) -> Decimal:
        """What the patient hands over at the desk."""
        return self.montant - self.du_amo - self.du_amc


RIEN = Part(ZERO, ZERO, ZERO, ZERO, ZERO, ZERO)


def repartir(base: Decimal, depassement: Decimal, prise: Prise) -> Part:
    """Split one act. Overruns stay with the patient; the increase for leaving the path too (adri.md §4.6)."""
    bareme = prise.bareme()
    amo = _cent(base * prise.taux() / 100)
    ticket = _cent(base * max(0, 100 - bareme.taux) / 100)
    tiers_amo = bareme.tiers_payant_amo or prise.tiers_payant_amo
    tiers_amc = bareme.tiers_payant_amc or (prise.tiers_payant_amc and prise.amc is not None)
    amc = ticket if tiers_amc else ZERO
    montant = _cent(base + depassement)
    return Part(montant, amo, amc, montant - amo - amc, amo if tiers_amo else ZERO, amc)


def participation_forfaitaire(prise: Prise, consultations: int) -> Decimal:
    """What the body will deduct later: 2 euros a consultation since 15/05/2024, never under 18 (adri.md §4.6)."""
    if not prise.bareme().participation or prise.age < AGE_PARTICIPATION:
        return ZERO
    return _cent(Decimal(2 * consultations))


def _cent(valeur: Decimal) -> Decimal:
    return valeur.quantize(CENT, ROUND_HALF_UP)
