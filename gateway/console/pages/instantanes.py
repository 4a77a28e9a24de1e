"""Snapshots: take, download, restore, delete."""

from fastapi import APIRouter
from starlette.responses import Response

from gateway.console.ecran import EcranDep, construire
from gateway.console.pages.bacs import confirmer
from gateway.control import instantanes as controle

router = APIRouter()


@router.get("/console/instantanes")
async def lister(e: EcranDep) -> Response:
    return e.page("instantanes.html", instantanes=(await controle.list_snapshots(e.registre))["snapshots"])


@router.get("/console/instantanes/{nom}")
async def telecharger(e: EcranDep, nom: str) -> Response:
    return await controle.download(nom, e.registre)


@router.post("/console/instantanes")
async def prendre(e: EcranDep) -> Response:
    await controle.take(e.bac, construire(controle.NewSnapshot, dict(await e.formulaire())), e.registre)
    return e.vers("/instantanes", "instantane")


@router.post("/console/instantanes/restauration")
async def restaurer(e: EcranDep) -> Response:
    nom = confirmer(await e.formulaire()).get("name", "")
    await controle.restore(nom, e.bac, e.registre, None)
    return e.vers("/instantanes", "restaure")


@router.post("/console/instantanes/retrait")
async def retirer(e: EcranDep) -> Response:
    await controle.remove((await e.formulaire()).get("name", ""), e.registre)
    return e.vers("/instantanes", "instantane_ote")
