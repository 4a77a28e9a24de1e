"""mes_profile_state_machine.csv: every transition, the timers, and the refusals in between."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dmp.domain.profil import (
    MOTIF_ADMIN,
    MOTIF_DECES,
    Etat,
    Evenement,
    Profil,
    Transition,
    TransitionInterdite,
    appliquer,
    derouler,
    echeance,
)
from services.dmp.domain.situation import EtatVu
from services.dmp.tables import charger, lignes

T0 = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MACHINE = charger().machine


def profil(etat: Etat, *, informe_le: datetime | None = None) -> Profil:
    return Profil("299129999999911", "1.2.250.1.213.1.4.8", etat, T0, informe_le=informe_le)


def test_every_published_row_is_a_transition() -> None:
    assert len(MACHINE.transitions) == len(lignes("mes_profile_state_machine"))


@pytest.mark.exigence("MES-EM")
@pytest.mark.parametrize("t", MACHINE.transitions, ids=lambda t: t.id)
def test_each_published_transition_leads_where_it_says(t: Transition) -> None:
    for depart in t.de:
        apres, faite = appliquer(MACHINE, profil(depart), t.evenement, at=T0)

        assert apres.etat is t.vers
        assert faite.id == t.id


@pytest.mark.exigence("R1111-28")
def test_a_profile_opens_by_itself_after_42_days_and_not_a_second_before() -> None:
    informe = profil(Etat.NOTIFIED, informe_le=T0)

    veille, rien = derouler(MACHINE, informe, now=T0 + timedelta(days=42, seconds=-1))
    ouvert, [transition] = derouler(MACHINE, informe, now=T0 + timedelta(days=42))

    assert veille.vu is EtatVu.AUCUN
    assert rien == []
    assert ouvert.etat is Etat.OPEN_NOT_ACTIVATED
    assert ouvert.vu is EtatVu.OUVERT
    assert transition.id == "MES-EM-04"


def test_a_timer_seen_late_opens_at_its_due_date() -> None:
    ouvert, _ = derouler(MACHINE, profil(Etat.NOTIFIED, informe_le=T0), now=T0 + timedelta(days=400))

    assert ouvert.depuis == T0 + timedelta(days=42)


@pytest.mark.exigence("OPT-2")
def test_an_opposition_stops_the_clock_and_can_be_reversed() -> None:
    oppose, _ = appliquer(MACHINE, profil(Etat.NOTIFIED, informe_le=T0), Evenement.OPPOSER, at=T0 + timedelta(days=10))
    plus_tard, faites = derouler(MACHINE, oppose, now=T0 + timedelta(days=5000))
    active, _ = appliquer(MACHINE, plus_tard, Evenement.ACTIVER, at=T0 + timedelta(days=5001))

    assert faites == []
    assert plus_tard.vu is EtatVu.OPPOSE
    assert active.etat is Etat.ACTIVE


@pytest.mark.exigence("SUS-1", "R1111-36")
def test_a_suspension_nobody_contests_closes_after_six_weeks_and_erases_ten_years_later() -> None:
    suspendu, _ = appliquer(MACHINE, profil(Etat.ACTIVE), Evenement.SUSPENDRE, at=T0)
    clos, _ = derouler(MACHINE, suspendu, now=T0 + timedelta(days=43))
    efface, _ = derouler(MACHINE, clos, now=T0 + timedelta(days=42 + 3653))

    assert suspendu.vu is EtatVu.OUVERT
    assert (clos.etat, clos.motif_fermeture) == (Etat.CLOSED, MOTIF_ADMIN)
    assert efface.etat is Etat.ERASED


@pytest.mark.exigence("CLO-1")
def test_an_express_deletion_erases_at_latest_three_months_after_the_request() -> None:
    clos = Profil(
        "299129999999911", "1.2.250.1.213.1.4.8", Etat.CLOSED, T0, effacement_demande_le=T0 + timedelta(days=1)
    )

    apres, [t] = derouler(MACHINE, clos, now=T0 + timedelta(days=92))

    assert (apres.etat, t.evenement) == (Etat.ERASED, Evenement.EFFACER)


def test_a_death_closes_with_its_motive_and_opens_to_nobody() -> None:
    decede, _ = appliquer(MACHINE, profil(Etat.ACTIVE), Evenement.DECES, at=T0)

    assert (decede.etat, decede.motif_fermeture) == (Etat.CLOSED_DECEASED, MOTIF_DECES)
    assert decede.vu is EtatVu.CLOS
    assert echeance(decede) is None


@pytest.mark.parametrize(
    ("etat", "evenement", "code"),
    [
        (Etat.ACTIVE, Evenement.ACTIVER, "MES_ALREADY_ACTIVE"),
        (Etat.OPPOSED, Evenement.OPPOSER, "MES_OPPOSED"),
        (Etat.SUSPENDED, Evenement.ACTIVER, "MES_SUSPENDED"),
        (Etat.ELIGIBLE, Evenement.FERMER, "MES_TRANSITION"),
    ],
)
def test_an_impossible_step_is_refused_and_says_what_was_possible(etat: Etat, evenement: Evenement, code: str) -> None:
    with pytest.raises(TransitionInterdite) as refus:
        appliquer(MACHINE, profil(etat), evenement, at=T0)

    assert refus.value.membres["code"] == code
    assert etat.value in refus.value.en
    assert etat.value in refus.value.fr


@given(st.lists(st.sampled_from(list(Evenement)), max_size=12), st.integers(0, 20_000))
def test_no_sequence_of_events_and_time_leaves_the_known_states(evenements: list[Evenement], jours: int) -> None:
    p = profil(Etat.ELIGIBLE)
    for n, evenement in enumerate(evenements):
        maintenant = T0 + timedelta(days=n * jours)
        p, _ = derouler(MACHINE, p, now=maintenant)
        try:
            p, _ = appliquer(MACHINE, p, evenement, at=maintenant)
        except TransitionInterdite:
            continue
    assert p.vu in set(EtatVu)
    due = echeance(p)
    assert due is None or derouler(MACHINE, p, now=due[0])[0].etat is not p.etat
