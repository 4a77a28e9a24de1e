"""The only place that builds an outbound HTTP client: the streaming reverse proxy of the distributed topology."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from shared.web.asgi import Receive, Scope, Send
from shared.web.entree import notes_de
from shared.web.interne import Interne, interne_de

if TYPE_CHECKING:
    import aiohttp

_PAS_TRANSMIS = {b"connection", b"keep-alive", b"transfer-encoding", b"te", b"trailer", b"upgrade", b"proxy-connection"}


class ReverseProxy:
    """An upstream in another process, with the interface of one in this process: an ASGI application.

    Raises ``ConnectionError`` when it does not answer, before anything was sent to the caller.
    """

    def __init__(self, url: str, secret: str = "") -> None:
        self._secret = secret
        self._url = url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def _client(self) -> "aiohttp.ClientSession":
        import aiohttp

        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=None, connect=5, sock_read=60),
                connector=aiohttp.TCPConnector(limit=200),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                max_line_size=65_536,
                max_field_size=65_536,
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        import aiohttp
        from yarl import URL

        if scope["type"] != "http":
            return
        client = await self._client()
        chemin = scope.get("raw_path") or quote(scope["path"]).encode()
        url = self._url + chemin.decode("ascii")
        if scope["query_string"]:
            url += "?" + scope["query_string"].decode("ascii")
        entetes = [
            (k.decode("latin-1"), v.decode("latin-1"))
            for k, v in scope["headers"]
            if k.lower() not in _PAS_TRANSMIS and k.lower() not in (b"host", b"content-length")
        ]
        interne = interne_de(scope)
        if interne is not None:
            entetes += self._entetes_internes(interne)
        longueur = next((v for k, v in scope["headers"] if k.lower() == b"content-length"), None)
        avec_corps = longueur not in (None, b"0") or any(k.lower() == b"transfer-encoding" for k, _ in scope["headers"])
        if longueur is not None and avec_corps:
            entetes.append(("Content-Length", longueur.decode()))
        try:
            reponse = await client.request(
                scope["method"],
                URL(url, encoded=True),
                headers=entetes,
                data=_morceaux(receive) if avec_corps else None,
                allow_redirects=False,
            )
        except (aiohttp.ClientConnectionError, TimeoutError) as error:
            raise ConnectionError(f"{self._url} does not answer") from error
        async with reponse:
            recus = [(k.lower(), v) for k, v in reponse.raw_headers if k.lower() not in _PAS_TRANSMIS]
            if interne is not None and (notes := next((v for k, v in recus if k == b"bac-notes"), None)) is not None:
                interne.notes = notes_de(notes)
                recus = [(k, v) for k, v in recus if k != b"bac-notes"]
            await send({"type": "http.response.start", "status": reponse.status, "headers": recus})
            async for morceau in reponse.content.iter_any():
                await send({"type": "http.response.body", "body": morceau, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _entetes_internes(self, interne: Interne) -> list[tuple[str, str]]:
        entetes = [
            ("Bac-Secret", self._secret),
            ("Bac-Etat", interne.bac.to_json().decode()),
            ("Bac-Now", interne.bac.now().isoformat()),
        ]
        if interne.certificat is not None:
            entetes.append(("Bac-Client-Cert", interne.certificat))
        return entetes


async def _morceaux(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ConnectionError("the caller went away")
        if message.get("body"):
            yield message["body"]
        if not message.get("more_body", False):
            return
