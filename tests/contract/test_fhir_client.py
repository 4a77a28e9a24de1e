"""A MHD-style client that knows only the published names: it feeds, searches, retrieves, replaces and unpublishes.

It goes by nothing but the capability statement, bundles, search parameters, ``attachment.url`` and JSON Patch (IHE MHD
4.2.3, PDSm 3.1.1).
"""

import base64
import hashlib
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from services.dmp.app import create_app
from services.dmp.config import DmpSettings
from tests.banc import Banc, banc

MHD = "https://profiles.ihe.net/ITI/MHD/StructureDefinition/"
INS = {"system": "urn:oid:1.2.250.1.213.1.4.8", "value": "285076311304226"}
PS = {"system": "urn:oid:1.2.250.1.71.4.2.1", "value": "810999000010"}
CABINET = {"system": "urn:oid:1.2.250.1.71.4.2.2", "value": "410999000010001"}
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@dataclass
class MhdClient:
    """Document source and consumer; ``base`` is the FHIR base, as a configuration screen would hold it."""

    http: httpx.AsyncClient
    headers: dict[str, str]
    base: str = "/fhir/dmp"

    def chemin(self, url: str) -> str:
        """An absolute address of the server, or one relative to the base."""
        parts = urlsplit(url)
        if not parts.scheme:
            return f"{self.base}/{url}"
        return self.base + parts.path.partition(self.base)[2] + (f"?{parts.query}" if parts.query else "")

    async def provide(self, document: bytes, unique_id: str, *, replaces: str | None = None) -> dict[str, Any]:
        """ITI-65."""
        lot, doc, binaire = (f"urn:uuid:{uuid.uuid4()}" for _ in range(3))
        liste = {
            "resourceType": "List",
            "contained": [{"resourceType": "PractitionerRole", "id": "s", "practitioner": {"identifier": PS}}],
            "extension": [
                {"url": f"{MHD}ihe-sourceId", "valueIdentifier": {"value": "urn:oid:1.2.250.1.999.55"}},
                {"url": f"{MHD}ihe-designationType", "valueCodeableConcept": {"coding": [{"code": "07"}]}},
            ],
            "identifier": [{"use": "usual", "system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{uuid.uuid4()}"}],
            "status": "current",
            "mode": "working",
            "code": {
                "coding": [
                    {"system": "https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes", "code": "submissionset"}
                ]
            },
            "subject": {"identifier": INS},
            "date": "2026-01-15T09:00:00+01:00",
            "source": {"reference": "#s"},
            "entry": [{"item": {"reference": doc}}],
        }
        reference: dict[str, Any] = {
            "resourceType": "DocumentReference",
            "contained": [
                {"resourceType": "Patient", "id": "p", "identifier": [INS]},
                {
                    "resourceType": "PractitionerRole",
                    "id": "a",
                    "practitioner": {"identifier": PS},
                    "organization": {"identifier": CABINET},
                },
            ],
            "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{unique_id}"},
            "status": "current",
            "type": {"coding": [{"system": "http://loinc.org", "code": "57833-6"}]},
            "category": [{"coding": [{"code": "42"}]}],
            "subject": {"identifier": INS},
            "date": "2026-01-15T09:00:00+01:00",
            "author": [{"reference": "#a"}],
            "authenticator": {"reference": "#a"},
            "securityLabel": [
                {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "N"}]}
            ],
            "content": [
                {
                    "attachment": {
                        "contentType": "application/pdf",
                        "language": "fr-FR",
                        "url": binaire,
                        "size": len(document),
                        "hash": base64.b64encode(hashlib.sha1(document).digest()).decode(),
                        "title": "Ordonnance",
                        "creation": "2026-01-15T09:00:00+01:00",
                    },
                    "format": {"code": "urn:ihe:iti:xds-sd:pdf:2008"},
                }
            ],
            "context": {
                "period": {"start": "2026-01-15T09:00:00+01:00"},
                "sourcePatientInfo": {"reference": "#p"},
                "facilityType": {"coding": [{"code": "SA07"}]},
                "practiceSetting": {"coding": [{"code": "AMBULATOIRE"}]},
            },
        }
        if replaces:
            reference["relatesTo"] = [{"code": "replaces", "target": {"reference": replaces}}]
        bundle = {
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": [
                {
                    "fullUrl": lot,
                    "resource": liste,
                    "request": {"method": "POST", "url": "List"},
                },
                {"fullUrl": doc, "resource": reference, "request": {"method": "POST", "url": "DocumentReference"}},
                {
                    "fullUrl": binaire,
                    "resource": {
                        "resourceType": "Binary",
                        "contentType": "application/pdf",
                        "data": base64.b64encode(document).decode(),
                    },
                    "request": {"method": "POST", "url": "Binary"},
                },
            ],
        }
        answer = await self.http.post(
            self.base, json=bundle, headers={**self.headers, "Content-Type": "application/fhir+json"}
        )
        assert answer.status_code == 200, answer.text
        corps: dict[str, Any] = answer.json()
        return corps

    async def find(self, **params: str) -> list[dict[str, Any]]:
        """ITI-67, following ``next`` links to the end."""
        query = {"patient.identifier": f"{INS['system']}|{INS['value']}", "status": "current", **params}
        answer = await self.http.get(f"{self.base}/DocumentReference", params=query, headers=self.headers)
        trouves: list[dict[str, Any]] = []
        while True:
            assert answer.status_code == 200, answer.text
            assert answer.headers["content-type"].startswith("application/fhir+json")
            page = answer.json()
            trouves += [e["resource"] for e in page.get("entry", [])]
            suivante = [x["url"] for x in page.get("link", []) if x["relation"] == "next"]
            if not suivante:
                return trouves
            answer = await self.http.get(self.chemin(suivante[0]), headers=self.headers)

    async def retrieve(self, reference: dict[str, Any]) -> bytes:
        """ITI-68, at the address the metadata give."""
        attachment = reference["content"][0]["attachment"]
        answer = await self.http.get(
            self.chemin(attachment["url"]), headers={**self.headers, "Accept": attachment["contentType"]}
        )
        assert answer.status_code == 200, answer.text
        assert base64.b64encode(hashlib.sha1(answer.content).digest()).decode() == attachment["hash"]
        return answer.content


@pytest.fixture
async def b(base: str | None, tmp_path: Path) -> AsyncIterator[Banc]:
    async with banc(create_app, DmpSettings, base=base, tmp_path=tmp_path) as b:
        yield b


@pytest.mark.exigence("ITI-65", "ITI-67", "ITI-68", "MHD")
async def test_a_mhd_client_feeds_searches_retrieves_replaces_and_unpublishes(b: Banc) -> None:
    client = MhdClient(b.client, b.ps("verdier-mg"))
    capacites = (await b.client.get("/fhir/dmp/metadata")).json()
    declares = {r["type"]: {i["code"] for i in r["interaction"]} for r in capacites["rest"][0]["resource"]}
    assert declares["DocumentReference"] >= {"read", "search-type", "patch"}
    uid = f"2.25.{uuid.uuid4().int}"

    reponse = await client.provide(PDF, uid)

    lieux = [e["response"]["location"] for e in reponse["entry"]]
    assert [lieu.split("/")[0] for lieu in lieux] == ["List", "DocumentReference", "Binary"]
    [trouve] = await client.find(identifier=f"urn:ietf:rfc:3986|urn:oid:{uid}")
    assert lieux[1].startswith(f"DocumentReference/{trouve['id']}")
    assert await client.retrieve(trouve) == PDF
    assert uid in {r["masterIdentifier"]["value"].removeprefix("urn:oid:") for r in await client.find(_count="1")}

    suite = f"2.25.{uuid.uuid4().int}"
    await client.provide(PDF + b"%2\n", suite, replaces=f"DocumentReference/{trouve['id']}")
    [courant] = await client.find(type="57833-6")
    assert courant["masterIdentifier"]["value"] == f"urn:oid:{suite}"
    assert courant["relatesTo"][0]["target"]["reference"] == f"DocumentReference/{trouve['id']}"

    retrait = await b.client.patch(
        "/fhir/dmp/DocumentReference",
        params={"identifier": f"urn:ietf:rfc:3986|urn:oid:{suite}"},
        json=[{"op": "replace", "path": "/status", "value": "entered-in-error"}],
        headers={**client.headers, "Content-Type": "application/json-patch+json"},
    )
    assert retrait.json()["status"] == "entered-in-error"
    assert await client.find(type="57833-6") == []
