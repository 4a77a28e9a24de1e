"""CIBA and the phone: who is refused, what each poll hears."""

import pytest

from gateway.oidc.domain.ciba import RequeteCiba, juger_sondage, valider_ciba
from gateway.oidc.domain.client import Client
from gateway.oidc.domain.connexion import DemandeEcps, Etat, demande_ecps
from gateway.oidc.domain.refus import RefusOAuth
from gateway.oidc.domain.reglages import Reglages
from tests.unit.psc.outils import CLIENT, MIDI, REGLAGES, apres

BON = {"scope": "openid scope_all", "login_hint": "899700990015", "binding_message": "42"}


def demande(politique: str = "manual", reglages: Reglages = REGLAGES) -> DemandeEcps:
    return demande_ecps(
        "d1",
        persona="exemple-un-mg",
        id_nat="899700990015",
        numero="42",
        service="LPS",
        origine="ciba",
        maintenant=MIDI,
        duree=120,
        politique=politique,
        reglages=reglages,
    )


def requete(**champs: object) -> RequeteCiba:
    valeurs: dict[str, object] = {
        "empreinte": "e",
        "client_id": "lps-demo-bas",
        "scope": "openid",
        "demande_id": "d1",
        "expire_a": apres(seconds=120),
        "intervalle": 5,
    }
    return RequeteCiba(**{**valeurs, **champs})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "regle", "error"),
    [
        ({"scope": ""}, "PSC-CIBA-02", "invalid_request"),
        ({"scope": "scope_all"}, "PSC-CIBA-03", "invalid_scope"),
        ({"login_hint": ""}, "PSC-CIBA-04", "invalid_request"),
        ({"id_token_hint": "x"}, "PSC-CIBA-04", "invalid_request"),
        ({"user_code": "1"}, "PSC-CIBA-06", "invalid_request"),
        ({"client_notification_token": "1"}, "PSC-CIBA-07", "invalid_request"),
        ({"binding_message": "deux mots"}, "PSC-CIBA-08", "invalid_binding_message"),
        ({"binding_message": "x" * 51}, "PSC-CIBA-08", "invalid_binding_message"),
        ({"binding_message": "42\n"}, "PSC-CIBA-08", "invalid_binding_message"),
        ({"requested_expiry": "0"}, "PSC-CIBA-09", "invalid_request"),
        ({"requested_expiry": "²"}, "PSC-CIBA-09", "invalid_request"),
        ({"channel": "FAX"}, "PSC-CIBA-10", "invalid_request"),
    ],
)
def test_a_bad_backchannel_request_gets_its_published_error(changes: dict[str, str], regle: str, error: str) -> None:
    with pytest.raises(RefusOAuth) as pris:
        valider_ciba({**BON, **changes}, CLIENT, REGLAGES)

    assert (pris.value.regle, pris.value.error) == (regle, error)


@pytest.mark.exigence("PSC-CIBA-01")
def test_ciba_must_be_activated_for_the_client() -> None:
    with pytest.raises(RefusOAuth) as pris:
        valider_ciba(BON, Client("c", "s", ciba_enabled=False), REGLAGES)
    assert pris.value.error == "unauthorized_client"


@pytest.mark.exigence("PSC-CIBA-11")
def test_the_number_is_demanded_in_homologation_only() -> None:
    sans_nombre = {k: v for k, v in BON.items() if k != "binding_message"}

    assert valider_ciba(sans_nombre, CLIENT, REGLAGES).binding_message is None
    with pytest.raises(RefusOAuth):
        valider_ciba(sans_nombre, CLIENT, REGLAGES, strict=True)


def test_requested_expiry_as_a_string_shortens_the_wait_and_never_lengthens_it() -> None:
    assert valider_ciba({**BON, "requested_expiry": "10"}, CLIENT, REGLAGES).duree == 10
    assert valider_ciba({**BON, "requested_expiry": "999"}, CLIENT, REGLAGES).duree == 120


def sonder(
    r: RequeteCiba | None, d: DemandeEcps | None, secondes: float, client_id: str = "lps-demo-bas"
) -> str | None:
    return juger_sondage(r, d, client_id=client_id, maintenant=apres(seconds=secondes))


@pytest.mark.exigence("PSC-CIBA-21", "PSC-CIBA-22", "PSC-CIBA-23", "PSC-CIBA-24", "PSC-CIBA-25")
def test_each_poll_hears_expired_then_too_early_then_refused_then_pending() -> None:
    attente = demande()
    refusee = attente.repondue(False, None, maintenant=apres(seconds=2))
    pressee = requete(sondee_a=apres(seconds=1))

    assert sonder(requete(), attente, 5) == "PSC-CIBA-25"
    assert sonder(pressee, refusee, 3) == "PSC-CIBA-23"
    assert sonder(pressee, refusee, 6) == "PSC-CIBA-24"
    assert sonder(requete(sondee_a=apres(seconds=119.9)), refusee, 120) == "PSC-CIBA-22"
    assert sonder(requete(), attente, 136) == "PSC-CIBA-21"
    assert sonder(requete(), attente, 5, client_id="autre") == "PSC-CIBA-21"
    assert sonder(requete(consommee=True), attente, 5) == "PSC-CIBA-21"
    assert sonder(None, None, 5) == "PSC-CIBA-21"


def test_a_hasty_client_sees_its_interval_grow_by_five_seconds() -> None:
    r = requete().sondee(apres(seconds=0), "PSC-CIBA-25").sondee(apres(seconds=1), "PSC-CIBA-23")

    assert r.intervalle == 10
    assert sonder(r, demande(), 10) == "PSC-CIBA-23"
    assert sonder(r, demande(), 11) == "PSC-CIBA-25"


def test_a_refusal_is_repeated_at_every_poll_and_an_approval_is_consumed_once() -> None:
    refusee = demande().repondue(False, None, maintenant=apres(seconds=1))
    r = requete()
    for secondes in (5, 10, 15):
        assert sonder(r, refusee, secondes) == "PSC-CIBA-24"
        r = r.sondee(apres(seconds=secondes), "PSC-CIBA-24")

    approuvee = demande().repondue(True, "1234", maintenant=apres(seconds=1))
    assert sonder(requete(), approuvee, 5) is None
    assert sonder(requete().sondee(apres(seconds=5), None), approuvee, 20) == "PSC-CIBA-21"


def test_three_wrong_pins_block_the_request_and_the_right_one_comes_too_late() -> None:
    d = demande()
    for _ in range(2):
        d = d.repondue(True, "0000", maintenant=apres(seconds=1))
        assert d.etat is Etat.ATTENTE
    d = d.repondue(True, "0000", maintenant=apres(seconds=2))

    assert d.etat is Etat.REFUSEE
    assert d.repondue(True, "1234", maintenant=apres(seconds=3)).etat is Etat.REFUSEE


def test_an_automatic_answer_comes_after_its_delay_and_silence_expires() -> None:
    auto = demande("auto_approve", Reglages(ciba_delay=7))

    assert auto.vue(apres(seconds=6)).etat is Etat.ATTENTE
    assert auto.vue(apres(seconds=7)).etat is Etat.APPROUVEE
    assert demande("auto_refuse").vue(apres(seconds=0)).etat is Etat.REFUSEE
    assert demande("timeout").vue(apres(seconds=119)).etat is Etat.ATTENTE
    assert demande("timeout").vue(apres(seconds=120)).etat is Etat.EXPIREE
    assert demande().vue(apres(seconds=121)).repondue(True, "1234", maintenant=apres(seconds=121)).etat is Etat.EXPIREE
