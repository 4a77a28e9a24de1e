"""FHIR answers for the web layer: stored bytes or a built resource, with their FHIR headers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from shared.errors import DomainError
from shared.fhir.negociation import FHIR_JSON
from shared.fhir.outcome import outcome_octets
from shared.web import reponses


class FhirResponse(reponses.FhirResponse):
    """``application/fhir+json``; bytes are sent as they are, anything else goes through orjson."""

    media_type = FHIR_JSON

    def __init__(
        self,
        content: Any = None,
        status_code: int = 200,
        *,
        location: str | None = None,
        version: str | int | None = None,
        modifie: datetime | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        entetes = dict(headers or {})
        if location:
            entetes["Location"] = location
        if version is not None:
            entetes["ETag"] = f'W/"{version}"'
        if modifie is not None:
            entetes["Last-Modified"] = format_datetime(modifie.astimezone(UTC), usegmt=True)
        super().__init__(content, status_code, entetes)

    def render(self, content: Any) -> bytes:
        return b"" if content is None else super().render(content)


def rendu_fhir(erreur: DomainError, request: Request) -> Response:
    """How FHIR faces render a refusal (``surfaces={"/fhir/dmp": rendu_fhir}``): an OperationOutcome."""
    return FhirResponse(outcome_octets(erreur), erreur.status, headers=erreur.entetes)
