"""A body is looked through once: the escapes of its JSON, the base64 of its documents."""

import base64

import pytest
from starlette.requests import Request
from starlette.types import Message

from services.dmp.api.texte import TexteInterdit, corps_propre
from services.dmp.fhir.lecture import lire_binaire
from shared.fhir.validation import Noeud, RessourceInvalide


def request(corps: bytes) -> Request:
    async def receive() -> Message:
        return {"type": "http.request", "body": corps, "more_body": False}

    return Request({"type": "http", "method": "POST", "path": "/", "headers": []}, receive)


@pytest.mark.parametrize(
    "corps",
    [
        rb'{"a":"\u0000"}',
        rb"\u0000",
        rb'{"a":"\u00e9\n","b":"xx\u0000"}',
        rb'{"a":"\u0000","b":"\u00e9","data":"QUJD"}',
        rb'{"a":"\\u0000"}',
    ],
)
async def test_an_escaped_nul_is_refused_wherever_it_is(corps: bytes) -> None:
    with pytest.raises(TexteInterdit):
        await corps_propre(request(corps))


@pytest.mark.parametrize(
    "corps", [b"", b"{}", rb'{"a":"\u00e9"}', rb'{"a":"u0000"}', b"\\", rb'{"data":"0000","a":"\u"}']
)
async def test_other_bodies_come_whole(corps: bytes) -> None:
    assert await corps_propre(request(corps)) == corps


@pytest.mark.parametrize("octets", [b"", b"a", b"ab", b"abc" * 100])
def test_base64_is_read_folded_or_not(octets: bytes) -> None:
    droit = base64.b64encode(octets).decode()
    plie = "\r\n ".join(droit[i : i + 76] for i in range(0, len(droit), 76)) or " "

    assert lire_binaire(Noeud({"data": droit} if droit else {}, "Binary")) == octets
    if octets:
        assert lire_binaire(Noeud({"data": f"{plie}\n"}, "Binary")) == octets


@pytest.mark.parametrize("texte", ["abc", "ab$d", "YQ==YQ==", "é", "YQ=", "=AAA"])
def test_what_is_not_base64_is_refused(texte: str) -> None:
    with pytest.raises(RessourceInvalide) as refus:
        lire_binaire(Noeud({"data": texte}, "Binary"))
    assert refus.value.regle == "MD-05"
