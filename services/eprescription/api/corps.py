"""Bodies and headers of the wire: bounded, understood, or refused by name (EP-400-01, EP-400-02, EP-415-01)."""

import math
import re
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Depends
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from services.eprescription.domain.erreurs import refus
from services.eprescription.domain.modele import champs_inconnus
from shared.decision import avertir
from shared.edge.bac import Bac
from shared.errors import TropGros

M = TypeVar("M", bound=BaseModel)
TAILLE_MAX = 512 * 1024
_FAMILLES = frozenset({"MED", "DM", "ACTE", "TRANSPORT", "ARRET"})
_TYPES = frozenset({"str", "int", "float", "bool", "list", "dict"})
_CHAMP = re.compile(r"[a-zA-Z][A-Za-z0-9_]*")
_GRAND_NOMBRE = re.compile(rb"[0-9]{19}|[0-9][eE][+-]?[0-9]{3}|Infinity|NaN")
"""A text without any of these holds no number that JSON could not carry."""
_CLE = re.compile(r"[\x21-\x7e]{1,64}")


async def corps_json(request: Request) -> bytes:
    """The body, when it says JSON and is no larger than a prescription can be."""
    media = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media != "application/json" and not media.endswith("+json"):
        raise refus("EP-415-01", champ="Content-Type", recu=media[:100])
    morceaux: list[bytes] = []
    total = 0
    async for morceau in request.stream():
        total += len(morceau)
        if total > TAILLE_MAX:
            raise TropGros(
                f"the body is over {TAILLE_MAX} bytes",
                f"le corps dépasse {TAILLE_MAX} octets",
                champ="corps",
                membres={"code": "EP-400-01", "maximum": TAILLE_MAX},
            )
        morceaux.append(morceau)
    corps = b"".join(morceaux)
    if b"\\u0000" in corps:
        raise refus("EP-400-02", champ="corps", fr="Caractère nul interdit.", en="NUL is not allowed.")
    return corps


CorpsDep = Annotated[bytes, Depends(corps_json)]


def chemin(loc: Sequence[int | str]) -> str:
    """A pydantic location in the words of the wire: ``lignes[0].quantite.valeur``."""
    texte = ""
    for partie in loc:
        if isinstance(partie, int):
            texte += f"[{partie}]"
        elif partie not in _FAMILLES and partie not in _TYPES and _CHAMP.fullmatch(partie):
            texte += f".{partie}" if texte else partie
    return texte or "corps"


def lire(modele: type[M], corps: bytes, bac: Bac) -> M:
    """The body as ``modele``; unknown fields are refused in ``homologation``, noted elsewhere."""
    try:
        objet = modele.model_validate_json(corps, strict=True)
    except ValidationError as faux:
        raise _illisible(faux) from faux
    if _GRAND_NOMBRE.search(corps) and not _representable(objet.model_dump()):
        raise refus("EP-400-02", champ="corps", fr="Nombre hors de portée.", en="A number is out of range.")
    inconnus = list(champs_inconnus(objet))[:50]
    if inconnus and bac.reglages.profil == "homologation":
        raise refus("EP-400-02", champ=inconnus[0], champs=inconnus)
    for champ in inconnus[:10]:
        avertir("EP-400-02", fr=f"Champ inconnu conservé : {champ}.", en=f"Unknown field kept: {champ}.", champ=champ)
    return objet


def _representable(valeur: Any) -> bool:
    """Whether every number, kept fields included, survives JSON: finite, and integers of 64 bits."""
    match valeur:
        case bool():
            return True
        case int():
            return -(2**63) <= valeur < 2**63
        case float():
            return math.isfinite(valeur)
        case dict():
            return all(_representable(v) for v in valeur.values())
        case list():
            return all(_representable(v) for v in valeur)
    return True


def _illisible(faux: ValidationError) -> Exception:
    erreurs = faux.errors(include_url=False, include_context=False, include_input=False)
    premiere = erreurs[0]
    if premiere["type"] == "json_invalid":
        return refus("EP-400-01", champ="corps", fr=premiere["msg"], en=premiere["msg"])
    tous: list[dict[str, Any]] = [
        {"champ": chemin(e["loc"]), "regle": e["type"], "message": e["msg"]} for e in erreurs[:20]
    ]
    champ = tous[0]["champ"]
    return refus(
        "EP-400-02", champ=champ, fr=f"{champ} : {premiere['msg']}", en=f"{champ}: {premiere['msg']}", erreurs=tous
    )


def if_match(request: Request, bac: Bac) -> int | None:
    """The version in ``If-Match``; ``homologation`` insists on it (EP-428-01)."""
    entete = request.headers.get("if-match")
    if entete is None:
        _exiger_en_homologation(bac, "If-Match")
        return None
    if entete.strip() == "*":
        return None
    propre = entete.strip().removeprefix("W/").strip('"')
    if not propre.isascii() or not propre.isdigit() or len(propre) > 9:
        raise refus("EP-400-02", champ="If-Match")
    return int(propre)


def cle_idempotence(request: Request, bac: Bac) -> str | None:
    entete = request.headers.get("idempotency-key")
    if entete is None:
        _exiger_en_homologation(bac, "Idempotency-Key")
        return None
    if not _CLE.fullmatch(entete):
        raise refus("EP-400-02", champ="Idempotency-Key")
    return entete


def _exiger_en_homologation(bac: Bac, entete: str) -> None:
    if bac.reglages.profil == "homologation":
        raise refus("EP-428-01", champ=entete)
