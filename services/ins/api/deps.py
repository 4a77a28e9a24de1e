"""What the routes of ``ins`` ask for."""

import asyncio
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from starlette.requests import Request

from services.ins.config import InsSettings
from services.ins.usecases import Interroger
from shared.auth.deps import professionnel
from shared.decision import avertir
from shared.errors import NonAuthentifie
from shared.web.asgi import entete
from shared.web.deps import contexte
from shared.web.entree import bac_de

if TYPE_CHECKING:
    from shared.service import Contexte


def reglages(request: Request) -> InsSettings:
    return _reglages(contexte(request))


def _reglages(ctx: "Contexte") -> InsSettings:
    trouves = ctx.settings
    assert isinstance(trouves, InsSettings)
    return trouves


async def interroger(request: Request) -> Interroger:
    """Reading without holding a transaction while somebody waits."""
    bac = bac_de(request.scope)
    ctx = contexte(request)
    espace = await ctx.spaces.open(bac.nom)
    return Interroger(espace, bac, asyncio.sleep if _reglages(ctx).lenteurs else _sans_attendre)


async def appelant(request: Request) -> str | None:
    """The professional of the JSON face (insi.md §9 [D]: a PSC bearer token), or nobody in ``lenient``.

    A sibling service, or the gateway itself, on the internal upstream names itself.
    """
    if (interne := entete(request.scope, b"bac-service")) is not None:
        return interne
    try:
        return (await professionnel(request)).id_nat
    except NonAuthentifie as refus:
        if bac_de(request.scope).reglages.profil != "lenient":
            raise
        avertir(refus.regle, fr=refus.fr, en=refus.en)
        return None


async def _sans_attendre(_: float) -> None:
    return


InterrogerDep = Annotated[Interroger, Depends(interroger)]
ReglagesDep = Annotated[InsSettings, Depends(reglages)]
AppelantDep = Annotated[str | None, Depends(appelant)]
