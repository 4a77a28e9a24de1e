"""What a trainer turns: the clock and the faults."""

from collections import defaultdict
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from gateway.console.ecran import EcranDep, construire
from gateway.control import bacs, fautes

router = APIRouter()


@router.get("/console/horloge")
async def horloge(e: EcranDep) -> Response:
    return e.page("horloge.html")


@router.post("/console/horloge")
async def regler_l_horloge(e: EcranDep) -> Response:
    champs: dict[str, Any] = dict(await e.formulaire())
    action = champs.pop("action", "")
    if action == "avancer":
        await bacs.advance_clock(e.bac, construire(bacs.Advance, champs), e.registre)
    else:
        if "at" in champs:
            champs["at"] += "Z"  # the fields of the page are in UTC, and say so
        await bacs.set_clock(e.bac, construire(bacs.SetClock, {**champs, "mode": action}), e.registre)
    return e.vers("/horloge", "horloge")


@router.get("/console/fautes")
async def lister_les_fautes(e: EcranDep) -> Response:
    vue = await fautes.list_faults(e.bac, e.registre)
    groupes: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for nom, n in sorted(vue["named"].items()):
        texte = (n["refusal"] or {}).get(e.lang) or (f"{n['latency_ms']} ms" if n["latency_ms"] else "")
        groupes[n["service"] or ""].append((nom, texte))
    services = [("", e.textes["tout"]), *((s, s) for s in sorted(e.registre.services))]
    return e.page("fautes.html", fautes=vue["faults"], nommees=sorted(groupes.items()), services=services)


@router.post("/console/fautes")
async def poser(e: EcranDep) -> Response:
    champs: dict[str, Any] = dict(await e.formulaire())
    if (statut := champs.pop("status", None)) is not None and champs.get("effect") == "refus":
        champs["refusal"] = {"status": int(statut) if statut.isdigit() and 400 <= int(statut) <= 599 else 503}
    await fautes.inject(e.bac, construire(fautes.NewFault, champs), e.registre)
    return e.vers("/fautes", "faute")


@router.post("/console/fautes/retrait")
async def retirer(e: EcranDep) -> Response:
    if (identifiant := (await e.formulaire()).get("id")) is None:
        await fautes.clear(e.bac, e.registre)
        return e.vers("/fautes", "fautes_otees")
    await fautes.remove(identifiant, e.bac, e.registre)
    return e.vers("/fautes", "faute_otee")
