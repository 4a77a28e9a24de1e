"""Calling an ASGI application in process, as one would a server: the interface of every upstream (architecture §3)."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import unquote

import orjson

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reponse:
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)

    def header(self, nom: str) -> str | None:
        cle = nom.lower().encode()
        return next((v.decode("latin-1") for k, v in self.headers if k.lower() == cle), None)


async def appeler(
    app: ASGIApp,
    method: str,
    path: str,
    *,
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
    query: str = "",
) -> Reponse:
    """One request, its whole answer. The body must fit in memory: internal calls are small or already bounded."""
    envoye = False
    statut = 500
    entetes: list[tuple[bytes, bytes]] = []
    morceaux: list[bytes] = []

    async def receive() -> Message:
        nonlocal envoye
        if envoye:
            return {"type": "http.disconnect"}
        envoye = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal statut
        if message["type"] == "http.response.start":
            statut = message["status"]
            entetes.extend(message.get("headers", []))
        elif message["type"] == "http.response.body":
            morceaux.append(message.get("body", b""))

    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode("ascii"),
        "root_path": "",
        "query_string": query.encode("ascii"),
        "headers": [
            (b"host", b"interne"),
            (b"content-length", str(len(body)).encode()),
            *((k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in headers),
        ],
        "client": ("127.0.0.1", 0),
        "server": ("interne", 80),
        "state": {},
    }
    await app(scope, receive, send)
    return Reponse(statut, tuple(entetes), b"".join(morceaux))


def entete(scope: Scope, nom: bytes) -> str | None:
    """The first header of that (lower-case) name."""
    for cle, valeur in scope["headers"]:
        if cle == nom:
            return str(valeur.decode("latin-1"))
    return None


async def lire_corps(receive: Receive, limite: int) -> bytes | None:
    """The whole request body, or None as soon as it passes ``limite`` bytes."""
    morceaux: list[bytes] = []
    taille = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        taille += len(message.get("body", b""))
        if taille > limite:
            return None
        morceaux.append(message.get("body", b""))
        if not message.get("more_body", False):
            break
    return b"".join(morceaux)
