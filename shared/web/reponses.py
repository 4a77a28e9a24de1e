"""Responses that render with orjson."""

from typing import Any

import orjson
from starlette.responses import Response


class JSONReponse(Response):
    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return content if isinstance(content, bytes) else orjson.dumps(content)


class FhirResponse(JSONReponse):
    """FHIR JSON; bytes pass through untouched, so a stored resource is served as it is."""

    media_type = "application/fhir+json"
    charset = "utf-8"
