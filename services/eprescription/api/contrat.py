"""What OpenAPI says of bodies we read ourselves, and of refusals."""

from functools import cache
from typing import Any

from pydantic import BaseModel

from services.eprescription.domain.erreurs import ANGLAIS
from services.eprescription.domain.tables import lignes


def _deplier(schema: Any, definitions: dict[str, Any]) -> Any:
    """The schema with its definitions written in place: OpenAPI resolves ``$ref`` from its own root."""
    if isinstance(schema, list):
        return [_deplier(s, definitions) for s in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _deplier(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {k: _deplier(v, definitions) for k, v in schema.items() if k not in {"$defs", "discriminator"}}


@cache
def corps_de(modele: type[BaseModel], *, requis: bool = True) -> dict[str, Any]:
    """``openapi_extra`` of a route whose body is ``modele``."""
    schema = modele.model_json_schema(by_alias=True)
    plat = _deplier(schema, schema.get("$defs", {}))
    return {"requestBody": {"required": requis, "content": {"application/json": {"schema": plat}}}}


def _reponse(status: str) -> dict[str, Any]:
    codes = [ligne["code"] for ligne in lignes("erreurs") if ligne["http"] == status]
    texte = " ".join(f"{code}: {ANGLAIS[code]}" for code in codes)
    contenu = {"application/problem+json": {"schema": {"type": "object"}}}
    return {"description": texte or "Refused.", "content": contenu}


_STATUTS = ("400", "401", "403", "404", "409", "410", "412", "415", "422", "423", "428")
REFUS: dict[int | str, dict[str, Any]] = {413: {"description": "Too large."}}
REFUS.update((int(status), _reponse(status)) for status in _STATUTS)
