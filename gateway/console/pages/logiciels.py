"""Clients: the software enrolled in a bac, and the numbers and keys it shows elsewhere."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from gateway.clients import api as clients
from gateway.console.ecran import EcranDep, construire
from shared.errors import Invalide
from shared.web.deps import LectureDep

router = APIRouter()


@router.get("/console/clients")
async def lister(e: EcranDep, session: LectureDep) -> Response:
    return e.page("clients.html", **await clients.lister(session))


@router.post("/console/clients")
async def enroler(e: EcranDep) -> Response:
    champs: dict[str, Any] = dict(await e.formulaire())
    champs["redirect_uris"] = [u.strip() for u in champs.get("redirect_uris", "").splitlines() if u.strip()]
    entree = construire(clients.ClientEntree, champs)
    async with e.registre.ctx.transaction(e.bac) as uow:
        await clients.enroler(entree, uow)
    return e.vers("/clients", "client")


@router.post("/console/clients/retrait")
async def oter(e: EcranDep) -> Response:
    client_id = (await e.formulaire()).get("client_id", "")
    async with e.registre.ctx.transaction(e.bac) as uow:
        await clients.oter(client_id, uow)
    return e.vers("/clients", "client_ote")


@router.post("/console/clients/identifiants")
async def ajouter_un_identifiant(e: EcranDep) -> Response:
    champs = dict(await e.formulaire())
    nature = _nature(champs.pop("nature", ""))
    entree = construire(clients.IdentifiantEntree, champs)
    async with e.registre.ctx.transaction(e.bac) as uow:
        await clients.ajouter_identifiant(nature, entree, uow)
    return e.vers("/clients", "identifiant")


@router.post("/console/clients/identifiants/retrait")
async def oter_un_identifiant(e: EcranDep) -> Response:
    champs = await e.formulaire()
    async with e.registre.ctx.transaction(e.bac) as uow:
        await clients.oter_identifiant(_nature(champs.get("nature", "")), champs.get("valeur", ""), uow)
    return e.vers("/clients", "identifiant_ote")


def _nature(valeur: str) -> clients.Nature:
    match valeur:
        case "IDAM" | "NIL" | "CLE_API":
            return valeur
    raise Invalide("nature is IDAM, NIL or CLE_API", "nature vaut IDAM, NIL ou CLE_API", champ="nature")
