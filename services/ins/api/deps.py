"""What the routes of ``ins`` ask for."""

import asyncio
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from services.ins.config import InsSettings
from services.ins.usecases import Interroger
from shared.auth.deps import professionnel
from shared.decision import avertir
from shared.errors import NonAuthentifie
from shared.web.deps import contexte
from shared.web.entree import bac_de


def reglages(request: Request) -> InsSettings:
    trouves = contexte(request).settings
    assert isinstance(trouves, InsSettings)
    return trouves


async def interroger(request: Request) -> Interroger:
    """Reading without holding a transaction while somebody waits."""
    bac = bac_de(request.scope)
    espace = await contexte(request).spaces.open(bac.nom)
    if reglages(request).lenteurs:
        return Interroger(espace, bac, asyncio.sleep)
    return Interroger(espace, bac, _sans_attendre)


async def appelant(request: Request) -> str | None:
    """The professional of the JSON face (insi.md §9 [D]: a PSC bearer token), or nobody in ``lenient``.

    A sibling service, or the gateway itself, on the internal upstream names itself.
    """
    if (interne := request.headers.get("bac-service")) is not None:
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
