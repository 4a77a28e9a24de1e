"""Every bac there is: made on first use, reset, dropped, its clock and settings moved; pushed to the services.

The order is always the same: spaces first, registry after; so a crash leaves at worst a space nobody names, never a
name without its spaces.
"""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog

from gateway.config import GatewaySettings
from gateway.edge.journal import Journal
from gateway.oidc import installation as psc
from gateway.store import bacs as store
from gateway.store.base import CENTRAL
from shared.clock import Horloge
from shared.contracts.gateway import BacReinitialise, HorlogeAvancee
from shared.db.spaces import EspaceInconnu, Graine
from shared.edge.bac import DEFAUT, Bac, Reglages, verifier_nom
from shared.edge.fautes import Faute, lire
from shared.errors import Conflit, DomainError, Indisponible, Introuvable
from shared.service import Contexte
from shared.web.asgi import ASGIApp, Reponse, appeler

if TYPE_CHECKING:
    from gateway.edge.bord import Bord

log = structlog.get_logger(__name__)


class BacInconnu(Introuvable):
    slug = "bac-inconnu"
    regle = "BAC-BAC-01"


class TropDeBacs(Conflit):
    slug = "trop-de-bacs"
    regle = "BAC-BAC-02"


class PasAuRepos(DomainError):
    status, issue, slug = 504, "timeout", "pas-au-repos"
    regle = "BAC-REPOS-01"


class Registre:
    def __init__(
        self, ctx: Contexte, settings: GatewaySettings, services: Mapping[str, ASGIApp], journal: Journal
    ) -> None:
        self.ctx = ctx
        self.settings = settings
        self.services = dict(services)
        self.journal = journal
        self.bord: Bord | None = None
        self.lu = False
        """Whether the registry was read back: until then nothing can be said of a bac, least of all that it is gone."""
        self.smtp = settings.smtp
        self.imap = settings.imap
        self._bacs: dict[str, Bac] = {}
        self._fautes: dict[str, list[Faute]] = {}
        self._verrous: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._creation = asyncio.Lock()
        self._ouverts: dict[str, asyncio.Event] = {}
        self._variantes: dict[tuple[str, str], tuple[Bac, Bac]] = {}
        self._calmes: dict[str, asyncio.Event] = {}
        self._en_cours: dict[str, int] = defaultdict(int)

    async def start(self, *, annoncer: bool) -> None:
        """Read the registry back, and make ``default`` if this is the first start; ``annoncer`` when the services are
        already there, to be told of every bac."""
        if CENTRAL not in await self.ctx.spaces.noms():
            await self.ctx.spaces.create(CENTRAL, Graine("vide", date(2026, 1, 1)))
        async with (await self.ctx.spaces.open(CENTRAL)).lecture() as session:
            for bac, fautes in await store.tous(session):
                # The port may be another one than last time: what we tell of ourselves follows.
                self._bacs[bac.nom] = replace(bac, base_url=self.base_url(bac.nom))
                self._fautes[bac.nom] = [lire(f) for f in fautes]
        self.lu = True
        for bac in self._bacs.values():
            self.ctx.bacs.poser(bac.to_json().decode())
            if annoncer:
                with contextlib.suppress(Indisponible):
                    await self._pousser(bac, "/etat")
        await self.bac(DEFAUT)

    # ── reading ─────────────────────────────────────────────────────────────

    def lister(self) -> list[Bac]:
        return [self._bacs[nom] for nom in sorted(self._bacs)]

    def connu(self, nom: str) -> Bac:
        if (bac := self._bacs.get(nom)) is None:
            raise BacInconnu(f"no bac {nom!r}", f"pas de bac {nom!r}", champ="bac")
        return bac

    async def bac(self, nom: str) -> Bac:
        """The bac of that name, made on first use when settings allow it."""
        if (bac := self._bacs.get(nom)) is not None:
            return bac
        if not self.settings.creation_auto and nom != DEFAUT:
            raise BacInconnu(
                f"no bac {nom!r}, and bacs are not made on first use here: POST /_bac/bacs",
                f"pas de bac {nom!r}, et les bacs ne se créent pas ici à la première visite : POST /_bac/bacs",
                champ="bac",
            )
        return await self.creer(nom, exister=True)

    def present(self, nom: str) -> Bac | None:
        return self._bacs.get(nom)

    def variante(self, bac: Bac, racine: str) -> Bac:
        """The same bac, told with the root URL this caller used (ruling 11.6)."""
        if self.settings.public_url:
            return bac
        cle = (bac.nom, racine)
        connue = self._variantes.get(cle)
        if connue is None or connue[0] is not bac:
            if len(self._variantes) > 500:
                self._variantes.clear()
            connue = (bac, replace(bac, base_url=self.base_url(bac.nom, racine)))
            self._variantes[cle] = connue
        return connue[1]

    def fautes(self, nom: str) -> list[Faute]:
        return self._fautes.setdefault(nom, [])

    # ── writing ─────────────────────────────────────────────────────────────

    async def creer(
        self,
        nom: str,
        *,
        graine: str | None = None,
        reference: date | None = None,
        reglages: Reglages | None = None,
        exister: bool = False,
    ) -> Bac:
        """Make a bac; with ``exister`` an existing one is returned, else it is refused with 409."""
        verifier_nom(nom)
        async with self._verrous[nom]:
            if (bac := self._bacs.get(nom)) is not None:
                if exister:
                    return bac
                raise Conflit(f"bac {nom!r} exists", f"le bac {nom!r} existe", regle="BAC-BAC-03", champ="nom")
            if len(self._bacs) >= self.settings.bacs_max:
                raise TropDeBacs(
                    f"{self.settings.bacs_max} bacs at a time (GATEWAY_BACS_MAX): drop one, DELETE /_bac/bacs/{{name}}",
                    f"{self.settings.bacs_max} bacs à la fois (GATEWAY_BACS_MAX) : DELETE /_bac/bacs/{{nom}} en ôte un",
                    champ="bac",
                )
            semence = Graine(graine or self.settings.graine, reference or datetime.now(UTC).date())
            bac = Bac(
                nom=nom,
                epoque=time.time_ns() // 1_000_000,
                graine=semence.nom,
                reference=semence.reference,
                reglages=reglages or Reglages(),
                base_url=self.base_url(nom),
            )
            await self._pousser(bac, "")
            await self._retenir(bac)
            log.info("bac.cree", bac=nom, graine=bac.graine)
            return bac

    async def reinitialiser(self, nom: str, *, graine: str | None = None, reference: date | None = None) -> Bac:
        """Replace the bac by its template; keys stay, clock and faults go, events of the old epoch are void."""
        ancien = self.connu(nom)
        semence = Graine(graine or ancien.graine, reference or datetime.now(UTC).date())
        bac = replace(
            ancien,
            epoque=max(ancien.epoque + 1, time.time_ns() // 1_000_000),
            graine=semence.nom,
            reference=semence.reference,
            horloge=Horloge(),
        )
        async with self._verrous[nom], self.pause(nom):
            await self._pousser(bac, "")
            self._fautes[nom] = []
            self.journal.oublier(nom)
            await self._retenir(bac)
        async with self.ctx.transaction(bac) as uow:
            uow.emit(BacReinitialise(occurred_at=bac.now(), epoch=bac.epoque, seed=bac.graine))
        return bac

    async def supprimer(self, nom: str) -> None:
        self.connu(nom)
        if nom == DEFAUT:
            raise Conflit(
                "bac default cannot be dropped: reset it",
                "le bac default ne se supprime pas : réinitialisez-le",
                regle="BAC-BAC-04",
                champ="nom",
            )
        async with self._verrous[nom]:
            bac = self._bacs.pop(nom)
            self._fautes.pop(nom, None)
            async with (await self.ctx.spaces.open(CENTRAL)).ecriture() as session:
                await store.oublier(session, nom)
            await psc.oublier(self.ctx, nom)
            await self._vers_tous(bac, "DELETE", "", b"")
            await self.ctx.bus.oublier(nom)
            self.journal.oublier(nom)
        self._verrous.pop(nom, None)

    async def regler(self, nom: str, reglages: Reglages) -> Bac:
        async with self._verrous[nom]:
            bac = replace(self.connu(nom), reglages=reglages)
            await self._retenir(bac)
            await self._pousser(bac, "/etat")
        return bac

    async def horloge(self, nom: str, horloge: Horloge) -> Bac:
        """Set the clock, tell every service what became due, and wait until they are done (ruling 11.3)."""
        async with self._verrous[nom]:
            ancien = self.connu(nom)
            avant = ancien.now()
            bac = replace(ancien, horloge=horloge)
            await self._retenir(bac)
            await self._pousser(bac, "/etat")
        async with self.ctx.transaction(bac) as uow:
            uow.emit(HorlogeAvancee(occurred_at=bac.now(), ancien=avant, nouveau=bac.now()))
        await self.reposer(nom)
        return bac

    async def avancer(self, nom: str, duree: timedelta) -> Bac:
        return await self.horloge(nom, self.connu(nom).horloge.avancee(duree, reel=datetime.now(UTC)))

    async def retenir_fautes(self, nom: str) -> None:
        await self._retenir(self.connu(nom))

    async def fermer_les_sessions(self, bac: Bac) -> None:
        """Tokens from before a restore are invalid (ruling 11.18)."""
        async with (await self.ctx.spaces.open(bac.nom)).ecriture() as session:
            await psc.fermer_toutes(session)

    async def remplacer(self, bac: Bac, fautes: list[dict[str, Any]]) -> None:
        """Take the state of a restored snapshot."""
        self._fautes[bac.nom] = [lire(f) for f in fautes]
        await self._retenir(bac)
        await self._pousser(bac, "/etat")

    # ── rest ────────────────────────────────────────────────────────────────

    async def reposer(self, nom: str, delai: float = 15.0) -> list[dict[str, Any]]:
        """Wait until no outbox holds anything and no consumer works, twice in a row; the dead letters (§11.17)."""
        bac = self.connu(nom)
        limite = time.monotonic() + delai
        calmes = 0
        while True:
            etats = await self._activite(bac)
            occupes = [e["service"] for e in etats if not e["inactif"]]
            calmes = 0 if occupes else calmes + 1
            if calmes == 2:
                return [m | {"service": e["service"]} for e in etats for m in e["lettres_mortes"]]
            if time.monotonic() > limite:
                raise PasAuRepos(
                    f"still busy after {delai:g} s: {', '.join(occupes)}",
                    f"encore occupés après {delai:g} s : {', '.join(occupes)}",
                )
            await asyncio.sleep(0.005 if calmes else 0.01)

    async def _activite(self, bac: Bac) -> list[dict[str, Any]]:
        reponses = await asyncio.gather(
            *(self.appel(bac, nom, "GET", f"/_service/bacs/{bac.nom}/activite") for nom in self.services)
        )
        return [r.json() for r in reponses]

    @contextlib.asynccontextmanager
    async def pause(self, nom: str) -> AsyncIterator[None]:
        """Hold new requests of a bac at the edge, and wait for those under way."""
        porte = self._ouverts.setdefault(nom, asyncio.Event())
        calme = self._calmes.setdefault(nom, asyncio.Event())
        try:
            if self._en_cours.get(nom, 0):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(calme.wait(), 10)
            yield
        finally:
            porte.set()
            self._ouverts.pop(nom, None)
            self._calmes.pop(nom, None)

    async def attendre_la_fin_de_pause(self, nom: str) -> None:
        while (porte := self._ouverts.get(nom)) is not None:
            await porte.wait()

    def entrer(self, nom: str) -> bool:
        """Count a routed request in; False while the bac is paused. Each one counted in has its :meth:`sortir`."""
        if nom in self._ouverts:
            return False
        self._en_cours[nom] += 1
        return True

    def sortir(self, nom: str) -> None:
        self._en_cours[nom] -= 1
        if not self._en_cours[nom]:
            del self._en_cours[nom]
            if (calme := self._calmes.get(nom)) is not None:
                calme.set()

    # ── the services ────────────────────────────────────────────────────────

    async def appel(
        self, bac: Bac, service: str, method: str, path: str, body: bytes = b"", query: str = ""
    ) -> Reponse:
        """Call a service as the gateway; :class:`Indisponible` when it does not answer."""
        entetes = [
            ("Bac-Secret", self.settings.secret.get_secret_value()),
            ("Bac-Etat", bac.to_json().decode()),
            ("Content-Type", "application/json"),
        ]
        try:
            reponse = await appeler(self.services[service], method, path, headers=entetes, body=body, query=query)
        except OSError as error:
            raise service_absent(service) from error
        if reponse.status == 503:
            raise service_absent(service)
        return reponse

    async def _pousser(self, bac: Bac, suite: str) -> None:
        await self._vers_tous(bac, "PUT", suite, bac.to_json())

    async def _vers_tous(self, bac: Bac, method: str, suite: str, body: bytes) -> None:
        reponses = await asyncio.gather(
            *(self.appel(bac, nom, method, f"/_service/bacs/{bac.nom}{suite}", body) for nom in self.services)
        )
        for nom, reponse in zip(self.services, reponses, strict=True):
            if reponse.status >= 400:
                log.error("service.refuse", service=nom, statut=reponse.status, corps=reponse.body[:500].decode())
                raise service_absent(nom)

    async def _retenir(self, bac: Bac) -> None:
        async with (await self.ctx.spaces.open(CENTRAL)).ecriture() as session:
            await store.poser(session, bac, [f.to_json() for f in self.fautes(bac.nom)])
        self._bacs[bac.nom] = bac
        self.ctx.bacs.poser(bac.to_json().decode())

    def base_url(self, nom: str, racine: str | None = None) -> str:
        debut = (self.settings.public_url or racine or self.settings.adresse).rstrip("/")
        return debut if nom == DEFAUT else f"{debut}/bac/{nom}"


def service_absent(service: str) -> Indisponible:
    return Indisponible(
        f"service {service} does not answer", f"le service {service} ne répond pas", dependance=service, retry_after=2
    )


__all__ = ["BacInconnu", "EspaceInconnu", "Registre", "service_absent"]
