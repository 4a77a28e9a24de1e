"""``/_bac/journal``, ``/_bac/why`` and ``/_bac/events``: what happened, why, and who was told."""

import asyncio
import fnmatch
from typing import Any

from fastapi import APIRouter, Query

from gateway.control.bacs import RegistreDep
from gateway.edge.journal import Echange, sans_secret
from shared.errors import Introuvable
from shared.web.deps import BacDep

router = APIRouter(prefix="/_bac", tags=["control"])

_PHRASES = {
    "BAC-HORLOGE-01": (
        "l'horloge du bac s'écarte de plus de 60 s de l'heure réelle : un client non modifié peut refuser les jetons",
        "the bac's clock is more than 60 s away from real time: an unmodified client may refuse the tokens",
    ),
}


@router.get("/journal")
async def query(
    bac: BacDep,
    registre: RegistreDep,
    service: str | None = None,
    verdict: str | None = None,
    rule: str | None = None,
    operation: str | None = None,
    path: str | None = Query(None, description="glob on the path"),
    caller: str | None = None,
    channel: str | None = None,
    limit: int = Query(100, ge=1, le=1000),
) -> dict[str, Any]:
    """The newest exchanges first, filtered."""
    trouves = []
    for echange in registre.journal.lister(bac.nom):
        vue = echange.resume()
        if (
            (service is None or vue["service"] == service)
            and (verdict is None or vue["verdict"] == verdict)
            and (rule is None or vue["rule"] == rule)
            and (operation is None or fnmatch.fnmatchcase(vue["operation"] or "", operation))
            and (path is None or fnmatch.fnmatchcase(vue["path"], path))
            and (caller is None or vue["caller"] == caller)
            and (channel is None or vue["channel"] == channel)
        ):
            trouves.append(vue)
            if len(trouves) == limit:
                break
    return {"entries": trouves}


def _trouver(registre: Any, id: str) -> Echange:
    if (echange := registre.journal.trouver(id)) is None:
        raise Introuvable(
            "no such journal entry, or it has left the ring",
            "pas d'entrée de journal de ce nom, ou elle est sortie de l'anneau",
            regle="BAC-JRN-01",
            champ="id",
        )
    trouve: Echange = echange
    return trouve


@router.get("/journal/{id}")
async def entry(id: str, registre: RegistreDep) -> dict[str, Any]:
    """One exchange whole: request, answer, decisions. Secrets are struck out."""
    return _trouver(registre, id).complet()


@router.get("/why/{id}")
async def why(id: str, registre: RegistreDep) -> dict[str, Any]:
    """Why this exchange ended as it did: inputs, rules looked at, the row that decided; French and English."""
    echange = _trouver(registre, id)
    decisions = echange.carnet()["decisions"]
    refus = [d for d in decisions if d["verdict"] == "refuse"]
    decisive = next((d for d in refus if d["ligne"] or d["examinees"]), refus[0] if refus else None)
    if decisive is None and decisions:
        decisive = decisions[-1]
    avertissements = [
        {"rule": a, "fr": _PHRASES[a][0], "en": _PHRASES[a][1]} for a in echange.avertissements if a in _PHRASES
    ]
    return {
        "id": echange.id,
        "operation": echange.resume()["operation"],
        "exchange": f"{echange.methode} {sans_secret(echange.chemin)}",
        "status": echange.statut,
        "verdict": echange.verdict(),
        "rule": decisive["regle"] if decisive else None,
        "inputs": (echange.carnet()["faits"] | decisive["entrees"]) if decisive else echange.carnet()["faits"],
        "rules_examined": decisive["examinees"] if decisive else [],
        "decided_by": decisive["ligne"] if decisive else None,
        "source": decisive["source"] if decisive else None,
        "explanation": {
            "fr": decisive["fr"] if decisive else "Aucune règle n'a refusé cet échange.",
            "en": decisive["en"] if decisive else "No rule refused this exchange.",
        },
        "injected_fault": echange.faute,
        "decisions": decisions,
        "warnings": avertissements,
    }


@router.get("/events")
async def events(
    bac: BacDep,
    registre: RegistreDep,
    subject: str | None = None,
    after: str | None = Query(None, description="id of an event: only those that came after it"),
    wait: float = Query(0, ge=0, le=60, description="seconds to wait for the first one when there is none yet"),
) -> dict[str, Any]:
    """Events of this bac as they went by (the last thousand), oldest first; ``subject`` is a glob."""
    boucle = asyncio.get_running_loop()
    limite = boucle.time() + wait
    while True:
        vus = [
            e
            for e in _apres(registre.journal.evenements(bac.nom), after)
            if subject is None or fnmatch.fnmatchcase(e["subject"], subject)
        ]
        if vus or (reste := limite - boucle.time()) <= 0:
            return {"events": vus}
        await registre.journal.prochain_evenement(bac.nom, reste)


def _apres(evenements: list[dict[str, Any]], id: str | None) -> list[dict[str, Any]]:
    """What follows that event; everything when it is unknown, or has gone by too long ago to be kept."""
    rang = next((i for i in range(len(evenements) - 1, -1, -1) if evenements[i]["id"] == id), -1)
    return evenements[rang + 1 :]
