"""Schemathesis over the OpenAPI of the gateway and the six services, through the edge.

``BACASANTE_FUZZ=50`` draws 50 examples an operation, new ones at each run (25 otherwise, always the same ones).
"""

import os
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.suite import Maison, maison

EXEMPLES = int(os.environ.get("BACASANTE_FUZZ", "25"))
SERVICES = ("gateway", "ins", "adri", "apcv", "dmp", "mss", "eprescription")
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
#: SOAP is fuzzed apart, with envelopes; an injected fault or a reset answers for others, and not as they would.
EXCLUS = ("/lps", "/_bac/faults", "/_bac/reset", "/health", "/metrics")
PATIENT = ("/mes/v1", "/mss/v1/patient", "/eprescription/v1/patient")
PHARMACIEN = ("/eprescription/v1/executions", "/eprescription/v1/prises-en-charge", "/eprescription/v1/qr")


class Sonde:
    """The suite in a thread of its own, with one frozen bac a service: tokens do not expire while it is probed."""

    def __init__(self, portail: BlockingPortal, m: Maison) -> None:
        self.portail = portail
        self.m = m
        self._jetons: dict[str, str] = {}

    def appel(self, methode: str, chemin: str, **options: Any) -> httpx.Response:
        async def appeler() -> httpx.Response:
            return await self.m.client.request(methode, chemin, **options)

        return self.portail.call(appeler)

    def schema(self, service: str) -> Any:
        decrit = self.appel("GET", f"/openapi/{service}.json").json()
        decrit["paths"] = {c: o for c, o in decrit["paths"].items() if not c.startswith(EXCLUS)}
        for parametre in decrit["paths"].get("/_bac/events", {}).get("get", {}).get("parameters", ()):
            if parametre["name"] == "wait":
                parametre["schema"]["maximum"] = 0.02  # this caller has others to see
        return schemathesis.openapi.from_dict(decrit)

    def preparer(self, bac: str) -> None:
        self.appel("POST", "/_bac/bacs", json={"name": bac}).raise_for_status()
        self.appel("PUT", f"/bac/{bac}/_bac/clock", json={"mode": "frozen"}).raise_for_status()
        for slug in ("verdier-mg", "garnier-pharmacien", "blanc-valmont"):
            jeton = self.appel("POST", f"/bac/{bac}/_bac/personas/{slug}/tokens", json={}).json()
            self._jetons[slug] = jeton["access_token"]

    def entetes(self, chemin: str) -> dict[str, str]:
        qui = "blanc-valmont" if chemin.startswith(PATIENT) else "verdier-mg"
        if chemin.startswith(PHARMACIEN):
            qui = "garnier-pharmacien"
        return {"Authorization": f"Bearer {self._jetons[qui]}", "ESANTE-API-KEY": "bac-a-sante"}

    def envoyer(self, bac: str, case: Any) -> httpx.Response:
        envoi = case.as_transport_kwargs(base_url=f"http://127.0.0.1:8400/bac/{bac}")
        prete = requests.Request(
            **{k: v for k, v in envoi.items() if k in requests.Request().__dict__ and k != "hooks"}
        ).prepare()
        corps = prete.body.encode() if isinstance(prete.body, str) else prete.body
        entetes = {str(k): str(v) for k, v in prete.headers.items() if k.lower() != "content-length"}
        entetes |= self.entetes(case.operation.path)
        return self.appel(str(prete.method), str(prete.url), content=corps, headers=entetes)


@pytest.fixture(scope="module")
def sonde(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sonde]:
    with (
        start_blocking_portal("asyncio") as portail,
        portail.wrap_async_context_manager(maison(tmp_path_factory.mktemp("suite"))) as m,
    ):
        yield Sonde(portail, m)


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_answers_as_its_openapi_says(sonde: Sonde, service: str) -> None:
    bac = f"fuzz-{service}"
    sonde.preparer(bac)
    plaintes: list[str] = []
    for resultat in sonde.schema(service).get_all_operations():
        plaintes += _eprouver(sonde, bac, resultat.ok())
    assert not plaintes, f"{len(plaintes)} complaints\n" + "\n".join(plaintes)


def _eprouver(sonde: Sonde, bac: str, operation: Any) -> list[str]:
    """What one operation did that its description does not say, once for each kind."""
    plaintes: dict[str, str] = {}

    @settings(
        max_examples=EXEMPLES,
        derandomize="BACASANTE_FUZZ" not in os.environ,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def essayer(case: Any) -> None:
        reponse = sonde.envoyer(bac, case)
        try:
            case.validate_response(reponse, checks=CHECKS)
        except FailureGroup as groupe:
            for echec in groupe.exceptions:
                titre = echec.title if isinstance(echec, Failure) else type(echec).__name__
                plaintes[titre] = f"{operation.label}: {titre}: {' '.join(str(echec).split())[:300]} | {_vu(reponse)}"

    essayer()
    return list(plaintes.values())


def _vu(reponse: httpx.Response) -> str:
    return f"{reponse.status_code} {reponse.headers.get('content-type')} {reponse.text[:160]!r}"
