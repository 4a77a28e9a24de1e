"""Text that every database can keep: no NUL, no lone surrogate (PostgreSQL refuses both)."""

import re
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, model_validator
from starlette.requests import Request

from shared.errors import Invalide

_INTERDITS: Final = re.compile("[\x00\ud800-\udfff]")
_NUL_JSON: Final = b"\\u0000"


class TexteInterdit(Invalide):
    """A NUL character or a lone surrogate where text is expected."""

    regle = "BAC-REQ-03"


def est_propre(valeur: Any) -> bool:
    """Whether every string of a JSON value can be stored and sent back."""
    if isinstance(valeur, str):
        return _INTERDITS.search(valeur) is None
    if isinstance(valeur, dict):
        return all(est_propre(v) for paire in valeur.items() for v in paire)
    if isinstance(valeur, list):
        return all(est_propre(v) for v in valeur)
    return True


async def adresse_propre(request: Request) -> None:
    """Router dependency: what the path and the query say is storable text."""
    requete: bytes = request.scope["query_string"]
    # A query is decoded without ever making a surrogate: without a NUL in it, it is storable.
    suspects = request.query_params.multi_items() if b"%00" in requete or b"\x00" in requete else []
    for nom, valeur in (*request.path_params.items(), *suspects):
        if not est_propre(nom) or not est_propre(valeur):
            raise TexteInterdit(
                "NUL is not a character here", "le caractère NUL est refusé", champ=_INTERDITS.sub("", str(nom))
            )


async def corps_propre(request: Request) -> bytes:
    """The body of a FHIR request, refused when it holds an escaped NUL."""
    corps = await request.body()
    # Between the first escape and the last: the documents, in base64, have none and are most of a body.
    if corps.find(_NUL_JSON, corps.find(b"\\"), corps.rfind(b"\\") + len(_NUL_JSON)) >= 0:
        raise TexteInterdit("NUL is not a character here", "le caractère NUL est refusé", champ="corps")
    return corps


class Corps(BaseModel):
    """What the JSON faces accept: no unknown member, no unstorable text."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _propre(cls, valeur: Any) -> Any:
        if not est_propre(valeur):
            raise ValueError("NUL and lone surrogates are refused")
        return valeur
