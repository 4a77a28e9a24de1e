"""The edge, outermost first: bac → clock → journal → fault → route (architecture §4). Pure ASGI.

A service never sees a sandbox concern: it gets internal headers in, and its notes are taken off the answer.
"""

import asyncio
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import structlog

from gateway.config import NOMS_DE_BOUCLE, GatewaySettings
from gateway.edge.dialectes import FauteInjectee, rendre
from gateway.edge.garde import garder_le_controle
from gateway.edge.identite import appelant
from gateway.edge.journal import CAPTURE, Echange, Journal
from gateway.edge.routage import Route, action_soap, router, service_de_laction
from gateway.registre import Registre, service_absent
from shared.edge.bac import DEFAUT, Bac, verifier_nom
from shared.edge.fautes import Faute, choisir
from shared.errors import DomainError, Introuvable, Invalide, TropGros
from shared.observability.metrics import serie
from shared.web.asgi import ASGIApp, Message, Receive, Scope, Send, entete, lire_corps
from shared.web.interne import CLE, Interne

LPS_MAX = 2_000_000
_HORS_JOURNAL = (
    "/health/",
    "/metrics",
    "/_bac/journal",
    "/_bac/why",
    "/_bac/events",
    "/console",
    "/docs",
    "/openapi.json",
)
_SANS_FAUTE = ("/health/", "/metrics", "/_bac", "/console", "/docs", "/openapi.json")

_METHODES = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_PREMIERS_SEGMENTS = frozenset(
    (
        *("auth", "ecps", "fc", "pki", "_bac", "console", "health"),
        *("lps", "insi", "adri", "apcv", "fse", "fhir", "mes", "dmp", "mss", "mail", "annuaire", "eprescription"),
    )
)

log = structlog.get_logger(__name__)


class Bord:
    """The only public door. ``services`` maps a name to an upstream, the gateway's own application among them."""

    def __init__(self, registre: Registre, services: Mapping[str, ASGIApp], settings: GatewaySettings) -> None:
        self.registre = registre
        self.services = dict(services)
        self.settings = settings
        self.journal: Journal = registre.journal
        self._series: dict[tuple[str, str, str, int], tuple[Any, Any]] = {}
        self._secret = settings.secret.get_secret_value()
        self._permis = frozenset((*NOMS_DE_BOUCLE, *settings.hotes))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.services["gateway"](scope, receive, send)
            return
        if scope["path"].startswith(("/_interne/", "/_service/")):
            await self._interne(scope, receive, send)
            return
        path: str = scope["path"]
        nom = DEFAUT
        try:
            if path == "/bac" or path.startswith("/bac/"):
                nom, _, suite = path[5:].partition("/")
                path = f"/{suite}"
                verifier_nom(nom)
            bac = await self._bac(nom, path, scope)
        except DomainError as erreur:
            route = router(path)
            await rendre(erreur, route.dialecte, scope)(scope, receive, send)
            return
        await self._echanger(bac, path, scope, receive, send)

    async def _bac(self, nom: str, path: str, scope: Scope) -> Bac:
        if path.startswith(("/_bac/bacs", "/health/", "/metrics")):
            nom = DEFAUT  # naming a bac here never makes one
        bac = await self.registre.bac(nom)
        return bac

    def racine(self, scope: Scope) -> str | None:
        """Scheme and Host of the request, when that host is ours to give back (ruling 11.6)."""
        hote = entete(scope, b"host") or ""
        nom = hote.rsplit(":", 1)[0] if not hote.endswith("]") else hote
        return f"{scope.get('scheme', 'http')}://{hote}" if nom in self._permis else None

    async def _interne(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Services asking their gateway; from outside these paths do not exist."""
        donne = (entete(scope, b"bac-secret") or "").encode()
        if scope["path"].startswith("/_service/") or not secrets.compare_digest(donne, self._secret.encode()):
            erreur = Introuvable("no such path", "chemin inconnu", champ="path")
            await rendre(erreur, "probleme", scope)(scope, receive, send)
            return
        if not self.registre.lu:  # a relay that starts first would take its bac for a dropped one, its events for void
            await rendre(service_absent("gateway"), "probleme", scope)(scope, receive, send)
            return
        await self.services["gateway"](scope, receive, send)

    async def _echanger(self, bac: Bac, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        debut = time.perf_counter()
        maintenant = bac.horloge.now()
        if (racine := self.racine(scope)) is not None:
            bac = self.registre.variante(bac, racine)
        route = router(path)
        action = ""
        corps_lu: bytes | None = None
        if path == "/lps":
            route, action, corps_lu = await self._lps(scope, receive)
        echange = Echange(
            id=secrets.token_urlsafe(9),
            bac=bac.nom,
            heure=maintenant,
            reelle=datetime.now(UTC),
            canal="http",
            service=route.service,
            methode=scope["method"],
            chemin=path + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""),
            appelant=appelant(scope),
            operation=action,
            requete_entetes=scope["headers"],
        )
        if bac.reglages.jetons == "bac" and abs((maintenant - echange.reelle).total_seconds()) > 60:
            echange.avertissements.append("BAC-HORLOGE-01")
        ecoute = _Ecoute(echange, receive, send, corps_lu, route, scope)
        try:
            await self._router(bac, maintenant, path, action, route, scope, ecoute, echange)
        except DomainError as erreur:
            await ecoute.refuser(erreur)
        except OSError:
            await ecoute.refuser(service_absent(route.service))
        finally:
            duree = time.perf_counter() - debut
            echange.duree_ms = duree * 1000
            self._mesurer(echange, duree)
            if not path.startswith(_HORS_JOURNAL) or echange.statut >= 400:
                self.journal.ajouter(echange)

    def _mesurer(self, echange: Echange, duree: float) -> None:
        """Count and time, on series kept at hand: looking one up by its labels costs more than the rest."""
        premier = echange.chemin.split("/", 2)[1].partition("?")[0]
        cle = (echange.service, echange.methode, premier if premier in _PREMIERS_SEGMENTS else "autre", echange.statut)
        if (series := self._series.get(cle)) is None:
            methode = echange.methode if echange.methode in _METHODES else "AUTRE"
            communs = {"service": echange.service or "aucun", "methode": methode, "route": f"/{cle[2]}"}
            series = (
                serie("bacasante_requetes_total", **communs, statut=str(echange.statut)),
                serie("bacasante_requete_secondes", **communs),
            )
            if len(self._series) < 2000:
                self._series[cle] = series
        series[0].inc()
        series[1].observe(duree)

    async def _lps(self, scope: Scope, receive: Receive) -> tuple[Route, str, bytes | None]:
        """``/lps``: the service is in ``wsa:Action`` (insi.md §3); WSDLs are asked by name."""
        if scope["method"] in ("GET", "HEAD"):
            demande = scope["query_string"].decode("latin-1").lower()
            service = "adri" if "adr" in demande else "apcv" if "apcv" in demande else "ins"
            return Route(service, "soap"), "", None
        corps = await lire_corps(receive, LPS_MAX)
        if corps is None:
            return Route("trop-gros", "soap"), "", b""
        action = action_soap(corps, entete(scope, b"content-type") or "")
        return Route(service_de_laction(action) or "", "soap"), action, corps

    async def _router(
        self,
        bac: Bac,
        maintenant: datetime,
        path: str,
        action: str,
        route: Route,
        scope: Scope,
        ecoute: "_Ecoute",
        echange: Echange,
    ) -> None:
        if path.startswith(("/_bac", "/console")):
            garder_le_controle(scope, path, self.settings, self._permis)
        if path.startswith(("/_interne", "/_service")):
            raise Introuvable("no such path", "chemin inconnu", champ="path")
        faute = None
        if not path.startswith(_SANS_FAUTE):
            faute = choisir(
                self.registre.fautes(bac.nom),
                service=route.service,
                chemin=f"{scope['method']} {path}",
                operation=action,
                identite=echange.appelant,
            )
        if faute is not None and await self._fauter(faute, echange, ecoute):
            return
        if route.service == "trop-gros":
            raise _trop_gros(LPS_MAX)
        if route.dialecte == "soap" and path == "/lps" and route.service == "":
            raise _action_inconnue(action)
        aval = self.services.get(route.service)
        if aval is None:
            raise service_absent(route.service)
        interne = Interne(bac.estampille(maintenant), scope.get("state", {}).get("certificat_client"))
        ecoute.interne = interne
        dessous = _vers_service(interne, path, scope)
        try:
            if path.startswith(("/_bac", "/console")):  # they pause the bac: they must not count as its traffic
                await aval(dessous, ecoute.receive, ecoute.send)
                return
            if self.registre.en_pause(bac.nom):
                await self.registre.attendre_la_fin_de_pause(bac.nom)
            self.registre.entrer(bac.nom)
            try:
                await aval(dessous, ecoute.receive, ecoute.send)
            finally:
                self.registre.sortir(bac.nom)
        finally:
            echange.notes = echange.notes or interne.notes

    async def _fauter(self, faute: Faute, echange: Echange, ecoute: "_Ecoute") -> bool:
        """Apply an injected fault; True when the exchange ends here."""
        echange.faute = faute.nom or faute.id
        if faute.latence_ms:
            await asyncio.sleep(faute.latence_ms / 1000)
        match faute.effet:
            case "refus":
                await ecoute.refuser(FauteInjectee(faute))
                return True
            case "coupure":
                await ecoute.couper()
                return True
            case "charabia":
                await ecoute.brouiller()
                return True
        return False


class _Ecoute:
    """Between the server and the service: captures both ways, bounds the request, stamps ``Bac-Journal``."""

    def __init__(
        self, echange: Echange, receive: Receive, send: Send, lu: bytes | None, route: Route, scope: Scope
    ) -> None:
        self._echange = echange
        self._receive = receive
        self._send = send
        self._limite = route.corps_max
        self._lu = lu
        self._route = route
        self._scope = scope
        self._commence = False
        self._deborde = False
        self._tait = False
        self.interne: Interne | None = None

    async def receive(self) -> Message:
        message: Message
        if self._lu is not None:
            message = {"type": "http.request", "body": self._lu, "more_body": False}
            self._lu = None
        else:
            message = await self._receive()
        if message["type"] == "http.request" and not self._deborde:
            morceau: bytes = message.get("body", b"")
            e = self._echange
            e.requete_taille += len(morceau)
            if len(e.requete_corps) < CAPTURE:
                e.requete_corps += morceau[: CAPTURE - len(e.requete_corps)]
            if e.requete_taille > self._limite:
                self._deborde = True
                raise _trop_gros(self._limite)
        return message

    async def send(self, message: Message) -> None:
        if self._tait:
            return
        e = self._echange
        if message["type"] == "http.response.start":
            if self._deborde:
                await self.refuser(_trop_gros(self._limite))
                return
            self._commence = True
            if self.interne is not None:
                self.interne.commence = True
            e.statut = message["status"]
            entetes = []
            for cle, valeur in message.get("headers", []):
                if cle == b"bac-notes":
                    e.notes = valeur
                else:
                    entetes.append((cle, valeur))
            entetes.append((b"bac-journal", e.id.encode()))
            e.reponse_entetes = entetes
            message = {**message, "headers": entetes}
        elif message["type"] == "http.response.body":
            morceau = message.get("body", b"")
            e.reponse_taille += len(morceau)
            if len(e.reponse_corps) < CAPTURE:
                e.reponse_corps += morceau[: CAPTURE - len(e.reponse_corps)]
        await self._send(message)

    async def refuser(self, erreur: DomainError) -> None:
        """Answer with a refusal of the edge itself, in the dialect of the surface."""
        if self._commence:
            self._tait = True
            return
        self._deborde = False
        self._echange.notes = {
            "operation": None,
            "faits": {},
            "decisions": [
                {
                    "regle": erreur.regle,
                    "verdict": "refuse",
                    "fr": erreur.fr,
                    "en": erreur.en,
                    "entrees": {"champ": erreur.champ} if erreur.champ else {},
                    "examinees": [],
                    "ligne": None,
                    "source": None,
                }
            ],
        }
        reponse = rendre(erreur, self._route.dialecte, self._scope)
        await reponse(self._scope, self._receive, self.send)
        self._tait = True

    async def couper(self) -> None:
        """Promise more than is sent: the server then drops the connection."""
        await self.send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4096")]})
        await self.send({"type": "http.response.body", "body": b"{", "more_body": True})

    async def brouiller(self) -> None:
        await self.send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        await self.send({"type": "http.response.body", "body": b"\x00\xff<<<%%% charabia"})


def _vers_service(interne: Interne, path: str, scope: Scope) -> Scope:
    """The scope a service sees: no bac in the path, no internal header a caller may have forged."""
    brut = scope.get("raw_path") or path.encode()
    if brut.startswith(b"/bac/"):
        brut = b"/" + brut[5:].partition(b"/")[2]
    entetes = scope["headers"]
    if any(k[:4].lower() == b"bac-" for k, _ in entetes):
        entetes = [(k, v) for k, v in entetes if k[:4].lower() != b"bac-"]
    return {**scope, "path": path, "raw_path": brut, "root_path": "", "headers": entetes, "state": {}, CLE: interne}


def _trop_gros(limite: int) -> TropGros:
    return TropGros(
        f"the request body is larger than {limite} bytes",
        f"le corps de la requête dépasse {limite} octets",
        champ="Content-Length",
    )


def _action_inconnue(action: str) -> Invalide:
    return Invalide(
        f"wsa:Action {action!r} belongs to no service of /lps" if action else "wsa:Action is missing",
        f"wsa:Action {action!r} n'appartient à aucun service de /lps" if action else "wsa:Action est absent",
        regle="BAC-LPS-01",
        champ="wsa:Action",
        membres={"subcode": "siram_10", "code": "sandbox_schema", "severite": "erreur", "acteur": "Sender"},
    )
