"""Talking to a running instance from the command line."""

import sys
import time
from pathlib import Path
from typing import Any

import httpx

from bacasante import etat
from bacasante.options import PORT


class PasDInstance(Exception):
    """Nothing answers at that address."""


class Instance:
    """The control API of one instance; ``bac`` names the copy spoken to."""

    def __init__(self, data: Path, url: str | None, bac: str = "default") -> None:
        self.racine = (url or str((etat.lire(data) or {}).get("url") or f"http://127.0.0.1:{PORT}")).rstrip("/")
        self.base = self.racine if bac == "default" else f"{self.racine}/bac/{bac}"
        jeton = data / "jeton-de-controle"
        entetes = {"Authorization": f"Bearer {jeton.read_text().strip()}"} if jeton.exists() else {}
        self._client = httpx.Client(timeout=120, headers=entetes, verify=self._confiance(data))

    @staticmethod
    def _confiance(data: Path) -> Any:
        import ssl

        contexte = ssl.create_default_context()
        for ca in (data / "pki" / "ca.pem", data / "pki" / "racine.pem"):
            if ca.exists():
                contexte.load_verify_locations(ca)
        return contexte

    def appel(self, methode: str, chemin: str, **options: Any) -> httpx.Response:
        try:
            return self._client.request(methode, self.base + chemin, **options)
        except httpx.TransportError as error:
            raise PasDInstance(self.base) from error

    def json(self, methode: str, chemin: str, **options: Any) -> Any:
        """The answer's body; a refusal ends the command with its own words."""
        reponse = self.appel(methode, chemin, **options)
        if reponse.status_code >= 400:
            corps = reponse.json()
            sys.stderr.write(f"{corps.get('regle', reponse.status_code)}: {corps.get('detail', reponse.text)}\n")
            raise SystemExit(1)
        return reponse.json() if reponse.content else None

    def pret(self) -> bool:
        try:
            return self._client.get(self.racine + "/health/ready", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def attendre(self, delai: float) -> bool:
        limite = time.monotonic() + delai
        while not self.pret():
            if time.monotonic() > limite:
                return False
            time.sleep(0.05)
        return True
