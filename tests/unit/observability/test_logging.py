"""Logs say what happened, never to whom."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from shared.observability.logging import configurer, lier
from shared.observability.redaction import MASQUE, caviarder, caviarder_texte

JETON = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"


@pytest.fixture
def flux() -> Iterator[io.StringIO]:
    racine = logging.getLogger()
    avant = racine.handlers[:], racine.level
    flux = io.StringIO()
    yield flux
    racine.handlers[:], niveau = avant
    racine.setLevel(niveau)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lignes(flux: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(ligne) for ligne in flux.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_technical_members_and_without_people(flux: io.StringIO) -> None:
    configurer("INFO", "json", flux=flux)
    lier(bac="ci-1")

    structlog.get_logger("dmp").info(
        "document.depose", unique_id="1.2.3", nom_naissance="D'ORGEVAL", regle="DMP-AD-031"
    )
    structlog.get_logger("dmp").debug("too.low")

    [ligne] = lignes(flux)
    assert (ligne["event"], ligne["bac"], ligne["unique_id"], ligne["regle"]) == (
        "document.depose",
        "ci-1",
        "1.2.3",
        "DMP-AD-031",
    )
    assert ligne["level"] == "info"
    assert "ORGEVAL" not in flux.getvalue()


def test_the_standard_library_goes_through_the_same_redaction(flux: io.StringIO) -> None:
    configurer("INFO", "json", flux=flux)

    logging.getLogger("third.party").warning("failed for %s with Bearer %s", "285076311304226", JETON)
    logging.getLogger("uvicorn.access").info("GET /")

    [ligne] = lignes(flux)
    assert ligne["event"] == "failed for [matricule] with Bearer [jeton]"


def test_a_traceback_shows_no_local_variable(flux: io.StringIO) -> None:
    configurer("INFO", "console", flux=flux)

    def echouer() -> None:
        secret_local = "valeur-tres-secrete"
        raise ValueError(len(secret_local))

    try:
        echouer()
    except ValueError:
        structlog.get_logger("x").exception("defaut")

    assert "ValueError" in flux.getvalue()
    assert "valeur-tres-secrete\n" not in flux.getvalue().replace('secret_local = "valeur-tres-secrete"', "")


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("ins 285076311304226.", "ins [matricule]."),
        ("2 54 08 2A 004 031 16", "[matricule]"),
        ("178112B033075", "[matricule]"),
        ("mail à a.verdier@cabinet.mssante.fr", "mail à [adresse]"),
        ("auteur 899700990015", "auteur [idnat]"),
        ("rpps 99700990015", "rpps [rpps]"),
        (f"Authorization: Bearer {JETON}", "Authorization: Bearer [jeton]"),
        ("/cb?code=abcdef&state=1", "/cb?code=[secret]&state=1"),
        ("urn:oid:1.2.250.1.213.1.4.8", "urn:oid:1.2.250.1.213.1.4.8"),
        ("DMP-AD-031 in 12 ms", "DMP-AD-031 in 12 ms"),
    ],
)
def test_identifiers_are_recognised_by_their_shape(texte: str, attendu: str) -> None:
    assert caviarder_texte(texte) == attendu


def test_names_and_secrets_are_recognised_by_their_key_at_any_depth() -> None:
    recu = {
        "a": [{"Given-Name": "CAMILLE", "ok": 1}],
        "client_secret": "s",
        "octets": b"123",
        "nir": None,
        "n": 285076311304226,
    }

    assert caviarder(recu) == {
        "a": [{"Given-Name": MASQUE, "ok": 1}],
        "client_secret": MASQUE,
        "octets": "[3 octets]",
        "nir": None,
        "n": "[matricule]",
    }


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)
    )
)
def test_the_redactor_takes_anything(valeur: Any) -> None:
    caviarder(valeur)
