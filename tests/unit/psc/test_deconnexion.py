"""Logout decisions, discovery and knobs."""

import pytest

from gateway.oidc.domain.deconnexion import Verdict, juger_deconnexion
from gateway.oidc.domain.decouverte import document
from gateway.oidc.domain.refus import RefusPage
from gateway.oidc.domain.reglages import Reglages
from gateway.oidc.domain.regles import REGLES
from gateway.oidc.domain.regles.ordres import ORDRES, examinees
from shared.errors import Invalide
from tests.unit.psc.outils import CLIENT

HINT = {"sid": "s1", "azp": "lps-demo-bas"}
ACCUEIL = "http://127.0.0.1:8080/"


def juger(**champs: object) -> Verdict:
    valeurs: dict[str, object] = {
        "hint": HINT,
        "hint_envoye": True,
        "client_id": None,
        "client": CLIENT,
        "retour": ACCUEIL,
        "state": "e",
        "sid_du_navigateur": "s1",
        "sans_parametre": False,
    }
    return juger_deconnexion(**{**valeurs, **champs})  # type: ignore[arg-type]


def test_a_hint_and_an_enrolled_uri_redirect_with_the_state() -> None:
    assert juger() == Verdict("terminer", "s1", ACCUEIL, "e")
    assert juger(retour=None).rediriger is None


@pytest.mark.exigence("PSC-LOG-01", "PSC-LOG-02", "PSC-LOG-03")
def test_a_bad_uri_a_foreign_hint_or_another_client_show_a_page() -> None:
    for champs in ({"retour": ACCUEIL + "?x=1"}, {"hint": None}, {"client_id": "autre"}):
        with pytest.raises(RefusPage):
            juger(**champs)


def test_without_a_hint_the_person_is_asked_and_never_redirected() -> None:
    verdict = juger(hint=None, hint_envoye=False)

    assert (verdict.issue, verdict.rediriger) == ("demander", None)
    assert juger(hint=None, hint_envoye=False, retour=None, sans_parametre=True).issue == "terminer"


def test_discovery_advertises_what_is_enabled_and_the_wallet_authorization_url() -> None:
    doc = document("http://127.0.0.1:8400/bac/ci-1", Reglages())

    assert doc["issuer"] == "http://127.0.0.1:8400/bac/ci-1/auth/realms/esante-wallet"
    assert doc["authorization_endpoint"] == "http://127.0.0.1:8400/bac/ci-1/auth"
    assert doc["response_types_supported"] == ["code"]
    assert doc["authorization_response_iss_parameter_supported"] is True
    assert doc["acr_values_supported"] == ["0", "0"]
    assert "password" in document("http://x", Reglages(discovery_mode="as_captured"))["grant_types_supported"]


def test_an_unknown_knob_or_value_is_refused_by_name() -> None:
    assert Reglages().modifies({"access_ttl": 5}).access_ttl == 5
    for faux, champ in (
        ({"acr": "x"}, "acr"),
        ({"acr_policy": "eidas3"}, "acr_policy"),
        ({"access_ttl": "120"}, "access_ttl"),
        ({"access_ttl": True}, "access_ttl"),
        ({"sso_max": -1}, "sso_max"),
    ):
        with pytest.raises(Invalide) as pris:
            Reglages().modifies(faux)
        assert pris.value.champ == champ


def test_every_rule_explains_itself_in_both_languages_and_cites_its_source() -> None:
    for regle in REGLES.values():
        assert len(regle.fr) > 20
        assert len(regle.en) > 20
        assert regle.source


def test_every_rule_has_its_place_in_the_order_of_an_endpoint() -> None:
    ranges = {regle for ordre in ORDRES.values() for regle in ordre}

    assert ranges | {"PSC-PAGE-01", "PSC-PAGE-02"} == set(REGLES)
    assert examinees("userinfo", "PSC-UI-03") == ("PSC-UI-01", "PSC-UI-02", "PSC-UI-03")
    assert examinees("inconnu", "PSC-UI-03") == ("PSC-UI-03",)
