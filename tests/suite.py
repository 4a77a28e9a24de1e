"""The whole suite in this process, as ``bacasante up`` starts it, reached through the edge by an ASGI client."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bacasante.embarque import Suite
from bacasante.options import Options


@dataclass
class Maison:
    suite: Suite
    client: httpx.AsyncClient

    async def jeton(self, slug: str = "verdier-mg", bac: str = "") -> str:
        """An access token minted for a persona."""
        reponse = await self.client.post(f"{bac}/_bac/personas/{slug}/tokens", json={})
        assert reponse.status_code in (200, 201), reponse.text
        jeton: str = reponse.json()["access_token"]
        return jeton

    async def ps(self, slug: str = "verdier-mg", bac: str = "") -> dict[str, str]:
        return {"Authorization": f"Bearer {await self.jeton(slug, bac)}"}

    async def pourquoi(self, reponse: httpx.Response) -> dict[str, Any]:
        """The explanation of an exchange, by the id its answer carries."""
        trouve = await self.client.get(f"/_bac/why/{reponse.headers['bac-journal']}")
        assert trouve.status_code == 200, trouve.text
        explication: dict[str, Any] = trouve.json()
        return explication


@contextlib.asynccontextmanager
async def maison(data: Path, **options: Any) -> AsyncIterator[Maison]:
    """``port`` other than the default one: the mail ports are chosen by the system."""
    suite = Suite(Options(data=data, port=8499, **options), "http://127.0.0.1:8400")
    await suite.start()
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=suite.app), base_url="http://127.0.0.1:8400", timeout=30
    )
    try:
        yield Maison(suite, client)
    finally:
        await client.aclose()
        await suite.stop()
