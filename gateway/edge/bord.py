"""The edge, outermost first: bac → clock → journal → fault → route (architecture §4). Pure ASGI.

A service never sees a sandbox concern: it gets internal headers in, and its notes are taken off the answer.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

import structlog

from gateway.config import NOMS_DE_BOUCLE, GatewaySettings
from gateway.edge.dialectes import FauteInjectee, rendre
from gateway.edge.garde import garder_le_controle, garder_les_revoques
from gateway.edge.journal import CAPTURE, Echange, Journal, identifiant
from gateway.edge.routage import Route, action_soap, router, service_de_laction
from gateway.pki import Pki
from gateway.registre import Registre, service_absent
from shared.edge.bac import DEFAUT, Bac, verifier_nom
from shared.edge.fautes import Faute, choisir
from shared.errors import DomainError, Introuvable, Invalide, TropGros
from shared.observability.metrics import Requetes, requetes
from shared.web.asgi import ASGIApp, Message, Receive, Scope, Send, entete, lire_corps
from shared.web.certificat import CLE as CERTIFICAT
from shared.web.interne import CLE, Interne

LPS_MAX = 2_000_000
_ECART = timedelta(seconds=60)
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
        self._series: dict[tuple[str, str, str, int], Requetes] = {}
        self._racines: dict[tuple[str, bytes], str] = {}
        self._secret = settings.secret.get_secret_value()
        self.pki: Pki | None = None
        self._permis = frozenset((*NOMS_DE_BOUCLE, *settings.hotes))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.services["gateway"](scope, receive, send)
            return
        path: str = scope["path"]
        if path.startswith(("/_interne/", "/_service/")):
            await self._interne(scope, receive, send)
            return
        nom = DEFAUT
        try:
            if path.startswith("/bac/") or path == "/bac":
                nom, _, suite = path[5:].partition("/")
                path = f"/{suite}"
                verifier_nom(nom)
                if path.startswith(("/_bac/bacs", "/health/", "/metrics")):
                    nom = DEFAUT  # naming a bac here never makes one
            bac = self.registre.present(nom) or await self.registre.bac(nom)
        except DomainError as erreur:
            route = router(path)
            await rendre(erreur, route.dialecte, scope)(scope, receive, send)
            return
        await self._echanger(bac, path, scope, receive, send)

    def _vue(self, bac: Bac, scheme: str, hote: bytes) -> Bac:
        """The bac with the root URL this caller used: scheme and Host of the request, when that host is ours to give
        back (ruling 11.6)."""
        cle = (scheme, hote)
        if (racine := self._racines.get(cle)) is None:
            texte = hote.decode("latin-1")
            nom = texte if texte.endswith("]") else texte.rsplit(":", 1)[0]
            if nom not in self._permis:
                return bac
            if len(self._racines) > 500:
                self._racines.clear()
            racine = self._racines[cle] = f"{scheme}://{texte}"
        return self.registre.variante(bac, racine)

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
        reelle = datetime.now(UTC)
        maintenant = bac.horloge.at(reelle)
        entetes = scope["headers"]
        hote, forge = _lire(entetes)
        bac = self._vue(bac, scope.get("scheme", "http"), hote)
        route = router(path)
        action = ""
        corps_lu: bytes | None = None
        if path == "/lps":
            route, action, corps_lu = await self._lps(scope, receive)
        question = scope["query_string"]
        echange = Echange(
            identifiant(),
            bac.nom,
            maintenant,
            reelle,
            "http",
            route.service,
            scope["method"],
            f"{path}?{question.decode('latin-1')}" if question else path,
            action,
            entetes,
        )
        if maintenant is not reelle and bac.reglages.jetons == "bac" and abs(maintenant - reelle) > _ECART:
            echange.avertissements = ("BAC-HORLOGE-01",)
        ecoute = _Ecoute(echange, receive, send, corps_lu, route, scope)
        try:
            await self._router(bac, path, route, scope, ecoute, echange, forge)
        except DomainError as erreur:
            await ecoute.refuser(erreur)
        except OSError:
            await ecoute.refuser(service_absent(route.service))
        finally:
            duree = time.perf_counter() - debut
            echange.duree_ms = duree * 1000
            self._mesurer(echange, duree, route.surface)
            if route.surface is not None or echange.statut >= 400 or not path.startswith(_HORS_JOURNAL):
                self.journal.ajouter(echange)

    def _mesurer(self, echange: Echange, duree: float, surface: str | None) -> None:
        """Count and time, on series kept at hand."""
        premier = surface or echange.chemin.split("/", 2)[1].partition("?")[0]
        cle = (echange.service, echange.methode, premier if premier in _PREMIERS_SEGMENTS else "autre", echange.statut)
        if (serie := self._series.get(cle)) is None:
            serie = requetes(
                service=echange.service or "aucun",
                methode=echange.methode if echange.methode in _METHODES else "AUTRE",
                route=f"/{cle[2]}",
                statut=str(echange.statut),
            )
            if len(self._series) < 2000:
                self._series[cle] = serie
        serie.ajouter(duree)

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
        self, bac: Bac, path: str, route: Route, scope: Scope, ecoute: "_Ecoute", echange: Echange, forge: bool
    ) -> None:
        controle = False
        if route.surface is None:
            controle = path.startswith(("/_bac", "/console"))
            if controle:
                garder_le_controle(scope, path, self.settings, self._permis)
            if path.startswith(("/_interne", "/_service")):
                raise Introuvable("no such path", "chemin inconnu", champ="path")
        nom = bac.nom
        if (fautes := self.registre.fautes(nom)) and (route.surface is not None or not path.startswith(_SANS_FAUTE)):
            faute = choisir(
                fautes,
                service=route.service,
                chemin=f"{echange.methode} {path}",
                operation=echange.operation,
                identite=echange.appelant,
            )
            if faute is not None and await self._fauter(faute, echange, ecoute):
                return
        if route.service == "trop-gros":
            raise _trop_gros(LPS_MAX)
        if route.service == "" and path == "/lps":
            raise _action_inconnue(echange.operation)
        aval = self.services.get(route.service)
        if aval is None:
            raise service_absent(route.service)
        etat = scope.get("state")
        if (certificat := etat.get(CERTIFICAT) if etat else None) is not None:
            garder_les_revoques(certificat, self.pki)
        interne = Interne(bac.estampille(echange.heure), certificat)
        ecoute.interne = interne
        dessous = _vers_service(interne, path, scope, forge)
        try:
            if controle:  # they pause the bac: they must not count as its traffic
                await aval(dessous, ecoute.receive, ecoute.send)
                return
            while not self.registre.entrer(nom):
                await self.registre.attendre_la_fin_de_pause(nom)
            try:
                await aval(dessous, ecoute.receive, ecoute.send)
            finally:
                self.registre.sortir(nom)
        finally:
            if echange.notes is None and interne.notes:
                echange.notes = interne.notes

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

    __slots__ = (
        "_commence",
        "_deborde",
        "_echange",
        "_limite",
        "_lu",
        "_receive",
        "_route",
        "_scope",
        "_send",
        "_tait",
        "interne",
    )

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

    def send(self, message: Message) -> Awaitable[None]:
        if self._tait:
            return _rien()
        e = self._echange
        if message["type"] == "http.response.start":
            if self._deborde:
                return self.refuser(_trop_gros(self._limite))
            self._commence = True
            if self.interne is not None:
                self.interne.commence = True
            e.statut = message["status"]
            e.reponse_entetes = entetes = message.get("headers", ())
            message = {**message, "headers": [*entetes, (b"bac-journal", e.id.encode())]}
        elif message["type"] == "http.response.body":
            morceau = message.get("body", b"")
            e.reponse_taille += len(morceau)
            if (deja := len(e.reponse_corps)) < CAPTURE:
                e.reponse_corps += morceau[: CAPTURE - deja]
        return self._send(message)

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


async def _rien() -> None:
    return


def _lire(entetes: Iterable[tuple[bytes, bytes]]) -> tuple[bytes, bool]:
    """The first ``Host``, and whether the caller sent one of our internal headers."""
    hote: bytes | None = None
    forge = False
    for cle, valeur in entetes:
        if cle == b"host" and hote is None:
            hote = valeur
        elif cle[:4].lower() == b"bac-":
            forge = True
    return hote or b"", forge


def _vers_service(interne: Interne, path: str, scope: Scope, forge: bool) -> Scope:
    """The scope a service sees: no bac in the path, no internal header a caller may have forged."""
    brut = scope.get("raw_path") or path.encode()
    if brut.startswith(b"/bac/"):
        brut = b"/" + brut[5:].partition(b"/")[2]
    entetes = scope["headers"]
    if forge:
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
