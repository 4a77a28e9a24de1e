"""Hostile input on every operation of every surface: a clear refusal naming its rule, never a defect of ours."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.suite import Maison, maison

_CORPS = ("post", "put", "patch")
BAC = "/bac/hostile"

#: What a careless or hostile client sends where JSON is expected.
CORPS: dict[str, tuple[bytes, str]] = {
    "malformed JSON": (b'{"a": [1, 2', "application/json"),
    "not JSON at all": (b"\xff\xfe\x00\x01", "application/json"),
    "a bare string": (b'"bonjour"', "application/json"),
    "an empty array": (b"[]", "application/json"),
    "an empty object": (b"{}", "application/json"),
    "null": (b"null", "application/json"),
    "nothing": (b"", "application/json"),
    "deep nesting": (b"[" * 50_000 + b"]" * 50_000, "application/json"),
    "a NUL in a string": (b'{"a": "x\\u0000y", "nom": "\\u0000"}', "application/json"),
    "a lone surrogate": (b'{"a": "\\ud800", "nom": "\\ud800"}', "application/json"),
    "a huge number": (b'{"a": 1e999, "n": 123456789012345678901234567890}', "application/json"),
    "XML": (b"<a/>", "application/xml"),
    "an XML bomb": (
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;&x;&x;">]><a>&y;</a>',
        "application/soap+xml",
    ),
    "a form": (b"a=1&b=2", "application/x-www-form-urlencoded"),
    "FHIR of another kind": (b'{"resourceType": "Basic"}', "application/fhir+json"),
    "a transaction of nothing": (b'{"resourceType": "Bundle", "type": "transaction"}', "application/fhir+json"),
    "no type": (b'{"a": 1}', ""),
}
SEGMENTS = ("x", "%00", "..%2f..%2fetc", "a" * 300, "%F0%9F%92%8A", "D'ARTAGNAN", "-1", "%ED%A0%80")


@pytest.fixture(scope="module")
async def m(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Maison]:
    async with maison(tmp_path_factory.mktemp("suite")) as m:
        yield m


async def _operations(m: Maison) -> list[tuple[str, str, dict[str, Any]]]:
    described = (await m.client.get("/openapi.json")).json()
    return [
        (methode, chemin, operation)
        for chemin, methodes in sorted(described["paths"].items())
        for methode, operation in methodes.items()
        if methode in ("get", "post", "put", "patch", "delete") and not chemin.startswith(("/_bac/bacs", "/_bac/reset"))
    ]


def _bon_refus(answer: httpx.Response, quoi: str) -> list[str]:
    """Complaints about an answer: 5xx, a trace, or a refusal without its rule."""
    plaintes = []
    soap = "soap+xml" in answer.headers.get("content-type", "") or "text/xml" in answer.headers.get("content-type", "")
    if answer.status_code >= 500 and not (soap and b"urn:bacasante:regle" in answer.content):
        plaintes.append(f"{quoi}: {answer.status_code} {answer.text[:200]}")
    if "Traceback" in answer.text or "BAC-BUG" in answer.text:
        plaintes.append(f"{quoi}: shows a defect {answer.text[:200]}")
    if "bac-journal" not in answer.headers:
        plaintes.append(f"{quoi}: no journal id")
    return plaintes


@pytest.mark.parametrize("who", ["nobody", "professional", "patient"])
async def test_hostile_bodies_are_refused_by_rule_everywhere(m: Maison, who: str) -> None:
    plaintes: list[str] = []
    for methode, chemin, _ in await _operations(m):
        if methode not in _CORPS:
            continue
        url = BAC + re.sub(r"\{[^}]+\}", "x", chemin)
        for nom, (corps, type_) in CORPS.items():
            entetes = await _entetes(m, who) | ({"Content-Type": type_} if type_ else {})
            answer = await m.client.request(methode, url, content=corps, headers=entetes)
            plaintes += _bon_refus(answer, f"{methode} {chemin} as {who} with {nom}")
    assert not plaintes, "\n".join(plaintes[:40])


@pytest.mark.parametrize("who", ["nobody", "professional", "patient"])
async def test_hostile_paths_are_refused_by_rule_everywhere(m: Maison, who: str) -> None:
    plaintes: list[str] = []
    for methode, chemin, operation in await _operations(m):
        if "{" not in chemin:
            continue
        for segment in SEGMENTS:
            url = BAC + re.sub(r"\{[^}]+\}", segment.replace("\\", "\\\\"), chemin)
            requete = {p["name"]: segment[:50] for p in operation.get("parameters", []) if p["in"] == "query"}
            answer = await m.client.request(methode, url, params=requete, headers=await _entetes(m, who))
            plaintes += _bon_refus(answer, f"{methode} {url} as {who}")
    assert not plaintes, "\n".join(plaintes[:40])


@pytest.mark.parametrize("who", ["nobody", "professional", "patient"])
async def test_hostile_queries_are_refused_by_rule_everywhere(m: Maison, who: str) -> None:
    plaintes: list[str] = []
    for methode, chemin, operation in await _operations(m):
        noms = [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"]
        for nom in noms:
            for valeur in ("\x00", "x" * 3000, "💊", "-1", "2026-13-45", "D'ŒUF|é", "1e400", ""):
                url = BAC + re.sub(r"\{[^}]+\}", "x", chemin)
                answer = await m.client.request(methode, url, params={nom: valeur}, headers=await _entetes(m, who))
                plaintes += _bon_refus(answer, f"{methode} {chemin}?{nom}={valeur[:20]!r} as {who}")
    assert not plaintes, "\n".join(plaintes[:40])


async def _entetes(m: Maison, who: str) -> dict[str, str]:
    match who:
        case "professional":
            return {"Authorization": f"Bearer {await _jeton(m, 'verdier-mg')}"}
        case "patient":
            return {"Authorization": f"Bearer {await _jeton(m, 'blanc-valmont')}"}
        case _:
            return {}


_JETONS: dict[str, tuple[str, int]] = {}


async def _jeton(m: Maison, slug: str) -> str:
    """A token per persona, renewed now and then: hostile calls may close a session."""
    jeton, restant = _JETONS.get(slug, ("", 0))
    if not restant:
        jeton, restant = await m.jeton(slug, BAC), 200
    _JETONS[slug] = (jeton, restant - 1)
    return jeton
