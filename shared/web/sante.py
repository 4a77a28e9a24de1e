"""``/health/live``, ``/health/ready`` (every dependency answers, or which does not) and ``/metrics`` of a process."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from shared.observability.metrics import exposer
from shared.web.deps import contexte
from shared.web.reponses import JSONReponse


def routeur_de_sante() -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> Response:
        """The process answers."""
        return JSONReponse({"statut": "vivant"})

    @router.get("/health/ready")
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

    @router.get("/metrics")
    async def metrics() -> Response:
        """Measures of this process, for Prometheus."""
        genre, texte = exposer()
        return Response(texte, media_type=genre)

    return router
