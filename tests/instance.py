"""A real instance in a process of its own, as a newcomer starts it."""

import contextlib
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

_PRET = re.compile(rb"ready in ([\d.]+) s: (\S+) \(SMTP (\S+), IMAP (\S+)\)")


@dataclass
class Marche:
    """A started instance: where it answers, and how to end it."""

    processus: subprocess.Popen[bytes]
    url: str
    smtp: str
    imap: str
    data: Path
    ecran: bytes = b""

    def tuer(self) -> None:
        """``kill -9``."""
        self.processus.kill()
        self.processus.wait(10)
        if self.processus.stdout is not None:
            self.processus.stdout.close()


def bacasante(*arguments: str, delai: float = 120) -> subprocess.CompletedProcess[str]:
    """Run one command of the suite to its end."""
    return subprocess.run(
        [sys.executable, "-m", "bacasante", *arguments], capture_output=True, text=True, timeout=delai, check=False
    )


def lancer(data: Path, *options: str, delai: float = 90) -> Marche:
    """``bacasante up`` on a free port; returns once the ready line is out."""
    processus = subprocess.Popen(
        [sys.executable, "-m", "bacasante", "up", "--port", "0", "--data", str(data), "--quiet", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert processus.stdout is not None
    limite = time.monotonic() + delai
    lu = b""
    while time.monotonic() < limite:
        ligne = processus.stdout.readline()
        lu += ligne
        if (pret := _PRET.search(ligne)) is not None:
            return Marche(processus, pret[2].decode(), pret[3].decode(), pret[4].decode(), data, lu)
        if not ligne and processus.poll() is not None:
            break
    processus.kill()
    raise AssertionError(f"the instance did not become ready:\n{lu.decode(errors='replace')}")


@contextlib.contextmanager
def marche(data: Path, *options: str) -> Iterator[Marche]:
    instance = lancer(data, *options)
    try:
        yield instance
    finally:
        if instance.processus.poll() is None:
            instance.processus.send_signal(signal.SIGTERM)
            try:
                instance.processus.wait(30)
            except subprocess.TimeoutExpired:
                instance.tuer()
        assert instance.processus.stdout is not None
        instance.processus.stdout.close()


def attendre(url: str, delai: float = 30) -> None:
    """Poll until the instance is ready."""
    limite = time.monotonic() + delai
    while True:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/health/ready", timeout=5).status_code == 200:
                return
        assert time.monotonic() < limite, f"{url} is not ready"
        time.sleep(0.05)
