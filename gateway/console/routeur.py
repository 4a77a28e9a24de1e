"""``/console``: the web console, server-rendered, French and English, without any script."""

from fastapi import APIRouter, Depends

from gateway.console.ecran import exiger_l_acces, rendu
from gateway.console.pages import accueil, bacs, essais, instantanes, journal, logiciels, personnes

__all__ = ["rendu", "router"]

router = APIRouter(tags=["console"], include_in_schema=False)
for _page in (accueil, bacs, personnes, journal, essais, logiciels, instantanes):
    router.include_router(_page.router, dependencies=[Depends(exiger_l_acces)])
router.include_router(accueil.ouvert)
