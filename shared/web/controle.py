"""The private control face of a service (``/_service/…``): reached by its gateway, never from outside.

Plain routes: there is nothing to validate or describe, and a start has seven of these faces to put up.
"""

import tempfile
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.db.spaces import Graine
from shared.edge.bac import verifier_nom
from shared.web.deps import contexte
from shared.web.reponses import JSONReponse


def _nom(request: Request) -> str:
    return verifier_nom(request.path_params["nom"])


async def _creer(request: Request) -> Response:
    """Make (or make again) the space of a bac from its seed; the body is the bac's state."""
    ctx, nom = contexte(request), request.path_params["nom"]
    bac = ctx.bacs.poser((await request.body()).decode())
    await ctx.spaces.create(verifier_nom(nom), Graine(bac.graine, bac.reference))
    ctx.jetons.oublier(nom)
    return Response(status_code=204)


async def _regler(request: Request) -> Response:
    """Set the clock and the settings of a bac."""
    contexte(request).bacs.poser((await request.body()).decode())
    return Response(status_code=204)


async def _supprimer(request: Request) -> Response:
    ctx, nom = contexte(request), _nom(request)
    await ctx.spaces.drop(nom)
    ctx.bacs.oublier(nom)
    ctx.jetons.oublier(nom)
    return Response(status_code=204)


async def _activite(request: Request) -> Response:
    return JSONReponse(await contexte(request).activite(_nom(request)))


async def _copier(request: Request) -> Response:
    """The whole space as one SQLite file."""
    with tempfile.TemporaryDirectory() as dossier:
        fichier = Path(dossier) / "copie.db"
        await contexte(request).spaces.exporter(_nom(request), fichier)
        return Response(fichier.read_bytes(), media_type="application/vnd.sqlite3")


async def _restaurer(request: Request) -> Response:
    ctx, nom = contexte(request), _nom(request)
    with tempfile.TemporaryDirectory() as dossier:
        fichier = Path(dossier) / "copie.db"
        fichier.write_bytes(await request.body())
        await ctx.spaces.importer(nom, fichier)
    ctx.jetons.oublier(nom)
    ctx.relay.marquer(nom)  # what was waiting in the copy's outbox
    return Response(status_code=204)


def routes_de_controle() -> list[Route]:
    return [
        Route("/_service/bacs/{nom}", _creer, methods=["PUT"]),
        Route("/_service/bacs/{nom}/etat", _regler, methods=["PUT"]),
        Route("/_service/bacs/{nom}", _supprimer, methods=["DELETE"]),
        Route("/_service/bacs/{nom}/activite", _activite),
        Route("/_service/bacs/{nom}/copie", _copier),
        Route("/_service/bacs/{nom}/copie", _restaurer, methods=["PUT"]),
    ]
