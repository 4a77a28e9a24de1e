"""``/health/live``, ``/health/ready`` (every dependency answers, or which does not) and ``/metrics`` of a process."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.observability.metrics import exposer
from shared.web.deps import contexte
from shared.web.reponses import JSONReponse


async def _live(_: Request) -> Response:
    """The process answers."""
    return JSONReponse({"statut": "vivant"})


async def _ready(request: Request) -> Response:
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


async def _metrics(_: Request) -> Response:
    """Measures of this process, for Prometheus."""
    genre, texte = exposer()
    return Response(texte, media_type=genre)


def routes_de_sante() -> list[Route]:
    return [Route("/health/live", _live), Route("/health/ready", _ready), Route("/metrics", _metrics)]
