"""What OpenAPI cannot guess: the endpoints that read their own form or query, in the platform's order."""

from typing import Any

_ERREUR = {
    "type": "object",
    "properties": {
        "error": {"type": "string"},
        "error_description": {"type": "string"},
        "regle": {
            "type": "string",
            "description": "rule that refused; /_bac/why/{Bac-Journal} tells more",
        },
        "explication": {"type": "object", "properties": {"fr": {"type": "string"}, "en": {"type": "string"}}},
    },
}


def formulaire(
    requis: tuple[str, ...],
    facultatifs: tuple[str, ...] = (),
    *,
    client: bool = True,
    refus: tuple[int, ...] = (400, 401),
) -> dict[str, Any]:
    """``openapi_extra`` of a form endpoint whose caller proves itself in the body (or by Basic)."""
    champs = (*requis, *facultatifs, "client_id", "client_secret", "client_assertion_type", "client_assertion")
    schema = {
        "type": "object",
        "required": list(requis),
        "properties": {nom: {"type": "string"} for nom in champs},
    }
    return {
        "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}},
        "responses": erreurs(*refus),
    }


def erreurs(*statuts: int) -> dict[str, Any]:
    noms = {400: "OAuth error", 401: "client or token refused", 403: "scope missing", 503: "phone unreachable"}
    return {str(s): {"description": noms[s], "content": {"application/json": {"schema": _ERREUR}}} for s in statuts}


def parametres(*noms: str, requis: tuple[str, ...] = ()) -> dict[str, Any]:
    """``openapi_extra`` of an endpoint asked by query: a redirection or a page answers."""
    return {
        "parameters": [
            {"name": nom, "in": "query", "required": nom in requis, "schema": {"type": "string"}} for nom in noms
        ],
        "responses": {
            "200": {"description": "a page for the person", "content": {"text/html": {}}},
            "302": {"description": "back to the client, with the answer or an error"},
            "400": {
                "description": "a page, never a redirection to an unknown place",
                "content": {"text/html": {}},
            },
        },
    }
