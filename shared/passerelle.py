"""What a service may ask of its gateway: the bac's state and keys, who a professional is, another service's bytes.

In the embedded topology ``app`` is the gateway itself; in the distributed one a client with the same interface
(:class:`shared.http.ReverseProxy`).
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import orjson

from shared.edge.bac import Bac
from shared.errors import Indisponible, Introuvable
from shared.web.asgi import ASGIApp, Reponse, appeler


class Passerelle:
    def __init__(self, app: ASGIApp | None, secret: str, service: str) -> None:
        self.app = app
        self._secret = secret
        self._service = service

    async def appel(
        self,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        query: str = "",
        headers: Iterable[tuple[str, str]] = (),
    ) -> Reponse:
        """A call on the gateway's internal face (``/_interne/…``)."""
        if self.app is None:
            raise _injoignable()
        try:
            reponse = await appeler(
                self.app,
                method,
                path,
                body=body,
                query=query,
                headers=[("Bac-Secret", self._secret), ("Bac-Service", self._service), *headers],
            )
        except OSError as error:
            raise _injoignable() from error
        if reponse.status >= 500:
            raise _injoignable()
        return reponse

    async def _json(self, path: str, quoi: str) -> Any:
        reponse = await self.appel("GET", path)
        if reponse.status == 404:
            raise Introuvable(f"{quoi}: unknown to the gateway", f"{quoi} : inconnu de la passerelle")
        return reponse.json()

    async def bac(self, nom: str) -> Bac:
        return Bac.from_json(await self._json(f"/_interne/bacs/{nom}", f"bac {nom}"))

    async def jwks(self, bac: str) -> dict[str, Any]:
        cles: dict[str, Any] = await self._json(f"/_interne/bacs/{bac}/jwks", f"bac {bac}")
        return cles

    async def session(self, bac: str, sid: str) -> dict[str, Any]:
        """The open session behind a token, with the holder's full identity; :class:`Introuvable` when closed."""
        trouve: dict[str, Any] = await self._json(f"/_interne/bacs/{bac}/sessions/{quote(sid, safe='')}", "session")
        return trouve

    async def service(
        self,
        bac: str,
        service: str,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        query: str = "",
        headers: Iterable[tuple[str, str]] = (),
    ) -> Reponse:
        """Ask another service, as this service (journal: ``interne``; architecture §11.13)."""
        return await self.appel(
            method, f"/_interne/bacs/{bac}/services/{service}{path}", body=body, query=query, headers=headers
        )

    async def journaliser(self, bac: str, entree: dict[str, Any]) -> str:
        """Report an exchange that did not cross the gateway (SMTP, IMAP); returns its journal id."""
        reponse = await self.appel("POST", f"/_interne/bacs/{bac}/journal", body=orjson.dumps(entree, default=str))
        return str(reponse.json()["id"])

    async def faute(self, bac: str, service: str, operation: str, identite: str = "") -> dict[str, Any] | None:
        """The injected fault that applies to this operation now, consuming it; None when there is none."""
        corps = orjson.dumps({"service": service, "operation": operation, "identite": identite})
        reponse = await self.appel("POST", f"/_interne/bacs/{bac}/fautes", body=corps)
        trouvee: dict[str, Any] | None = reponse.json()
        return trouvee


def _injoignable() -> Indisponible:
    return Indisponible("the gateway does not answer", "la passerelle ne répond pas", dependance="passerelle")
