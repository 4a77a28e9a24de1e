"""SASL exchanges (mssante.md §2.2)."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mss.domain.sasl import Identifiants, SaslInvalide, defi_echec, lire


def b64(texte: str) -> bytes:
    return base64.b64encode(texte.encode())


@pytest.mark.exigence("ECO.1.2.1")
def test_xoauth2_gives_the_mailbox_and_the_token() -> None:
    lu = lire("XOAUTH2", b64("user=a.b@medecin.mssante.fr\x01auth=Bearer e.y.J\x01\x01"))

    assert lu == Identifiants("a.b@medecin.mssante.fr", "e.y.J")


def test_oauthbearer_reads_the_gs2_header() -> None:
    lu = lire("oauthbearer", b64("n,a=a=2Cb@x.mssante.fr,\x01host=h\x01port=587\x01auth=Bearer tok\x01\x01"))

    assert lu == Identifiants("a,b@x.mssante.fr", "tok")


@pytest.mark.parametrize(
    "brut",
    [
        b"%%%",
        b64("user=a@b\x01auth=Basic x\x01\x01"),
        b64("user=\x01auth=Bearer x\x01\x01"),
        b64("user=a@b\x01auth=Bearer \x01\x01"),
        b64("user=a@b\x01auth=Bearer x"),
        base64.b64encode(b"\xff\xfe\x01\x01"),
        b"A" * 20_000,
        b"",
    ],
)
def test_a_damaged_response_is_refused_with_its_rule(brut: bytes) -> None:
    for mecanisme in ("XOAUTH2", "OAUTHBEARER"):
        with pytest.raises(SaslInvalide) as refus:
            lire(mecanisme, brut)
        assert refus.value.regle == "MSS-AUTH-01"


@given(st.binary(max_size=300))
def test_no_response_whatever_breaks_the_reader(brut: bytes) -> None:
    for mecanisme in ("XOAUTH2", "OAUTHBEARER"):
        try:
            lire(mecanisme, base64.b64encode(brut))
        except SaslInvalide:
            continue


def test_the_failure_challenge_is_the_json_clients_know() -> None:
    assert defi_echec("XOAUTH2") == b"eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIiwic2NvcGUiOiIifQ=="
    assert json.loads(base64.b64decode(defi_echec("OAUTHBEARER"))) == {"status": "invalid_token"}
