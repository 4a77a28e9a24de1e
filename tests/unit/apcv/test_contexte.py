"""The context: twenty minutes, one invoice, one professional."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.apcv.domain import contexte as regles
from services.apcv.domain.contexte import DUREE, Contexte, Etat, Professionnel
from services.apcv.domain.refus import RefusApcv
from shared.contracts.apcv import ContexteRevoque
from shared.contracts.event import Event

OUVERT = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)
VERDIER = Professionnel("991234562", "01", "899700000019", "VERDIER ALICE")
CONTEXTE = Contexte(
    identifiant="CTX-6F0A2E41B7",
    token="t",
    appli_id="0123456789abcdef",
    matricule_ins="285076311304226",
    beneficiaires=("285076311304226", "215056311321748"),
    professionnel=VERDIER,
    mode="qr",
    ouvert_le=OUVERT,
    expire_le=OUVERT + DUREE,
)


@pytest.mark.exigence("APCV-202")
def test_a_context_signs_until_the_last_second_and_not_at_twenty_minutes() -> None:
    regles.consommer(CONTEXTE, VERDIER, at=OUVERT + timedelta(minutes=19, seconds=59))

    with pytest.raises(RefusApcv) as refuse:
        regles.consommer(CONTEXTE, VERDIER, at=OUVERT + timedelta(minutes=20))

    assert refuse.value.regle == "APCV-202"
    assert refuse.value.status == 410


@pytest.mark.exigence("APCV-211")
def test_a_second_invoice_on_the_same_context_is_refused() -> None:
    signe, evenement = regles.consommer(CONTEXTE, VERDIER, at=OUVERT)

    with pytest.raises(RefusApcv) as refuse:
        regles.consommer(signe, VERDIER, at=OUVERT + timedelta(minutes=1))

    assert evenement.contexte_id == "CTX-6F0A2E41B7"
    assert refuse.value.regle == "APCV-211"


def test_a_consumed_context_stays_consumed_when_its_time_is_over() -> None:
    signe, _ = regles.consommer(CONTEXTE, VERDIER, at=OUVERT)

    assert regles.expirer(signe, at=OUVERT + timedelta(hours=1)) == (signe, None)
    with pytest.raises(RefusApcv) as refuse:
        regles.consommer(signe, VERDIER, at=OUVERT + timedelta(hours=1))
    assert refuse.value.regle == "APCV-211"


@pytest.mark.exigence("APCV-111")
@pytest.mark.parametrize(
    "autre",
    [replace(VERDIER, identifiant_facturation="997654321"), replace(VERDIER, id_nat="899700000027")],
)
def test_another_professional_may_not_sign(autre: Professionnel) -> None:
    with pytest.raises(RefusApcv) as refuse:
        regles.consommer(CONTEXTE, autre, at=OUVERT)

    assert refuse.value.regle == "APCV-111"


@pytest.mark.parametrize(
    ("motif", "regle"),
    [("opposition", "APCV-221"), ("delegation_revoquee", "APCV-231"), ("droits_fermes", "APCV-222")],
)
def test_a_revoked_context_says_why_it_died(motif: regles.Motif, regle: str) -> None:
    revoque, evenement = regles.revoquer(CONTEXTE, motif, at=OUVERT)

    assert isinstance(evenement, ContexteRevoque)
    assert evenement.motif == motif
    with pytest.raises(RefusApcv) as refuse:
        regles.consommer(revoque, VERDIER, at=OUVERT)
    assert refuse.value.regle == regle


def test_destroying_twice_tells_the_network_once() -> None:
    detruit, premier = regles.detruire(CONTEXTE, at=OUVERT)
    encore, second = regles.detruire(detruit, at=OUVERT)

    assert premier is not None
    assert premier.motif == "destruction"
    assert (encore, second) == (detruit, None)


@pytest.mark.exigence("APCV-212", "APCV-231")
def test_only_the_people_of_the_context_may_be_treated() -> None:
    regles.exiger_beneficiaire(CONTEXTE, "215056311321748")

    with pytest.raises(RefusApcv) as refuse:
        regles.exiger_beneficiaire(CONTEXTE, "118016311330194")
    assert refuse.value.regle == "APCV-212"

    with pytest.raises(RefusApcv) as refuse:
        regles.exiger_beneficiaire(replace(CONTEXTE, role="delegataire"), "118016311330194")
    assert refuse.value.regle == "APCV-231"


class VieDUnContexte(RuleBasedStateMachine):
    """Whatever is tried in whatever order: at most one signature, one end, one closing event, no return to life."""

    def __init__(self) -> None:
        super().__init__()
        self.contexte = CONTEXTE
        self.maintenant = OUVERT
        self.fins: list[Event] = []
        self.etats = [Etat.ACTIVE]

    def _suite(self, contexte: Contexte, evenement: Event | None) -> None:
        if contexte.etat is not self.contexte.etat:
            self.etats.append(contexte.etat)
        self.contexte = contexte
        if evenement is not None:
            self.fins.append(evenement)

    @rule(secondes=st.integers(1, 900))
    def attendre(self, secondes: int) -> None:
        self.maintenant += timedelta(seconds=secondes)

    @rule()
    def signer(self) -> None:
        if self.contexte.etat is Etat.ACTIVE and self.maintenant < self.contexte.expire_le:
            self._suite(*regles.consommer(self.contexte, VERDIER, at=self.maintenant))
            return
        with pytest.raises(RefusApcv) as refuse:
            regles.consommer(self.contexte, VERDIER, at=self.maintenant)
        assert refuse.value.regle in {"APCV-201", "APCV-202", "APCV-211", "APCV-221"}

    @rule()
    def detruire(self) -> None:
        self._suite(*regles.detruire(self.contexte, at=self.maintenant))

    @rule()
    def opposer(self) -> None:
        self._suite(*regles.revoquer(self.contexte, "opposition", at=self.maintenant))

    @rule()
    def balayer(self) -> None:
        self._suite(*regles.expirer(self.contexte, at=self.maintenant))

    @invariant()
    def une_seule_fin(self) -> None:
        assert len(self.fins) <= 1
        assert len(self.etats) <= 2
        assert (self.contexte.etat is Etat.ACTIVE) == (not self.fins)
        assert (self.contexte.clos_le is None) == (self.contexte.etat is Etat.ACTIVE)


TestVieDUnContexte = VieDUnContexte.TestCase
