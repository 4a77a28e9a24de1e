"""RFC 9457 problems, and the choice of a dialect: a refusal is one value, each surface renders it (style guide §4)."""

import traceback
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeAlias

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from shared.decision import Decision, noter
from shared.errors import (
    DomainError,
    Indisponible,
    Introuvable,
    Invalide,
    TypeNonSupporte,
)
from shared.observability.metrics import compter
from shared.web.reponses import JSONReponse

Rendu: TypeAlias = Callable[[DomainError, Request], Response]

log = structlog.get_logger(__name__)


class MethodeNonPermise(DomainError):
    status, issue, slug = 405, "not-supported", "methode-non-permise"
    regle = "BAC-REQ-05"


class ErreurInterne(DomainError):
    status, issue, slug = 500, "exception", "erreur-interne"
    regle = "BAC-BUG-01"

    def __init__(self) -> None:
        super().__init__(
            "a defect of the sandbox itself; the journal entry of this exchange tells where to report it",
            "un défaut du bac à sable lui-même ; l'entrée du journal de cet échange dit où le signaler",
        )


def corps(erreur: DomainError) -> dict[str, Any]:
    """The members of the problem object; what a sheet shows (``code``, ``subcode`` …) stands beside them."""
    probleme: dict[str, Any] = {
        "type": f"urn:bacasante:probleme:{erreur.slug}",
        "title": HTTPStatus(erreur.status).phrase,
        "status": erreur.status,
        "detail": erreur.en,
        "regle": erreur.regle,
        "explication": {"fr": erreur.fr, "en": erreur.en},
    }
    if erreur.champ:
        probleme["champ"] = erreur.champ
    return probleme | erreur.membres


def probleme(erreur: DomainError, request: Request | None = None) -> Response:
    return JSONReponse(
        corps(erreur), status_code=erreur.status, media_type="application/problem+json", headers=dict(erreur.entetes)
    )


def noter_refus(erreur: DomainError) -> None:
    """Put the refusal in the journal, unless a use case already noted the decision behind it."""
    noter(
        Decision(
            regle=erreur.regle,
            verdict="refuse",
            fr=erreur.fr,
            en=erreur.en,
            entrees={"champ": erreur.champ} if erreur.champ else {},
        )
    )


def depuis_validation(erreurs: list[Any]) -> Invalide:
    """A pydantic refusal as ours: names the first field at fault and the rule it breaks."""
    premiere = erreurs[0]
    if premiere["type"] == "json_invalid":
        raison = premiere.get("ctx", {}).get("error", premiere["msg"])
        return Invalide(
            f"the body is not JSON: {raison}",
            f"le corps n'est pas du JSON : {raison}",
            regle="BAC-REQ-03",
            champ="corps",
        )
    champ = ".".join(str(p) for p in premiere["loc"] if p not in ("body", "query", "path", "header")) or "corps"
    tous = [
        {"champ": ".".join(str(p) for p in e["loc"]), "regle": e["type"], "message": e["msg"]} for e in erreurs[:20]
    ]
    return Invalide(
        f"{champ}: {premiere['msg']}",
        f"{champ} : valeur refusée ({premiere['type']}) — {premiere['msg']}",
        regle="BAC-REQ-02",
        champ=champ,
        membres={"erreurs": tous},
    )


def depuis_http(erreur: HTTPException, request: Request) -> DomainError:
    match erreur.status_code:
        case 404:
            return Introuvable(
                f"nothing is served at {request.url.path}", f"rien n'est servi à {request.url.path}", champ="path"
            )
        case 405:
            return MethodeNonPermise(
                f"{request.method} is not served at {request.url.path}",
                f"{request.method} n'est pas servi à {request.url.path}",
                entetes=dict(erreur.headers or {}),
            )
        case 415:
            return TypeNonSupporte(str(erreur.detail), str(erreur.detail), champ="Content-Type")
        case _:
            return Invalide(str(erreur.detail), f"requête illisible : {erreur.detail}")


def dependance_absente(service: str) -> Indisponible:
    return Indisponible(
        f"the database of {service} does not answer",
        f"la base de données de {service} ne répond pas",
        dependance=f"base:{service}",
    )


def repondre(app: FastAPI, surfaces: Callable[[], Mapping[str, Rendu]], *, service: str) -> None:
    """Render every refusal of ``app``: by path prefix in ``surfaces()``, as a problem elsewhere."""

    def rendre(erreur: DomainError, request: Request) -> Response:
        noter_refus(erreur)
        compter("bacasante_refus_total", service=service, regle=erreur.regle or "aucune")
        for prefixe, rendu in sorted(surfaces().items(), key=lambda kv: -len(kv[0])):
            if request.url.path.startswith(prefixe):
                return rendu(erreur, request)
        return probleme(erreur, request)

    async def domaine(request: Request, exc: Exception) -> Response:
        assert isinstance(exc, DomainError)
        return rendre(exc, request)

    async def validation(request: Request, exc: Exception) -> Response:
        assert isinstance(exc, RequestValidationError | ValidationError)
        return rendre(depuis_validation(list(exc.errors())), request)

    async def http(request: Request, exc: Exception) -> Response:
        assert isinstance(exc, HTTPException)
        return rendre(depuis_http(exc, request), request)

    async def base(request: Request, exc: Exception) -> Response:
        log.error("base.injoignable", service=service, erreur=type(exc).__name__)
        return rendre(dependance_absente(service), request)

    async def donnee(request: Request, exc: Exception) -> Response:
        """What no database can keep (a NUL, a number out of range) and no rule had refused before."""
        erreur = Invalide(
            "a value cannot be stored: a NUL character, or a number out of range",
            "une valeur ne peut pas être enregistrée : un caractère NUL ou un nombre hors bornes",
            regle="BAC-REQ-06",
        )
        return rendre(erreur, request)

    async def defaut(request: Request, exc: Exception) -> Response:
        log.error("defaut", service=service, erreur=type(exc).__name__, trace="".join(traceback.format_exception(exc)))
        return rendre(ErreurInterne(), request)

    app.add_exception_handler(DomainError, domaine)
    app.add_exception_handler(RequestValidationError, validation)
    app.add_exception_handler(ValidationError, defaut)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(DataError, donnee)
    app.add_exception_handler(OperationalError, base)
    app.add_exception_handler(InterfaceError, base)
    app.add_exception_handler(PoolTimeout, base)
    app.state.rendre = rendre
    app.state.defaut = defaut
