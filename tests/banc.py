"""A bench for one service alone: its real application on a real database, behind a stand-in for the gateway.

    async with banc(create_app, InsSettings, base=base, tmp_path=tmp_path) as b:
        answer = await b.client.get("/insi/v1/…", headers=b.ps("verdier-mg"))

The stand-in signs tokens with a real key, answers the internal face, and records what the service reports.
"""

import contextlib
import time
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import orjson
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from gateway.oidc.domain.reglages import Reglages as ReglagesPsc
from gateway.oidc.domain.userinfo import composer
from shared.clock import Horloge
from shared.config import ServiceSettings
from shared.contracts.event import Event
from shared.contracts.gateway import HorlogeAvancee
from shared.edge.bac import Bac, Reglages
from shared.events.bus import Bus, InProcessBus
from shared.events.envelope import Envelope
from shared.monde.patients import PATIENTS
from shared.monde.professionnels import PROFESSIONNELS
from shared.monde.structures import STRUCTURES
from shared.service import Contexte
from shared.web.asgi import ASGIApp, Receive, Scope, Send, lire_corps
from shared.web.entree import deballer
from shared.web.reponses import JSONReponse

SECRET = "secret-du-banc"
REFERENCE = date(2026, 1, 15)
MAINTENANT = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
CLIENT = "lps-demo-bas"


@cache
def _cle() -> RSAKey:
    return RSAKey.generate_key(2048, parameters={"kid": "banc", "use": "sig", "alg": "RS256"}, private=True)


@dataclass
class FaussePasserelle:
    """The internal face of the gateway, with every persona signed in."""

    journal: list[dict[str, Any]] = field(default_factory=list)
    fautes: list[dict[str, Any]] = field(default_factory=list)
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    bacs: dict[str, Bac] = field(default_factory=dict)
    services: dict[str, ASGIApp] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix("/_interne/bacs/")
        bac, _, reste = path.partition("/")
        corps = await lire_corps(receive, 10_000_000) or b"null"
        reponse: Any = None
        if not reste:
            reponse = self.bacs[bac].to_json() if bac in self.bacs else None
        elif reste == "jwks":
            reponse = {"keys": [_cle().as_dict(private=False)]}
        elif reste == "logiciels":
            reponse = {"idam": ["SBX0000001"], "nil": [], "cle_api": ["bac-a-sante"]}
        elif reste.startswith("sessions/"):
            reponse = self.sessions.get(reste.removeprefix("sessions/"))
        elif reste == "journal":
            self.journal.append(orjson.loads(corps))
            reponse = {"id": f"j{len(self.journal)}"}
        elif reste == "fautes":
            reponse = self.fautes.pop(0) if self.fautes else b"null"
        elif reste.startswith("services/"):
            nom, _, suite = reste.removeprefix("services/").partition("/")
            await self.services[nom]({**scope, "path": f"/{suite}"}, receive, send)
            return
        await JSONReponse(reponse or {}, status_code=404 if reponse is None else 200)(scope, receive, send)


@dataclass
class Banc:
    """What a test holds: the client (already past the edge), time, events, and who is calling."""

    app: FastAPI
    client: httpx.AsyncClient
    passerelle: FaussePasserelle
    bac: Bac
    evenements: list[Envelope]
    _entetes: dict[str, str]

    @property
    def ctx(self) -> Contexte:
        ctx: Contexte = self.app.state.contexte
        return ctx

    def jeton(self, slug: str = "verdier-mg", *, duree: int = 120, **claims: Any) -> str:
        """An access token of a professional, valid from the bac's now."""
        personne = PROFESSIONNELS[slug]
        sid = str(uuid.uuid4())
        info = composer(
            personne,
            structure=STRUCTURES.get,
            scope="openid scope_all",
            auth_mode=personne.auth_mode,
            reglages=ReglagesPsc(),
        )
        self.passerelle.sessions[sid] = {"sid": sid, "userinfo": info, "clients": [CLIENT]}
        return self._signer(
            {
                "typ": "Bearer",
                "sub": info["sub"],
                "sid": sid,
                "acr": "eidas1",
                "SubjectNameID": personne.id_nat,
                **claims,
            },
            duree,
        )

    def jeton_patient(self, slug: str, *, duree: int = 1800, **claims: Any) -> str:
        personne = PATIENTS[slug]
        sid = str(uuid.uuid4())
        self.passerelle.sessions[sid] = {"sid": sid, "clients": [CLIENT]}
        return self._signer(
            {
                "typ": "Patient",
                "sub": f"patient:{slug}",
                "sid": sid,
                "matricule_ins": personne.matricule_ins,
                "family_name": personne.traits.nom_naissance,
                "given_name": personne.traits.prenom,
                **claims,
            },
            duree,
        )

    def _signer(self, claims: dict[str, Any], duree: int) -> str:
        maintenant = int(self.bac.now().timestamp())
        tout = {
            "iss": f"{self.bac.base_url}/auth/realms/esante-wallet",
            "iat": maintenant,
            "exp": maintenant + duree,
            "azp": CLIENT,
            **claims,
        }
        return jwt.encode({"alg": "RS256", "kid": "banc"}, tout, _cle())

    def ps(self, slug: str = "verdier-mg", **claims: Any) -> dict[str, str]:
        """``Authorization`` header of a professional."""
        return {"Authorization": f"Bearer {self.jeton(slug, **claims)}"}

    def patient(self, slug: str, **claims: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.jeton_patient(slug, **claims)}"}

    async def regler(self, **reglages: Any) -> None:
        """Change settings of the bac (``profil="homologation"``, ``oid_mode="test"`` …)."""
        await self._poser(replace(self.bac, reglages=replace(self.bac.reglages, **reglages)))

    async def avancer(self, **duree: float) -> None:
        """Move the bac's clock on and let the service do what fell due."""
        ancien = self.bac.now()
        nouveau = ancien + timedelta(**duree)
        await self._poser(replace(self.bac, horloge=Horloge("fige", nouveau, nouveau, 0.0)))
        await self.recevoir(HorlogeAvancee(occurred_at=nouveau, ancien=ancien, nouveau=nouveau))

    async def _poser(self, bac: Bac) -> None:
        self.bac = bac
        self.passerelle.bacs[bac.nom] = bac
        self._entetes["Bac-Etat"] = bac.to_json().decode()
        self.ctx.bacs.poser(self._entetes["Bac-Etat"])

    async def recevoir(self, event: Event, *, id: str | None = None) -> str:
        """Deliver an event from elsewhere to this service's consumers; returns its id (pass it again to repeat)."""
        envelope = Envelope(
            id=id or str(uuid.uuid4()),
            subject=event.subject,
            bac=self.bac.nom,
            epoque=self.bac.epoque,
            source=event.subject.split(".", 1)[0],
            time=self.bac.now(),
            data=event.model_dump(mode="json"),
        )
        await self.ctx.bus.publish([envelope])
        self.evenements.remove(envelope)
        return envelope.id

    async def calme(self, delai: float = 5.0) -> list[dict[str, Any]]:
        """Wait until the outbox is empty and every consumer done; the dead letters."""
        import anyio

        limite = time.monotonic() + delai
        while True:
            activite = await self.ctx.activite(self.bac.nom)
            if activite["inactif"]:
                mortes: list[dict[str, Any]] = activite["lettres_mortes"]
                return mortes
            assert time.monotonic() < limite, "the service never came to rest"
            await anyio.sleep(0.005)

    async def emis(self, event: type[Event]) -> list[Any]:
        """The events of that class this service has published so far."""
        await self.calme()
        return [e.event() for e in self.evenements if e.subject == event.subject]

    @staticmethod
    def notes(reponse: httpx.Response) -> dict[str, Any]:
        """What the answer leaves for the journal: operation, faits, decisions."""
        valeur = reponse.headers.get("bac-notes")
        return deballer(valeur.encode()) if valeur else {"operation": None, "faits": {}, "decisions": []}

    @classmethod
    def regles(cls, reponse: httpx.Response) -> list[str]:
        """Ids of the rules that decided."""
        return [d["regle"] for d in cls.notes(reponse)["decisions"]]


@contextlib.asynccontextmanager
async def banc(
    create_app: Callable[..., FastAPI],
    settings: type[ServiceSettings],
    *,
    base: str | None,
    tmp_path: Path,
    nom: str | None = None,
    graine: str = "demo",
    reglages: Reglages | None = None,
    bus: Bus | None = None,
    **options: Any,
) -> AsyncIterator[Banc]:
    """``create_app(settings, bus=…, passerelle=…, **options)`` running in a fresh bac of the given seed."""
    bac = Bac(
        nom=nom or f"t{uuid.uuid4().hex[:12]}",
        graine=graine,
        reference=REFERENCE,
        horloge=Horloge("fige", MAINTENANT, MAINTENANT, 0.0),
        reglages=reglages or Reglages(),
    )
    bac = replace(bac, base_url=f"http://127.0.0.1:8400/bac/{bac.nom}")
    passerelle = FaussePasserelle()
    bus = bus or InProcessBus()
    evenements: list[Envelope] = []
    bus.ecouter(evenements.append)
    reglees = settings(data=tmp_path, database_url=base, secret=SecretStr(SECRET))
    app = create_app(reglees, bus=bus, passerelle=passerelle, **options)
    entetes = {"Bac-Secret": SECRET, "Bac-Etat": bac.to_json().decode()}

    async def estampiller(request: httpx.Request) -> None:
        request.headers.update(entetes)

    await bus.start()
    await app.state.demarrer()
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://service",
        event_hooks={"request": [estampiller]},
    )
    b = Banc(app, client, passerelle, bac, evenements, entetes)
    passerelle.bacs[bac.nom] = bac
    try:
        reponse = await client.put(f"/_service/bacs/{bac.nom}", content=bac.to_json())
        assert reponse.status_code == 204, reponse.text
        yield b
    finally:
        await client.delete(f"/_service/bacs/{bac.nom}")
        await client.aclose()
        await app.state.arreter()
        await bus.stop()
