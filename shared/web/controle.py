"""The private control face of a service (``/_service/…``): reached by its gateway, never from outside."""

import tempfile
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from shared.db.spaces import Graine
from shared.edge.bac import verifier_nom
from shared.web.deps import contexte
from shared.web.reponses import JSONReponse


def routeur_de_controle() -> APIRouter:
    router = APIRouter(prefix="/_service", include_in_schema=False)

    @router.put("/bacs/{nom}")
    async def creer(nom: str, request: Request) -> Response:
        """Make (or make again) the space of a bac from its seed; the body is the bac's state."""
        ctx = contexte(request)
        bac = ctx.bacs.poser((await request.body()).decode())
        await ctx.spaces.create(verifier_nom(nom), Graine(bac.graine, bac.reference))
        ctx.jetons.oublier(nom)
        return Response(status_code=204)

    @router.put("/bacs/{nom}/etat")
    async def regler(nom: str, request: Request) -> Response:
        """Set the clock and the settings of a bac."""
        ctx = contexte(request)
        ctx.bacs.poser((await request.body()).decode())
        return Response(status_code=204)

    @router.delete("/bacs/{nom}")
    async def supprimer(nom: str, request: Request) -> Response:
        ctx = contexte(request)
        await ctx.spaces.drop(verifier_nom(nom))
        ctx.bacs.oublier(nom)
        ctx.jetons.oublier(nom)
        return Response(status_code=204)

    @router.get("/bacs/{nom}/activite")
    async def activite(nom: str, request: Request) -> Response:
        return JSONReponse(await contexte(request).activite(verifier_nom(nom)))

    @router.get("/bacs/{nom}/copie")
    async def copier(nom: str, request: Request) -> Response:
        """The whole space as one SQLite file."""
        with tempfile.TemporaryDirectory() as dossier:
            fichier = Path(dossier) / "copie.db"
            await contexte(request).spaces.exporter(verifier_nom(nom), fichier)
            return Response(fichier.read_bytes(), media_type="application/vnd.sqlite3")

    @router.put("/bacs/{nom}/copie")
    async def restaurer(nom: str, request: Request) -> Response:
        ctx = contexte(request)
        with tempfile.TemporaryDirectory() as dossier:
            fichier = Path(dossier) / "copie.db"
            fichier.write_bytes(await request.body())
            await ctx.spaces.importer(verifier_nom(nom), fichier)
        ctx.jetons.oublier(nom)
        return Response(status_code=204)

    return router
