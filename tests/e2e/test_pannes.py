"""NATS or PostgreSQL killed under the distributed suite: what still works, who is named, and nothing twice after.

The supervisor is held (``SIGSTOP``) while a dependency is down, so that the outage lasts as long as the test looks.
"""

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from bacasante import etat
from tests.e2e.charge import EP, MODELE, OID, PATIENT, Constat, Poste, Releve, constater, deposer
from tests.instance import Marche, attendre, marche


@pytest.fixture(scope="module")
def distribue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marche]:
    with marche(tmp_path_factory.mktemp("pannes") / "data", "--full") as prete:
        yield prete


@contextmanager
def panne(instance: Marche, pid: int) -> Iterator[None]:
    """A dependency killed, and nobody to bring it back until the end of the block."""
    os.kill(instance.processus.pid, signal.SIGSTOP)
    try:
        tues = [pid, *_enfants(pid)]  # a server process of PostgreSQL may outlive its parent by one more answer
        for tue in tues:
            with contextlib.suppress(ProcessLookupError):
                os.kill(tue, signal.SIGKILL)
        limite = time.monotonic() + 20
        while any(_etat(tue)[0] not in "ZX" for tue in tues):
            assert time.monotonic() < limite, tues
            time.sleep(0.01)
        yield
    finally:
        os.kill(instance.processus.pid, signal.SIGCONT)


def _etat(pid: int) -> tuple[str, int]:
    """State letter and parent of a process; ``X`` when it is gone."""
    try:
        champs = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "X", 0
    return champs[0], int(champs[1])


def _enfants(pid: int) -> list[int]:
    return [int(p.name) for p in Path("/proc").glob("[0-9]*") if _etat(int(p.name))[1] == pid]


def nats(instance: Marche) -> int:
    return int((etat.lire(instance.data) or {})["enfants"]["nats"])


def postgres(instance: Marche) -> int:
    return int((instance.data / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])


def manques(instance: Marche, attendu: str) -> dict[str, list[str]]:
    """By service, what readiness says is missing, once every service has noticed."""
    limite = time.monotonic() + 20
    while True:
        reponse = httpx.get(f"{instance.url}/health/ready", timeout=20)
        vus = {nom: s["manque"] for nom, s in reponse.json()["services"].items()}
        if all(attendu in manque for manque in vus.values()):
            assert reponse.status_code == 503
            assert int(reponse.headers["retry-after"]) > 0
            return vus
        assert time.monotonic() < limite, vus
        time.sleep(0.05)


def prescrire(poste: Poste) -> str:
    numero = str(poste.appel("POST", f"{EP}/numeros", "verdier-mg")["numero"])
    maintenant = datetime.now(UTC)
    corps = (
        MODELE.replace("NUMERO", numero)
        .replace("INSTANT", maintenant.isoformat(timespec="seconds"))
        .replace("JOUR", maintenant.date().isoformat())
    )
    poste.appel("POST", f"{EP}/prescriptions", "verdier-mg", json=json.loads(corps))
    return numero


def ajouts(constat: Constat) -> int:
    return constat.avis["DOC_ADDED"]


def test_nats_killed_after_a_commit_delays_the_story_and_repeats_nothing(distribue: Marche) -> None:
    """Three prescriptions the base files itself: one just before the kill, two while nobody carries events."""
    poste = Poste(distribue.url, 30).signer("verdier-mg")
    poste.appel("PATCH", "/_bac/settings", json={"copie_dmp": "base"})
    avant = constater(distribue.url, Releve())

    numeros = [prescrire(poste)]
    with panne(distribue, nats(distribue)):
        numeros += [prescrire(poste), prescrire(poste)]
        assert manques(distribue, "evenements")
        vues = poste.appel("GET", f"{EP}/prescriptions/{numeros[1]}", "verdier-mg")
        assert vues["numero"] == numeros[1]

    apres = constater(distribue.url, Releve())
    poste.appel("PATCH", "/_bac/settings", json={"copie_dmp": "logiciel"})
    poste.fermer()
    neufs = apres.vus["document"] - avant.vus["document"]
    assert sorted(neufs.values()) == [1, 1, 1]
    assert ajouts(apres) - ajouts(avant) == 3
    assert apres.morts == []


#: One exchange a service that needs its database.
ECHANGES = (
    (
        "dmp",
        "GET",
        f"/fhir/dmp/DocumentReference?patient.identifier=urn:oid:{OID}|{PATIENT.matricule_ins}&status=current",
    ),
    ("eprescription", "GET", f"{EP}/prescriptions?matricule={PATIENT.matricule_ins}"),
    ("mss", "GET", "/mss/v1/boites"),
    ("apcv", "GET", f"/apcv/phone/v1/applis?matricule={PATIENT.matricule_ins}"),
    ("ins", "GET", f"/insi/v1/personnes/{PATIENT.matricule_ins}"),
    ("adri", "GET", f"/adri/v1/personnes/{PATIENT.matricule_ins}/droits"),
    ("gateway", "GET", "/_bac/clients"),
)


def _echanger(poste: Poste, methode: str, chemin: str) -> httpx.Response:
    return poste.client.request(methode, chemin, headers={"Authorization": f"Bearer {poste.jetons['verdier-mg']}"})


def test_postgresql_killed_is_said_by_every_service_and_forgotten_when_it_is_back(distribue: Marche) -> None:
    poste, releve = Poste(distribue.url, 30).signer("verdier-mg"), Releve()
    attendre(distribue.url)
    deposer(poste, releve)
    for service, methode, chemin in ECHANGES:
        reponse = _echanger(poste, methode, chemin)
        assert reponse.status_code < 300, (service, reponse.text)

    with panne(distribue, postgres(distribue)):
        for service, methode, chemin in ECHANGES:
            reponse = _echanger(poste, methode, chemin)
            assert reponse.status_code == 503, (service, reponse.text)
            assert int(reponse.headers["retry-after"]) > 0, service
            assert service in reponse.text, reponse.text
        sante = manques(distribue, "base")
        assert len(sante) == 7
        fhir = _echanger(poste, *ECHANGES[0][1:])
        assert fhir.json()["resourceType"] == "OperationOutcome"
        assert fhir.headers["content-type"].startswith("application/fhir+json")

    attendre(distribue.url, 60)
    statuts = {service: _echanger(poste, methode, chemin).status_code for service, methode, chemin in ECHANGES}
    assert {s: statut for s, statut in statuts.items() if statut >= 300} == {}
    deposer(poste, releve)
    poste.fermer()
    apres = constater(distribue.url, releve)
    assert {c: apres.vus["document"][c] for c in releve.acquis["document"]} == dict.fromkeys(
        releve.acquis["document"], 1
    )
    assert apres.morts == []
