"""The journal of one bac: a bounded ring of exchanges, each with what was sent, answered and decided."""

import asyncio
import base64
import contextlib
import os
import re
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from gateway.edge.identite import appelant
from shared.decision import Notes
from shared.web.entree import deballer

CAPTURE = 16_384
_SECRETS_ENTETES = {
    b"authorization",
    b"cookie",
    b"set-cookie",
    b"proxy-authorization",
    b"esante-api-key",
    b"bac-secret",
}
# ``code`` is a secret in a form (an authorization code) and in JSON when it is digits (a code sent by SMS); elsewhere
# it is what a refusal says (``desir_550``) and stays readable.
_SECRETS_CORPS = re.compile(
    r"((?<!\w)(?:(?:client_secret|password|mot_de_passe|refresh_token|access_token|id_token|code_verifier|assertion"
    r"|client_assertion|jeton|pin|codePorteur)(?:=|\"\s*:\s*\")|code=|code\"\s*:\s*\"(?=\d{4,8}\")))([^&\"]+)"
)
_SECRETS_ADRESSE = re.compile(r"([?&#](?:code|id_token_hint|access_token|token|client_secret)=)[^&#]+")


def sans_secret(adresse: str) -> str:
    """A URL (path, ``Location``) without the codes and tokens of its query."""
    return _SECRETS_ADRESSE.sub(r"\1***", adresse)


def _identifiants() -> Iterator[str]:
    """Unguessable names, 72 bits each, drawn by the hundred: asking the system for each costs more than the rest."""
    while True:
        tires = base64.urlsafe_b64encode(os.urandom(9 * 256)).decode()
        yield from (tires[i : i + 12] for i in range(0, len(tires), 12))


_IDENTIFIANTS = _identifiants()


def identifiant() -> str:
    """The id of an exchange: who knows it may read the entry."""
    return next(_IDENTIFIANTS)


@dataclass(slots=True)
class Echange:
    """One exchange. Bodies are cut at 16 KiB; ``notes`` stays packed, and the caller unread, until somebody asks."""

    id: str
    bac: str
    heure: datetime
    reelle: datetime
    canal: str
    service: str
    methode: str
    chemin: str
    operation: str = ""
    requete_entetes: Sequence[tuple[bytes, bytes]] = ()
    nomme: str | None = None
    """Who calls, when it is told; else it is read in the headers of the request."""
    interne: bool = False
    statut: int = 0
    duree_ms: float = 0.0
    faute: str | None = None
    reponse_entetes: Sequence[tuple[bytes, bytes]] = ()
    requete_corps: bytes = b""
    reponse_corps: bytes = b""
    requete_taille: int = 0
    reponse_taille: int = 0
    notes: bytes | Notes | dict[str, Any] | None = None
    avertissements: tuple[str, ...] = ()

    @property
    def appelant(self) -> str:
        return appelant(self.requete_entetes) if self.nomme is None else self.nomme

    @property
    def octets(self) -> int:
        return len(self.requete_corps) + len(self.reponse_corps) + 1500

    @property
    def _entetes_partis(self) -> Sequence[tuple[bytes, bytes]]:
        """What the service answered, and the name of this entry when the answer left by the edge."""
        if self.canal != "http" or self.interne or not self.statut:
            return self.reponse_entetes
        return [*self.reponse_entetes, (b"bac-journal", self.id.encode())]

    def carnet(self) -> dict[str, Any]:
        if isinstance(self.notes, bytes):
            self.notes = deballer(self.notes)
        elif isinstance(self.notes, Notes):
            self.notes = asdict(self.notes)
        return self.notes or {"operation": None, "faits": {}, "decisions": []}

    def verdict(self) -> str:
        decisions = self.carnet()["decisions"]
        if self.faute:
            return "faute-injectee"
        if any(d["verdict"] == "refuse" for d in decisions) or self.statut >= 400:
            return "refuse"
        return "averti" if any(d["verdict"] == "averti" for d in decisions) or self.avertissements else "accepte"

    def resume(self) -> dict[str, Any]:
        carnet = self.carnet()
        refus = next((d for d in carnet["decisions"] if d["verdict"] == "refuse"), None)
        return {
            "id": self.id,
            "bac": self.bac,
            "time": self.heure.isoformat(),
            "real_time": self.reelle.isoformat(),
            "channel": self.canal,
            "service": self.service,
            "method": self.methode,
            "path": sans_secret(self.chemin),
            "caller": self.appelant or None,
            "internal": self.interne,
            "status": self.statut,
            "duration_ms": round(self.duree_ms, 2),
            "operation": carnet["operation"] or self.operation or None,
            "facts": carnet["faits"],
            "verdict": self.verdict(),
            "rule": refus["regle"] if refus else None,
            "fault": self.faute,
            "warnings": self.avertissements,
        }

    def complet(self) -> dict[str, Any]:
        return self.resume() | {
            "decisions": self.carnet()["decisions"],
            "request": _message(self.requete_entetes, self.requete_corps, self.requete_taille),
            "response": _message(self._entetes_partis, self.reponse_corps, self.reponse_taille),
        }


def _message(entetes: Sequence[tuple[bytes, bytes]], corps: bytes, taille: int) -> dict[str, Any]:
    """Headers and body for reading: secrets struck out, text as text, the rest as base64."""
    try:
        texte: str | None = _SECRETS_CORPS.sub(r"\1***", corps.decode("utf-8"))
    except UnicodeDecodeError:
        texte = None
    return {
        "headers": [
            [k.decode("latin-1"), "***" if k.lower() in _SECRETS_ENTETES else sans_secret(v.decode("latin-1"))]
            for k, v in entetes
            if not k.lower().startswith(b"bac-") or k.lower() == b"bac-journal"
        ],
        "body": texte,
        "body_base64": None if texte is not None else base64.b64encode(corps).decode(),
        "size": taille,
        "truncated": taille > len(corps),
    }


class Journal:
    """Every bac's ring. An entry is found by its unguessable id, or listed by whoever controls the bac."""

    def __init__(self, entrees: int, octets: int) -> None:
        self._entrees = entrees
        self._octets = octets
        self._anneaux: dict[str, OrderedDict[str, Echange]] = {}
        self._poids: dict[str, int] = {}
        self._evenements: dict[str, deque[dict[str, Any]]] = {}
        self._attentes: dict[str, asyncio.Event] = {}

    def ajouter(self, echange: Echange) -> None:
        if (anneau := self._anneaux.get(echange.bac)) is None:
            anneau = self._anneaux[echange.bac] = OrderedDict()
        anneau[echange.id] = echange
        poids = self._poids.get(echange.bac, 0) + echange.octets
        while len(anneau) > self._entrees or (poids > self._octets and len(anneau) > 1):
            poids -= anneau.popitem(last=False)[1].octets
        self._poids[echange.bac] = poids

    def trouver(self, id: str) -> Echange | None:
        return next((a[id] for a in self._anneaux.values() if id in a), None)

    def lister(self, bac: str) -> Iterable[Echange]:
        """Newest first."""
        return reversed(self._anneaux.get(bac, OrderedDict()).values())

    def oublier(self, bac: str) -> None:
        self._anneaux.pop(bac, None)
        self._poids.pop(bac, None)
        self._evenements.pop(bac, None)

    def evenement(self, bac: str, evenement: dict[str, Any]) -> None:
        self._evenements.setdefault(bac, deque(maxlen=1000)).append(evenement)
        if (attente := self._attentes.pop(bac, None)) is not None:
            attente.set()

    async def prochain_evenement(self, bac: str, delai: float) -> None:
        """Return at the next event of this bac, or after ``delai`` seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._attentes.setdefault(bac, asyncio.Event()).wait(), delai)

    def evenements(self, bac: str) -> list[dict[str, Any]]:
        return list(self._evenements.get(bac, ()))
