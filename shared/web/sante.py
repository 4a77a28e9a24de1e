"""``/health/live`` and ``/health/ready``: ready means every dependency answers, and says which does not."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from shared.web.deps import contexte
from shared.web.reponses import JSONReponse


def routeur_de_sante() -> APIRouter:
    router = APIRouter(prefix="/health", include_in_schema=False)

    @router.get("/live")
    async def live() -> Response:
        """The process answers."""
        return JSONReponse({"statut": "vivant"})

    @router.get("/ready")
    async def ready(request: Request) -> Response:
        """The service can work; 503 names what is missing otherwise."""
        ctx = contexte(request)
        dependances = {"base": await ctx.spaces.joignable(), "evenements": await ctx.bus.joignable()}
        pret = all(dependances.values())
        manque = [nom for nom, la in dependances.items() if not la]
        return JSONReponse(
            {"statut": "pret" if pret else "incomplet", "service": ctx.service.nom, "manque": manque},
            status_code=200 if pret else 503,
            headers={} if pret else {"Retry-After": "2"},
        )

    return router
