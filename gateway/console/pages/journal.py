"""The live journal, one exchange and its explanation, the event stream."""

import fnmatch
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.console.ecran import EcranDep
from gateway.control import journal as controle
from shared.errors import Introuvable

router = APIRouter()

_RAFRAICHIR = 3
_VERDICTS = ("accepte", "averti", "refuse", "faute-injectee")


@router.get("/console/journal")
async def journal(
    e: EcranDep,
    service: str = "",
    verdict: str = "",
    rule: str = "",
    path: str = "",
    operation: str = "",
    caller: str = "",
    channel: str = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    vif: str = "",
) -> Response:
    filtres = {
        "service": service,
        "verdict": verdict,
        "rule": rule,
        "path": path,
        "operation": operation,
        "caller": caller,
        "channel": channel,
    }
    trouves = await controle.query(e.bac, e.registre, limit=limit, **{k: v.strip() or None for k, v in filtres.items()})
    tous = [("", e.textes["tout"])]
    return e.page(
        "journal.html",
        rafraichir=_RAFRAICHIR if vif else None,
        entrees=trouves["entries"],
        f=filtres | {"limit": limit},
        services=tous + [(s, s) for s in sorted(e.registre.services)],
        verdicts=tous + [(v, e.textes[f"verdict_{v}"]) for v in _VERDICTS],
    )


@router.get("/console/journal/{id}")
async def un_echange(e: EcranDep, id: str) -> Response:
    """Request, answer, verdict, decisions, and why in the page's language."""
    entree = await controle.entry(id, e.registre)
    if entree["bac"] != e.bac.nom:
        raise Introuvable(
            f"this exchange is in the journal of another bac ({entree['bac']})",
            f"cet échange est au journal d'un autre bac ({entree['bac']})",
            regle="BAC-JRN-01",
            champ="id",
        )
    return e.page("echange.html", x=entree, w=await controle.why(id, e.registre))


@router.get("/console/evenements")
async def evenements(e: EcranDep, sujet: str = "", vif: str = "") -> Response:
    motif = sujet.strip()
    trouves = [
        v
        for v in reversed(e.registre.journal.evenements(e.bac.nom))
        if not motif or fnmatch.fnmatchcase(v["subject"], motif)
    ]
    return e.page(
        "evenements.html", rafraichir=_RAFRAICHIR if vif else None, sujet=sujet[:200], evenements=trouves[:300]
    )
