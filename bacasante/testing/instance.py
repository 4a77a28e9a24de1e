"""One instance for a test run: started by the first worker that needs it, stopped by the same one when all are done."""

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

DELAI = 120.0
_PRET = re.compile(r"ready in [\d.]+ s: (\S+)")


@contextlib.contextmanager
def instance_partagee(dossier: Path) -> Iterator[str]:
    """The URL of the instance of this folder, started if nobody did; it stays while any worker uses it."""
    usagers = dossier / "usagers"
    usagers.mkdir(parents=True, exist_ok=True)
    adresse = dossier / "url"
    moi = usagers / str(os.getpid())
    processus: subprocess.Popen[bytes] | None = None
    with _verrou(dossier):
        if not adresse.exists():
            processus, url = _lancer(dossier)
            adresse.write_text(url)
        moi.touch()
    try:
        yield adresse.read_text() if processus is None else url
    finally:
        moi.unlink()
        if processus is not None:
            _attendre_les_autres(usagers)
            with _verrou(dossier):
                adresse.unlink()
            _arreter(processus)


@contextlib.contextmanager
def _verrou(dossier: Path) -> Iterator[None]:
    """A folder can be made once: whoever makes it holds the lock."""
    verrou = dossier / "verrou"
    limite = time.monotonic() + DELAI
    while True:
        try:
            verrou.mkdir()
            break
        except FileExistsError:
            if time.monotonic() > limite:
                raise RuntimeError(f"{verrou} is held for over {DELAI:g} s: another run died there?") from None
            time.sleep(0.05)
    try:
        yield
    finally:
        verrou.rmdir()


def _lancer(dossier: Path) -> tuple["subprocess.Popen[bytes]", str]:
    journal = dossier / "bacasante.log"
    with journal.open("wb") as sortie:
        processus = subprocess.Popen(  # noqa: S603  # our own command
            [sys.executable, "-m", "bacasante", "up", "--port", "0", "--data", str(dossier / "donnees"), "--quiet"],
            cwd=dossier,
            env=_environnement(),
            stdin=subprocess.DEVNULL,
            stdout=sortie,
            stderr=subprocess.STDOUT,
        )
    limite = time.monotonic() + DELAI
    while time.monotonic() < limite and processus.poll() is None:
        if (pret := _PRET.search(journal.read_text(errors="replace"))) is not None:
            return processus, pret[1]
        time.sleep(0.05)
    _arreter(processus)
    raise RuntimeError(f"bacasante up did not become ready:\n{journal.read_text(errors='replace')[-4000:]}")


def _environnement() -> dict[str, str]:
    """The suite's own packages first: the project under test may well have a ``gateway`` or ``services`` of its own."""
    racine = str(Path(__file__).resolve().parents[2])
    chemins = [racine, os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(c for c in chemins if c)}


def _attendre_les_autres(usagers: Path) -> None:
    while any(_vit(int(f.name)) for f in usagers.iterdir()):
        time.sleep(0.05)


def _vit(pid: int) -> bool:
    if os.name == "nt":  # signal 0 is not a question there
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _arreter(processus: "subprocess.Popen[bytes]") -> None:
    if processus.poll() is None:
        processus.terminate()
        try:
            processus.wait(30)
        except subprocess.TimeoutExpired:
            processus.kill()
            processus.wait(10)
