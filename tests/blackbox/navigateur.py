"""A headless Chromium driven over the W3C WebDriver protocol: nothing but HTTP and the driver Debian ships."""

import base64
import contextlib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

_AUTRE_PAGE = "return window.quittee === undefined && document.readyState === 'complete'"
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
RACINE = Path(__file__).resolve().parents[2]
CAPTURES = RACINE / "build" / "blackbox"
DELAI = 20.0
OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--window-size=1100,900",
    # Whatever a page asks for, nothing but this machine is resolved.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


class Refus(AssertionError):
    """The driver could not do it; between two pages it has many words for that."""


@dataclass(frozen=True, slots=True)
class Navigateur:
    """One browser session, with an empty profile."""

    client: httpx.Client

    def ouvrir(self, url: str) -> None:
        self._post("url", url=url)

    @property
    def adresse(self) -> str:
        return str(self._get("url"))

    @property
    def titre(self) -> str:
        return str(self._get("title"))

    @property
    def source(self) -> str:
        return str(self._get("source"))

    def texte(self, css: str = "body") -> str:
        return str(self._get(f"element/{self._element(css)}/text"))

    def nombre(self, css: str) -> int:
        return len(self._post("elements", using="css selector", value=css))

    def cliquer(self, css: str) -> None:
        self._post(f"element/{self._element(css)}/click")

    def suivre(self, css: str, ou: str = "") -> None:
        """Click, and wait until another document is there, loaded, at an address that holds ``ou``."""
        self.script("window.quittee = true")
        self.cliquer(css)
        self.attendre(lambda p: p.script(_AUTRE_PAGE) and ou in p.adresse, f"{css} leads to {ou}")

    def ecrire(self, css: str, texte: str) -> None:
        element = self._element(css)
        self._post(f"element/{element}/clear")
        self._post(f"element/{element}/value", text=texte)

    def attendre(self, condition: Callable[["Navigateur"], bool], phrase: str) -> None:
        """Poll with a deadline; what the driver refuses between two pages is asked again."""
        limite = time.monotonic() + DELAI
        refus = ""
        while time.monotonic() < limite:
            try:
                if condition(self):
                    return
            except Refus as dernier:
                refus = str(dernier)[:300]
            time.sleep(0.05)
        raise AssertionError(f"{phrase}: at {self.adresse} after {DELAI:g} s {refus}")

    def photographier(self, nom: str) -> Path:
        fichier = CAPTURES / f"{nom}.png"
        fichier.write_bytes(base64.b64decode(self._get("screenshot")))
        return fichier

    def script(self, code: str) -> Any:
        return self._post("execute/sync", script=code, args=[])

    def erreurs(self) -> list[str]:
        """What the console of the browser complains about."""
        entrees = self._post("se/log", type="browser")
        return [e["message"] for e in entrees if e["level"] == "SEVERE"]

    def _element(self, css: str) -> str:
        return str(self._post("element", using="css selector", value=css)[_ELEMENT])

    def _get(self, chemin: str) -> Any:
        return _valeur(self.client.get(chemin))

    def _post(self, chemin: str, **corps: Any) -> Any:
        return _valeur(self.client.post(chemin, json=corps))


def _valeur(reponse: httpx.Response) -> Any:
    corps = reponse.json()["value"]
    if reponse.status_code != 200:
        raise Refus(corps)
    return corps


def _port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return int(prise.getsockname()[1])


@contextlib.contextmanager
def pilote(journal: Path) -> Iterator[str]:
    """A running chromedriver; its URL."""
    port = _port_libre()
    with (
        journal.open("wb") as sortie,
        subprocess.Popen(["chromedriver", f"--port={port}"], stdout=sortie, stderr=sortie) as processus,
    ):
        url = f"http://127.0.0.1:{port}"
        try:
            _attendre_le_pilote(url)
            yield url
        finally:
            processus.terminate()


def _attendre_le_pilote(url: str) -> None:
    limite = time.monotonic() + DELAI
    while time.monotonic() < limite:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/status").json()["value"]["ready"]:
                return
        time.sleep(0.05)
    raise AssertionError("chromedriver does not answer")


@contextlib.contextmanager
def navigateur(pilote: str, profil: Path, langue: str = "fr") -> Iterator[Navigateur]:
    """A browser with a new profile that prefers ``langue``."""
    capacites = {
        "browserName": "chrome",
        "goog:loggingPrefs": {"browser": "ALL"},
        "goog:chromeOptions": {
            "args": [*OPTIONS, f"--user-data-dir={profil}"],
            "prefs": {"intl.accept_languages": langue},
        },
    }
    with httpx.Client(timeout=60) as client:
        session = _valeur(client.post(f"{pilote}/session", json={"capabilities": {"alwaysMatch": capacites}}))
        adresse = f"{pilote}/session/{session['sessionId']}"
        client.base_url = httpx.URL(f"{adresse}/")
        try:
            yield Navigateur(client)
        finally:
            _valeur(client.delete(adresse))  # with a final slash the driver knows no such command: the browser stays
