"""A visitor of the console who follows links and fills in forms, with cookies and without scripts."""

from dataclasses import dataclass, field
from typing import Any

import httpx
from lxml import html


@dataclass
class Visite:
    client: httpx.AsyncClient
    bac: str = ""
    langue: str = "fr"
    reponse: httpx.Response = field(default_factory=lambda: httpx.Response(0))

    @property
    def page(self) -> Any:
        return html.fromstring(self.reponse.text)

    def texte(self, css: str = "main") -> str:
        """What one reads there, spaces folded."""
        return " ".join(" ".join(morceau for e in self.page.cssselect(css) for morceau in e.itertext()).split())

    async def ouvrir(self, chemin: str = "") -> str:
        """A page of the console; the text of its main part."""
        url = chemin if chemin.startswith(("/bac/", "/console")) else f"{self.bac}/console{chemin}"
        self.reponse = await self.client.get(url, headers={"Accept-Language": self.langue})
        assert self.reponse.headers["content-type"].startswith("text/html"), self.reponse.text
        return self.texte()

    async def suivre(self, css: str) -> str:
        """Click the first link that matches."""
        return await self.ouvrir(self.page.cssselect(css)[0].get("href"))

    async def remplir(self, css: str, **champs: str) -> str:
        """Fill in a form of this page and send it as a browser does; the text of the page it leads to."""
        formulaire = self.page.cssselect(css)[0]
        envoyes = {c.name: c.value for c in formulaire.inputs if c.name and getattr(c, "type", "") != "checkbox"}
        inconnus = set(champs) - {c.name for c in formulaire.inputs}
        assert not inconnus, inconnus
        self.reponse = await self.client.post(
            formulaire.get("action"),
            data={k: v or "" for k, v in envoyes.items()} | champs,
            headers={"Accept-Language": self.langue},
        )
        if self.reponse.status_code == 303:
            return await self.ouvrir(self.reponse.headers["location"])
        return self.texte()
