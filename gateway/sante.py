"""``/health/live`` and ``/health/ready`` of the whole suite: ready means every service is, and says which is not."""

import asyncio
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.control.bacs import RegistreDep
from shared.web.asgi import appeler
from shared.web.deps import contexte
from shared.web.reponses import JSONReponse

router = APIRouter(tags=["health"])


@router.get("/health/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"statut": "vivant"}


@router.get("/health/ready")
async def ready(request: Request, registre: RegistreDep) -> Response:
    """Every service can work; 503 names what is missing otherwise."""
    ctx = contexte(request)

    async def un(nom: str) -> tuple[str, dict[str, Any]]:
        try:
            reponse = await appeler(registre.services[nom], "GET", "/health/ready")
            return nom, reponse.json()
        except OSError:
            return nom, {"statut": "absent", "manque": [nom]}

    etats = dict(await asyncio.gather(*(un(nom) for nom in registre.services if nom != "gateway")))
    propre = {"base": await ctx.spaces.joignable(), "evenements": await ctx.bus.joignable()}
    etats["gateway"] = {
        "statut": "pret" if all(propre.values()) else "incomplet",
        "manque": [n for n, la in propre.items() if not la],
    }
    pret = all(e["statut"] == "pret" for e in etats.values())
    return JSONReponse(
        {"statut": "pret" if pret else "incomplet", "services": etats},
        status_code=200 if pret else 503,
        headers={} if pret else {"Retry-After": "2"},
    )
