"""``/openapi.json``, ``/docs`` and ``/metrics``: the whole suite described at one door, without a network."""

import asyncio
import html
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gateway.control.bacs import RegistreDep
from gateway.registre import Registre
from shared.errors import Introuvable
from shared.observability.metrics import exposer, mesurer
from shared.web.deps import BacDep
from shared.web.reponses import JSONReponse

router = APIRouter(tags=["documentation"], include_in_schema=False)

_STYLE = """body{font:15px/1.45 system-ui,sans-serif;max-width:72rem;margin:1rem auto;padding:0 1rem;color:#16324f}
code{font-size:.9em}td{padding:.15rem .8rem .15rem 0;vertical-align:top}h2{margin-top:2rem}"""


async def _un(registre: Registre, request: Request, service: str) -> dict[str, Any]:
    if service == "gateway":
        propre: dict[str, Any] = request.app.openapi()
        return propre
    bac = registre.connu("default")
    decrit: dict[str, Any] = (await registre.appel(bac, service, "GET", "/openapi.json")).json()
    return decrit


async def _tous(registre: Registre, request: Request) -> dict[str, dict[str, Any]]:
    noms = sorted(registre.services)
    decrits = await asyncio.gather(*(_un(registre, request, nom) for nom in noms))
    return dict(zip(noms, decrits, strict=True))


def _prefixer(valeur: Any, service: str) -> Any:
    """References of a service's document, moved under its own name in the merged one."""
    if isinstance(valeur, dict):
        return {
            k: v.replace("#/components/schemas/", f"#/components/schemas/{service}.")
            if k == "$ref" and isinstance(v, str)
            else _prefixer(v, service)
            for k, v in valeur.items()
        }
    return [_prefixer(v, service) for v in valeur] if isinstance(valeur, list) else valeur


@router.get("/openapi.json")
async def openapi(request: Request, bac: BacDep, registre: RegistreDep) -> Response:
    """Every service's operations in one document, with the bac's URL as server."""
    tout: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Bac à Santé", "version": "1"},
        "servers": [{"url": bac.base_url}],
        "paths": {},
        "components": {"schemas": {}},
    }
    for service, decrit in (await _tous(registre, request)).items():
        tout["paths"].update(_prefixer(decrit.get("paths", {}), service))
        for nom, schema in decrit.get("components", {}).get("schemas", {}).items():
            tout["components"]["schemas"][f"{service}.{nom}"] = _prefixer(schema, service)
    return JSONReponse(tout)


@router.get("/openapi/{service}.json")
async def openapi_dun_service(service: str, request: Request, bac: BacDep, registre: RegistreDep) -> Response:
    """The OpenAPI document of one service."""
    if service not in registre.services:
        raise Introuvable(f"no service {service!r}", f"pas de service {service!r}", champ="service")
    return JSONReponse({**await _un(registre, request, service), "servers": [{"url": bac.base_url}]})


@router.get("/docs")
async def docs(request: Request, bac: BacDep, registre: RegistreDep) -> HTMLResponse:
    """A plain index of every operation; the machine-readable form is ``/openapi.json``."""
    morceaux = [f"<!doctype html><html lang=en><meta charset=utf-8><title>Bac à Santé</title><style>{_STYLE}</style>"]
    morceaux.append(f"<h1>Bac à Santé</h1><p><a href='{bac.base_url}/openapi.json'>openapi.json</a></p>")
    for service, decrit in (await _tous(registre, request)).items():
        lien = f"{bac.base_url}/openapi/{service}.json"
        morceaux.append(f"<h2><a href='{lien}'>{html.escape(decrit['info']['title'])}</a></h2>")
        morceaux.append(f"<p>{html.escape(decrit['info'].get('description', ''))}</p><table>")
        for chemin, methodes in decrit.get("paths", {}).items():
            for methode, operation in methodes.items():
                resume = operation.get("description") or operation.get("summary") or ""
                ligne = f"<tr><td>{methode.upper()}<td><code>{html.escape(chemin)}</code>"
                morceaux.append(f"{ligne}<td>{html.escape(resume.splitlines()[0] if resume else '')}")
        morceaux.append("</table>")
    return HTMLResponse("".join(morceaux))


@router.get("/metrics")
async def metrics(registre: RegistreDep) -> Response:
    """Measures of this process, for Prometheus."""
    mesurer("bacasante_bacs", len(registre.lister()))
    type_, texte = exposer()
    return Response(texte, media_type=type_)
