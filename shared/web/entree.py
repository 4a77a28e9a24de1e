"""The door of a service: only the gateway passes, the bac is set, the notes go back to the journal.

Internal headers in: ``Bac-Secret``, ``Bac-Etat`` (state of the bac, JSON), ``Bac-Now`` (stamped instant),
``Bac-Client-Cert``. Internal header out: ``Bac-Notes`` (zlib, base64url JSON), which the gateway takes off.
"""

import base64
import hmac
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from shared.decision import Decision, Notes, carnet
from shared.edge.bac import Bac
from shared.errors import Interdit
from shared.observability.tracing import suivi, suivre
from shared.web.asgi import ASGIApp, Message, Receive, Scope, Send, entete
from shared.web.interne import Interne, interne_de
from shared.web.problems import probleme

if TYPE_CHECKING:
    from shared.service import Application, Contexte

#: A handler of a hot exchange: called before any routing, on the exact method and path
#: (or, when the path given ends in a slash, the path up to its last segment). It answers, raises a
#: ``DomainError``, or returns None to leave the request, whole, to the ordinary route.
Chaud: TypeAlias = Callable[[Request], Awaitable[Response | None]]

_NOTES_MAX = 6000
_LIBRES = ("/health/", "/metrics")
_CONTROLE = "/_service/"


def emballer(notes: Notes) -> bytes | None:
    """The notes as a header value; the oldest decisions go first when it would be too long."""
    if not notes:
        return None
    decisions = [asdict(d) for d in notes.decisions]
    while True:
        brut = orjson.dumps({"operation": notes.operation, "faits": notes.faits, "decisions": decisions}, default=str)
        valeur = base64.urlsafe_b64encode(zlib.compress(brut, 1))
        if len(valeur) <= _NOTES_MAX or not decisions:
            return valeur
        decisions.pop(0)


def deballer(valeur: bytes) -> dict[str, Any]:
    notes: dict[str, Any] = orjson.loads(zlib.decompress(base64.urlsafe_b64decode(valeur)))
    return notes


def notes_de(valeur: bytes) -> Notes:
    """The notes another process put in the header."""
    d = deballer(valeur)
    decisions = [Decision(**{**x, "examinees": tuple(x["examinees"])}) for x in d["decisions"]]
    return Notes(d["operation"], d["faits"], decisions)


class Entree:
    """Pure ASGI middleware, outermost of every service application."""

    def __init__(
        self,
        app: ASGIApp,
        ctx: "Contexte",
        application: "Application",
    ) -> None:
        self.app = app
        self.ctx = ctx
        self._application = application
        self._chauds: Mapping[tuple[str, str], Chaud] | None = None
        self._prefixes = False
        self._secret = ctx.settings.secret.get_secret_value()
        application.state.entree = self

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if (interne := interne_de(scope)) is None:
            return self._par_le_reseau(scope, receive, send)
        scope["state"] = {"bac": interne.bac, "certificat": interne.certificat}
        return self._en_process(interne, scope, receive, send)

    async def _par_le_reseau(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"].startswith(_LIBRES):
            await self.app(scope, receive, send)
            return
        if not hmac.compare_digest((entete(scope, b"bac-secret") or "").encode(), self._secret.encode()):
            refus = Interdit(
                "this service answers its gateway only", "ce service ne répond qu'à sa passerelle", regle="BAC-INT-01"
            )
            await probleme(refus)(scope, receive, send)
            return
        scope.setdefault("state", {})
        if (etat := entete(scope, b"bac-etat")) is not None:
            now = entete(scope, b"bac-now")
            bac = self.ctx.bacs.poser(etat)
            scope["state"]["bac"] = bac.estampille(datetime.fromisoformat(now) if now else None)
        scope["state"]["certificat"] = entete(scope, b"bac-client-cert")
        await self._avec_carnet(scope, receive, send)

    async def _en_process(self, interne: Interne, scope: Scope, receive: Receive, send: Send) -> None:
        """The edge is in this process: no header to write or read, the notes are handed back as they are."""
        with carnet() as notes:
            interne.notes = notes
            try:
                await self._servir(scope, receive, send)
            except Exception as error:
                if interne.commence:
                    raise
                await self._defaut(error, scope, receive, send)

    def _servir(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        parent = entete(scope, b"traceparent")
        return self._suivre(parent, scope, receive, send) if suivi(parent) else self._repondre(scope, receive, send)

    async def _suivre(self, parent: str | None, scope: Scope, receive: Receive, send: Send) -> None:
        with suivre(f"{self.ctx.service.nom} {scope['method']}", {"traceparent": parent} if parent else None):
            await self._repondre(scope, receive, send)

    async def _repondre(self, scope: Scope, receive: Receive, send: Send) -> None:
        chaud = self._chaud(scope["method"], scope["path"])
        if chaud is None:
            await self.app(scope, receive, send)
            return
        scope["app"] = self._application
        request = Demande(scope, receive)
        try:
            reponse = await chaud(request)
        except Exception as erreur:
            reponse = await self._rendre(erreur, request)
        if reponse is None:
            await self.app(scope, _relire(request, receive), send)
            return
        await reponse(scope, receive, send)

    def _chaud(self, methode: str, chemin: str) -> Chaud | None:
        if self._chauds is None:
            if chemin.startswith(_CONTROLE):  # the gateway's own business needs no face
                return None
            self._chauds = self._application.face().chauds
            self._prefixes = any(c.endswith("/") for _, c in self._chauds)
        chaud = self._chauds.get((methode, chemin))
        if chaud is None and self._prefixes:
            tete, _, reste = chemin.rpartition("/")
            chaud = self._chauds.get((methode, tete + "/")) if reste else None
        return chaud

    async def _rendre(self, erreur: Exception, request: Request) -> Response:
        """What the handlers of the application make of an error, as if a route had raised it."""
        for classe in type(erreur).__mro__:
            if (rendre := self._application.exception_handlers.get(classe)) is not None:
                reponse: Response = await rendre(request, erreur)  # type: ignore[misc]  # ours are all coroutines
                return reponse
        raise erreur

    async def _avec_carnet(self, scope: Scope, receive: Receive, send: Send) -> None:
        commence = False

        async def envoyer(message: Message) -> None:
            nonlocal commence
            if message["type"] == "http.response.start":
                commence = True
                if (valeur := emballer(notes)) is not None:
                    message["headers"] = [*message.get("headers", []), (b"bac-notes", valeur)]
            await send(message)

        with carnet() as notes:
            try:
                await self._servir(scope, receive, envoyer)
            except Exception as error:
                if commence:
                    raise
                await self._defaut(error, scope, receive, envoyer)

    async def _defaut(self, error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
        reponse = await self._application.state.defaut(Request(scope), error)
        await reponse(scope, receive, send)


class Demande(Request):
    """A request read whole: without what a stream needs, its body costs a tenth."""

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            morceaux = []
            while not self._stream_consumed:
                message = await self._receive()
                if message["type"] == "http.disconnect":
                    self._is_disconnected = True
                    raise ClientDisconnect
                morceaux.append(message.get("body", b""))
                self._stream_consumed = not message.get("more_body", False)
            self._body = b"".join(morceaux)
        return self._body


def _relire(request: Request, receive: Receive) -> Receive:
    """``receive`` for who comes after ``request``: the body it read, if it did, comes again."""
    corps: bytes | None = getattr(request, "_body", None)

    async def relire() -> Message:
        nonlocal corps
        if corps is None:
            return await receive()
        message, corps = {"type": "http.request", "body": corps, "more_body": False}, None
        return message

    return relire


def bac_de(scope: Scope) -> Bac:
    """The bac the edge stamped on this request."""
    try:
        bac: Bac = scope["state"]["bac"]
    except KeyError:
        raise Interdit("no bac on this request", "aucun bac sur cette requête", regle="BAC-INT-02") from None
    return bac
