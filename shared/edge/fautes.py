"""Injected faults: which exchanges they touch, how often, and what happens (architecture §4, step *fault*)."""

import fnmatch
import random
import uuid
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from shared.edge.fautes_nommees import nommees
from shared.errors import Invalide

Effet: TypeAlias = Literal["refus", "latence", "coupure", "charabia"]


@dataclass(slots=True)
class Faute:
    """One rule. Empty criteria match everything; ``fois`` counts down to removal; ``probabilite`` draws with ``alea``.

    ``chemin`` is a glob on ``"METHOD /path"`` or on the path alone, ``operation`` one on the SOAP action or the mail
    command, ``identite`` the PS_IdNat, matricule or client id found in the caller's token.
    """

    effet: Effet
    service: str = ""
    chemin: str = ""
    operation: str = ""
    identite: str = ""
    probabilite: float = 1.0
    fois: int | None = None
    latence_ms: int = 0
    refus: dict[str, Any] = field(default_factory=dict)
    nom: str = ""
    graine: int = 0
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    touchees: int = 0
    alea: random.Random = field(default_factory=random.Random, repr=False)

    def concerne(self, *, service: str, chemin: str, operation: str, identite: str) -> bool:
        return (
            (not self.service or self.service == service)
            and (not self.chemin or _glob(chemin, self.chemin) or _glob(chemin.partition(" ")[2], self.chemin))
            and (not self.operation or _glob(operation, self.operation))
            and (not self.identite or self.identite == identite)
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.nom or None,
            "effect": self.effet,
            "service": self.service or None,
            "path": self.chemin or None,
            "operation": self.operation or None,
            "identity": self.identite or None,
            "probability": self.probabilite,
            "times": self.fois,
            "latency_ms": self.latence_ms,
            "refusal": self.refus or None,
            "seed": self.graine,
            "hits": self.touchees,
        }


def _glob(valeur: str, motif: str) -> bool:
    return fnmatch.fnmatchcase(valeur, motif) or valeur.endswith(motif)


def lire(d: dict[str, Any]) -> Faute:
    """A rule from its JSON form; a ``name`` brings the refusal of a published national error."""
    nom = str(d.get("name") or "")
    refus = dict(d.get("refusal") or {})
    service = str(d.get("service") or "")
    latence = int(d.get("latency_ms") or 0)
    if nom:
        if nom not in nommees():
            raise Invalide(
                f"no fault is named {nom!r}; known: {', '.join(sorted(nommees()))}",
                f"aucune faute ne s'appelle {nom!r} ; connues : {', '.join(sorted(nommees()))}",
                regle="BAC-FAUTE-01",
                champ="name",
            )
        nommee = nommees()[nom]
        service = service or str(nommee.get("service", ""))
        refus = {**nommee.get("refus", {}), **refus}
        latence = latence or int(nommee.get("latence_ms", 0))
    effet: Effet = d.get("effect") or ("refus" if refus else "latence")
    if effet not in ("refus", "latence", "coupure", "charabia"):
        raise Invalide(
            "effect is refus, latence, coupure or charabia",
            "effect vaut refus, latence, coupure ou charabia",
            regle="BAC-FAUTE-02",
            champ="effect",
        )
    graine = int(d.get("seed") or 0)
    faute = Faute(
        effet=effet,
        service=service,
        chemin=str(d.get("path") or ""),
        operation=str(d.get("operation") or ""),
        identite=str(d.get("identity") or ""),
        probabilite=float(1.0 if d.get("probability") is None else d["probability"]),
        fois=None if d.get("times") is None else int(d["times"]),
        latence_ms=latence,
        refus=refus,
        nom=nom,
        graine=graine,
        touchees=int(d.get("hits") or 0),
        alea=random.Random(graine),  # noqa: S311  # reproducible draws, not secrets
    )
    if d.get("id"):
        faute.id = str(d["id"])
    return faute


def choisir(fautes: list[Faute], *, service: str, chemin: str, operation: str, identite: str) -> Faute | None:
    """The first rule that applies now, consuming one of its ``fois``."""
    for faute in fautes:
        if not faute.concerne(service=service, chemin=chemin, operation=operation, identite=identite):
            continue
        if faute.probabilite < 1 and faute.alea.random() >= faute.probabilite:
            continue
        faute.touchees += 1
        if faute.fois is not None:
            faute.fois -= 1
            if faute.fois <= 0:
                fautes.remove(faute)
        return faute
    return None
