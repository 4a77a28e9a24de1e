"""``kill -9`` under a mixed write load: what was acknowledged is there after the restart, exactly once.

``BACASANTE_GRAINE`` replays the instants of a run; the seed is printed with each failure.
"""

import contextlib
import os
import random
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bacasante import etat
from tests.e2e.charge import Charge, Constat, Releve, constater, verifier
from tests.instance import Marche, attendre, lancer

COUPS = 10
GENRES = ("document", "prescription", "delivrance", "message", "facture", "client")


@pytest.fixture
def hasard() -> random.Random:
    graine = int(os.environ.get("BACASANTE_GRAINE", random.SystemRandom().randrange(1 << 32)))
    sys.stdout.write(f"BACASANTE_GRAINE={graine}\n")  # shown by pytest with a failure
    return random.Random(graine)


def port_fixe() -> str:
    """A free port below those the system gives to outgoing connections: nobody takes it while the suite is down."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with contextlib.suppress(OSError), socket.socket() as prise:
            prise.bind(("127.0.0.1", port))
            return str(port)


def attendre_un_instant(charge: Charge, hasard: random.Random) -> None:
    """A random instant of the load: any time from its start to well into it."""
    if hasard.random() < 0.7:
        charge.premier.wait(10)
    threading.Event().wait(hasard.uniform(0.0, 0.5))


def test_ten_kills_of_the_embedded_suite_lose_and_repeat_nothing(tmp_path: Path, hasard: random.Random) -> None:
    port, releve = port_fixe(), Releve()
    instance = lancer(tmp_path, "--port", port)
    try:
        avant = constater(instance.url, releve)
        for _ in range(COUPS):
            charge = Charge(instance.url, releve)
            attendre_un_instant(charge, hasard)
            instance.tuer()
            charge.finir()
            instance = lancer(tmp_path, "--port", port)
            verifier(releve, avant, constater(instance.url, releve))
    finally:
        instance.tuer()
    assert [g for g in GENRES if not releve.acquis.get(g)] == []


class Distribue:
    """The distributed topology, and who can be killed in it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = port_fixe()
        self.instance = self._lancer()

    def _lancer(self) -> Marche:
        return lancer(self.data, "--full", "--port", self.port)

    def enfants(self) -> dict[str, int]:
        lus: dict[str, int] = (etat.lire(self.data) or {})["enfants"]
        return lus

    def tuer(self, nom: str) -> None:
        os.kill(self.enfants()[nom], signal.SIGKILL)

    def tuer_le_superviseur(self, *, avec_ses_enfants: bool) -> None:
        enfants = self.enfants()
        self.instance.tuer()
        if avec_ses_enfants:
            for pid in enfants.values():
                os.kill(pid, signal.SIGKILL)

    def relancer(self) -> None:
        self.instance = self._lancer()

    def constater(self, releve: Releve) -> Constat:
        attendre(self.instance.url, 60)
        return constater(self.instance.url, releve)

    def arreter(self) -> None:
        self.instance.processus.terminate()
        try:
            self.instance.processus.wait(30)
        finally:
            self.instance.tuer()


@pytest.fixture
def distribue(tmp_path: Path) -> Iterator[Distribue]:
    lance = Distribue(tmp_path)
    yield lance
    lance.arreter()


def test_ten_kills_of_the_distributed_suite_lose_and_repeat_nothing(
    distribue: Distribue, hasard: random.Random
) -> None:
    """Each process in turn, in an order drawn at random, and the supervisor between them; once with everything."""
    releve = Releve()
    avant = distribue.constater(releve)
    victimes = ["gateway", "ins", "apcv", "dmp", "mss", "eprescription", "mss", "superviseur", "superviseur", "tout"]
    assert len(victimes) == COUPS
    hasard.shuffle(victimes)
    for victime in victimes:
        charge = Charge(distribue.instance.url, releve)
        attendre_un_instant(charge, hasard)
        match victime:
            case "superviseur" | "tout":
                distribue.tuer_le_superviseur(avec_ses_enfants=victime == "tout")
                charge.finir()
                distribue.relancer()
            case nom:
                distribue.tuer(nom)
                charge.finir()
        verifier(releve, avant, distribue.constater(releve))
    assert [g for g in GENRES if not releve.acquis.get(g)] == []
