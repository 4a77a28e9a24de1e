"""What is running from a data folder: one lock, one state file; so ``down`` finds it and two never share it."""

import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any


class DejaEnMarche(Exception):
    """Another process serves this data folder."""


class Verrou:
    """Held for the life of the process; the system releases it if the process is killed."""

    def __init__(self, data: Path) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self._fichier = (data / "verrou").open("a+")

    def prendre(self) -> None:
        try:
            import fcntl
        except ImportError:  # Windows: the ports themselves are the lock
            return
        try:
            fcntl.flock(self._fichier, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DejaEnMarche from error

    def rendre(self) -> None:
        self._fichier.close()


def ecrire(data: Path, etat: dict[str, Any]) -> None:
    provisoire = data / "etat.json.part"
    provisoire.write_text(json.dumps(etat, indent=1))
    provisoire.replace(data / "etat.json")


def lire(data: Path) -> dict[str, Any] | None:
    with suppress(OSError, ValueError):
        etat: dict[str, Any] = json.loads((data / "etat.json").read_text())
        return etat
    return None


def effacer(data: Path) -> None:
    (data / "etat.json").unlink(missing_ok=True)


def vit(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _zombie(pid)


def _zombie(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return False


def arreter(pid: int, delai: float = 10.0) -> bool:
    """Ask a process to end, then insist; True when it is gone."""
    for signe, patience in ((signal.SIGTERM, delai), (signal.SIGKILL, 3.0)):
        if not vit(pid):
            return True
        with suppress(ProcessLookupError):
            os.kill(pid, signe)
        limite = time.monotonic() + patience
        while time.monotonic() < limite:
            if not vit(pid):
                return True
            time.sleep(0.02)
    return not vit(pid)
