"""The instance the demo plays against: the one that answers, or its own."""

import contextlib
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

PRET_EN = 60.0
BOUCLE = ("127.0.0.1", "localhost", "::1")


class InstanceInjoignable(Exception):
    """Nothing answers, and what was started did not become ready."""


def repond(base: str, ca: str | None = None) -> bool:
    """Whether a ready instance answers at this address."""
    verify: ssl.SSLContext | bool = ssl.create_default_context(cafile=ca) if ca else True
    try:
        return httpx.get(f"{base}/health/ready", timeout=5.0, verify=verify).status_code == 200
    except httpx.HTTPError:
        return False


@contextlib.contextmanager
def confiance(base: str) -> Iterator[str | None]:
    """For an https instance on this machine, a file with its test root (``/pki/ca.pem``); else the system's trust."""
    url = httpx.URL(base)
    if url.scheme != "https" or url.host not in BOUCLE:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="bacasante-ca-") as dossier:
        fichier = Path(dossier, "ca.pem")
        with contextlib.suppress(httpx.HTTPError):
            # Nothing is known of this root yet, and it is on the loopback: fetched once, then everything is checked.
            fichier.write_bytes(httpx.get(f"{base}/pki/ca.pem", verify=False, timeout=5.0).content)  # noqa: S501
        yield str(fichier) if fichier.exists() else None


@contextlib.contextmanager
def propre_instance() -> Iterator[str]:
    """An instance of our own in a temporary folder and on a free port, ended with the demo."""
    with tempfile.TemporaryDirectory(prefix="bacasante-demo-") as dossier:
        port = _port_libre()
        base = f"http://127.0.0.1:{port}"
        commande = [sys.executable, "-m", "bacasante", "up", "--port", str(port), "--data", dossier, "--quiet"]
        journal = Path(dossier, "demo.log")
        with journal.open("wb") as sortie:
            processus = subprocess.Popen(  # noqa: S603  # our own interpreter and module
                commande, stdout=sortie, stderr=subprocess.STDOUT, env=dict(os.environ)
            )
            try:
                _attendre(processus, base, journal)
                yield base
            finally:
                processus.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    processus.wait(10)
                processus.kill()
                processus.wait()


def _attendre(processus: subprocess.Popen[bytes], base: str, journal: Path) -> None:
    limite = time.monotonic() + PRET_EN
    while time.monotonic() < limite:
        if repond(base):
            return
        if processus.poll() is not None:
            break
        time.sleep(0.05)
    fin = journal.read_text("utf-8", "replace")[-2000:]
    raise InstanceInjoignable(f"no instance answers, and the one started for the demo is not ready:\n{fin}")


def _port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return int(prise.getsockname()[1])
