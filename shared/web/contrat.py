"""What every operation may answer besides its own result: the refusals of its surface, said once for all in OpenAPI.

FastAPI would declare its own 422 on each route; ours are 400 problems (or OperationOutcomes, faults, pages), so that
one is taken off and the dialect of the surface is declared instead.
"""

from typing import Any

_METHODES = ("get", "put", "post", "delete", "patch", "head", "options")
_PROBLEME = "application/problem+json"
_FHIR = "application/fhir+json"
#: By path prefix, longest first: the media types a refusal is written in.
_DIALECTES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("/fhir", (_FHIR,)),
    ("/annuaire", (_FHIR,)),
    ("/lps", ("application/soap+xml", "text/xml")),
    ("/si-dmp-server", ("application/soap+xml", "text/xml")),
    ("/auth", ("application/json", "text/html", _PROBLEME)),
    ("/ecps", (_PROBLEME, "text/html")),
    ("/console", ("text/html", _PROBLEME)),
    ("/AccesDirect", ("text/html", _PROBLEME)),
    ("/dmp", (_PROBLEME, "text/html")),
    ("/mes/v1", (_PROBLEME,)),
    ("/mes", ("text/html", _PROBLEME)),
    ("/apcv/telephone", ("text/html", _PROBLEME)),
)
_BILINGUE = {"type": "object", "properties": {"fr": {"type": "string"}, "en": {"type": "string"}}}
_SCHEMAS: dict[str, dict[str, Any]] = {
    "Probleme": {
        "type": "object",
        "description": "RFC 9457; `regle` names the rule that refused, and `explication` says why in both languages.",
        "required": ["type", "title", "status", "detail", "regle", "explication"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "regle": {"type": "string"},
            "champ": {"type": "string"},
            "explication": _BILINGUE,
        },
    },
    "OperationOutcome": {
        "type": "object",
        "required": ["resourceType", "issue"],
        "properties": {
            "resourceType": {"const": "OperationOutcome"},
            "issue": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["severity", "code"]}},
        },
    },
    "ErreurOAuth": {
        "type": "object",
        "required": ["error"],
        "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
    },
}
_SCHEMA_DE = {_PROBLEME: "Probleme", _FHIR: "OperationOutcome", "application/json": "ErreurOAuth"}


def _refus(medias: tuple[str, ...], description: str) -> dict[str, Any]:
    contenu: dict[str, Any] = {}
    for media in medias:
        nom = _SCHEMA_DE.get(media)
        contenu[media] = {"schema": {"$ref": f"#/components/schemas/{nom}"} if nom else {"type": "string"}}
    return {"description": description, "content": contenu}


def _medias(chemin: str) -> tuple[str, ...]:
    return next((m for prefixe, m in _DIALECTES if chemin == prefixe or chemin.startswith(prefixe + "/")), (_PROBLEME,))


def _est_de_fastapi(reponse: dict[str, Any]) -> bool:
    schema = reponse.get("content", {}).get("application/json", {}).get("schema", {})
    return str(schema.get("$ref", "")).endswith("/HTTPValidationError")


def _parler(statut: str, reponse: dict[str, Any], medias: tuple[str, ...]) -> None:
    """A declared answer in the media types of its surface: FHIR results, and refusals in every dialect of theirs."""
    contenu = reponse.get("content", {})
    if medias == (_FHIR,) and statut < "3":
        schema = contenu.pop("application/json", contenu.get(_FHIR, {})).get("schema", {})
        if contenu or reponse.get("content") is not None:
            contenu[_FHIR] = {"schema": {"type": "object"} if schema.get("type") in (None, "string") else schema}
    elif statut >= "4" and contenu:
        for media, refus in _refus(medias, "")["content"].items():
            contenu.setdefault(media, refus)


def completer(decrit: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document with the refusals of each surface."""
    schemas = decrit.setdefault("components", {}).setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    for nom, schema in _SCHEMAS.items():
        schemas.setdefault(nom, schema)
    for chemin, methodes in decrit.get("paths", {}).items():
        medias = _medias(chemin)
        for methode, operation in methodes.items():
            if methode not in _METHODES:
                continue
            reponses = operation.setdefault("responses", {})
            if _est_de_fastapi(reponses.get("422", {})):
                del reponses["422"]
            for statut, reponse in reponses.items():
                _parler(str(statut), reponse, medias)
            reponses.setdefault("4XX", _refus(medias, "Refused: the rule, the field and the reason."))
            reponses.setdefault("503", _refus(medias, "A dependency is missing: Retry-After says when to come back."))
            if "text/html" in medias:
                reponses.setdefault("3XX", {"description": "Elsewhere: the next page of the flow."})
    return decrit
