"""``make bench``: the hot exchanges of a suite started for that, as ratios against a bare ASGI application.

Both servers are real processes pinned to one core, the client to another; rounds are interleaved, and what is compared
is the processor time the server spends on an exchange, which a slow client or a busy neighbour does not change.
Prints a table and writes ``build/bench.json``. Everything stays on the loopback.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx
from bench_client import Prise, requete

from bacasante.demo.documents import Document, lot_mhd
from bacasante.demo.etapes.e05_prescription import CIP13, prescription
from bacasante.demo.fil import Fil
from bacasante.demo.scene import Scene
from services.eprescription.domain import numero as numeros
from shared.monde.population import GRAINE_POPULATION, generer

RACINE = Path(__file__).parent.parent
TIC = os.sysconf("SC_CLK_TCK")


@dataclass
class Mesure:
    """One row. ``ratio`` is bare CPU per exchange over ours; ``par_seconde`` what one core carries."""

    operation: str
    cible: str
    tenue: bool
    ratio: float | None = None
    par_seconde: float | None = None
    ms: float | None = None
    details: dict[str, Any] = field(default_factory=dict)


def cpu(pid: int) -> float:
    """Seconds of processor a process and its threads have used."""
    champs = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(champs[11]) + int(champs[12])) / TIC


def memoire_mo(pid: int) -> float:
    for ligne in Path(f"/proc/{pid}/status").read_text().splitlines():
        if ligne.startswith("VmRSS"):
            return int(ligne.split()[1]) / 1024
    return 0.0


@contextmanager
def processus(commande: list[str], pret: str, pret_a: str = "") -> Iterator[tuple[subprocess.Popen[str], str, float]]:
    """A server pinned to the first core; yields it, its ready line and how long it took to be wholly ready."""
    debut = time.monotonic()
    enfant = subprocess.Popen(  # noqa: S603  # our own command line
        commande, stdout=subprocess.PIPE, text=True, cwd=RACINE, env={**os.environ, "PYTHONPATH": str(RACINE)}
    )
    with suppress(OSError, AttributeError):
        os.sched_setaffinity(enfant.pid, {min(os.sched_getaffinity(0))})
    assert enfant.stdout is not None
    for ligne in enfant.stdout:
        if pret in ligne:
            break
    else:
        raise RuntimeError(f"{commande} ended before it was ready")
    if pret_a:
        httpx.get(ligne.split()[4] + pret_a, timeout=60).raise_for_status()
    try:
        yield enfant, ligne, time.monotonic() - debut
    finally:
        enfant.send_signal(signal.SIGTERM)
        enfant.wait(30)
        enfant.stdout.close()


class Banc:
    def __init__(self, suite: int, url: str, nu: int, url_nu: str, secondes: float) -> None:
        self.suite, self.nu = suite, nu
        self.prise, self.prise_nue = Prise(url), Prise(url_nu)
        self.url, self.secondes = url, secondes
        self.mesures: list[Mesure] = []

    def _cout(self, pid: int, jouer: Callable[[int], None], combien: int) -> float:
        avant = cpu(pid)
        jouer(combien)
        return (cpu(pid) - avant) / combien

    def comparer(self, operation: str, cible: float, corps: bytes, statut: int = 200) -> None:
        """The same exchange again and again, against the bare one, interleaved."""
        nue = requete("GET", "/")
        self.prise.jouer([corps] * 20, statut)
        combien = self._calibrer(lambda n: self.prise.jouer([corps] * n, statut))
        ratios, couts = [], []
        for _ in range(3):
            ours = self._cout(self.suite, lambda n: self.prise.jouer([corps] * n, statut), combien)
            bare = self._cout(self.nu, lambda n: self.prise_nue.jouer([nue] * n), max(combien, 20_000))
            ratios.append(bare / ours)
            couts.append(ours)
        ratio = statistics.median(ratios)
        self.mesures.append(
            Mesure(operation, f">= {cible:g} x bare", ratio >= cible, ratio, 1 / statistics.median(couts))
        )

    def debit(self, operation: str, cible: float, requetes: list[bytes], statut: int) -> None:
        """Distinct writes, counted by what one core carries a second."""
        couts = []
        tiers = len(requetes) // 3
        for i in range(3):
            lot = requetes[i * tiers : (i + 1) * tiers]
            couts.append(self._cout(self.suite, lambda _n, lot=lot: self.prise.jouer(lot, statut), len(lot)))
        rate = 1 / statistics.median(couts)
        self.mesures.append(Mesure(operation, f">= {cible:g}/s", rate >= cible, par_seconde=rate))

    def duree(self, operation: str, cible_ms: float, jouer: Callable[[], object], fois: int) -> None:
        durees = []
        for _ in range(fois):
            debut = time.perf_counter()
            jouer()
            durees.append((time.perf_counter() - debut) * 1000)
        ms = statistics.median(durees)
        self.mesures.append(
            Mesure(operation, f"<= {cible_ms:g} ms", ms <= cible_ms, ms=ms, details={"max_ms": max(durees)})
        )

    def _calibrer(self, jouer: Callable[[int], None]) -> int:
        debut = time.perf_counter()
        jouer(50)
        return max(100, int(50 * self.secondes / max(time.perf_counter() - debut, 1e-4)))


def mesurer(banc: Banc, api: httpx.Client, quick: bool) -> None:
    json_ = {"Content-Type": "application/json"}
    jeton = api.post("/_bac/personas/verdier-mg/tokens", json={}).json()["access_token"]
    moi = {"Authorization": f"Bearer {jeton}"}
    realm = "/auth/realms/esante-wallet"
    banc.comparer("discovery", 0.30, requete("GET", f"{realm}/.well-known/wallet-openid-configuration"))
    banc.comparer("JWKS", 0.30, requete("GET", f"{realm}/protocol/openid-connect/certs"))
    banc.comparer("userinfo", 0.30, requete("GET", f"{realm}/protocol/openid-connect/userinfo", moi))
    _insi(banc, api, quick)
    scene = Scene(Fil(banc.url), "default")
    scene.acquis["oid"] = "1.2.250.1.213.1.4.8"
    instant = scene.horodatage()
    structure = [_depot(scene, 200_000, instant) for _ in range(60 if quick else 150)]
    fhir = {**moi, "Content-Type": "application/fhir+json"}
    banc.debit("DMP feed, 200 KB", 150, [requete("POST", "/fhir/dmp", fhir, d) for d in structure], 200)
    patient = f"urn:oid:{scene.acquis['oid']}%7C{scene.patient.matricule_ins}"
    chercher = f"/fhir/dmp/DocumentReference?patient.identifier={patient}&status=current&_count=50"
    trouves = api.get(chercher, headers=moi).json()["entry"]
    banc.comparer(f"DMP search of {len(trouves)}", 0.05, requete("GET", chercher, moi))
    gros = next(
        e["resource"]["content"][0]["attachment"]
        for e in trouves
        if e["resource"]["content"][0]["attachment"].get("size", 0) >= 200_000
    )
    chemin = (
        "/fhir" + str(gros["url"]).partition("/fhir")[2] if "/fhir" in str(gros["url"]) else f"/fhir/dmp/{gros['url']}"
    )
    banc.comparer("DMP retrieve, 200 KB", 0.10, requete("GET", chemin, {**moi, "Accept": gros["contentType"]}))
    _prescriptions(banc, api, scene, {**moi, **json_}, 300 if quick else 900)
    banc.duree("reset of a bac (demo)", 50, lambda: api.post("/bac/r1/_bac/reset", json={}).raise_for_status(), 8)
    noms = (f"neuf-{i}" for i in range(100))
    banc.duree("new bac (demo)", 100, lambda: api.post("/_bac/bacs", json={"name": next(noms)}).raise_for_status(), 8)
    _evenements(banc, api)


def _insi(banc: Banc, api: httpx.Client, quick: bool) -> None:
    """Every search asks for somebody else: no cache can help."""
    jeton = api.post("/bac/peuple/_bac/personas/verdier-mg/tokens", json={}).json()["access_token"]
    entetes = {"Authorization": f"Bearer {jeton}", "Content-Type": "application/json"}
    reference = api.get("/_bac/bacs/peuple").json()["reference"]
    from datetime import date

    personnes = [
        p for _, p in zip(range(2000), generer(100_000, GRAINE_POPULATION, date.fromisoformat(reference)), strict=False)
    ]
    corps = [
        requete(
            "POST",
            "/bac/peuple/insi/v1/recherche-traits",
            entetes,
            {
                "nom_naissance": p.nom_naissance,
                "prenom": p.prenoms.split()[0],
                "sexe": p.sexe,
                "date_naissance": p.date_naissance,
                "lieu_naissance": p.lieu_naissance,
            },
        )
        for p in personnes
    ]
    nue = requete("GET", "/")
    banc.prise.jouer(corps[:20], 200)
    ratios, couts = [], []
    for i in range(3):
        lot = corps[i * 600 : (i + 1) * 600] * (1 if quick else 3)
        ours = banc._cout(banc.suite, lambda _n, lot=lot: banc.prise.jouer(lot, 200), len(lot))
        bare = banc._cout(banc.nu, lambda n: banc.prise_nue.jouer([nue] * n), 20_000)
        ratios.append(bare / ours)
        couts.append(ours)
    ratio = statistics.median(ratios)
    banc.mesures.append(
        Mesure(
            "INSi search by traits, 100,000 people",
            ">= 0.08 x bare",
            ratio >= 0.08,
            ratio,
            1 / statistics.median(couts),
        )
    )


def _depot(scene: Scene, taille: int, instant: str) -> bytes:
    """A feed of a text document of that size, all bytes different."""
    from bacasante.demo.documents import nouvel_oid

    contenu = (uuid.uuid4().hex.encode() + b" Compte rendu. ") * (taille // 47 + 1)
    doc = Document(
        nouvel_oid(), contenu[:taille], "text/plain", "CR de consultation", "11488-4", "CR ou fiche de consultation",
        "10", "Compte rendu", "urn:ihe:iti:xds-sd:text:2008", "urn:oid:1.3.6.1.4.1.19376.1.2.3", b"",
    )  # fmt: skip
    return json.dumps(lot_mhd(doc, scene.patient, scene.acquis["oid"], scene.medecin, instant)).encode()


def _prescriptions(banc: Banc, api: httpx.Client, scene: Scene, entetes: dict[str, str], combien: int) -> None:
    modele = prescription(scene, "N")
    nombres = [numeros.generer() for _ in range(combien)]
    creations = [
        requete("POST", "/eprescription/v1/prescriptions", {**entetes, "Idempotency-Key": n}, {**modele, "numero": n})
        for n in nombres
    ]
    banc.debit("e-prescription create", 600, creations, 201)
    pharmacien = api.post("/_bac/personas/garnier-pharmacien/tokens", json={}).json()["access_token"]
    lui = {"Authorization": f"Bearer {pharmacien}", "Content-Type": "application/json"}
    delivrances = []
    for n in nombres[: combien // 3]:
        prise = (
            api.post("/eprescription/v1/prises-en-charge", json={"numero": n}, headers=lui).raise_for_status().json()
        )
        corps = {
            "numero": n,
            "date": modele["validite"]["debut"],
            "lignes": [
                {
                    "rang": 1,
                    "quantite": 1,
                    "dureeCouverteJours": 2,
                    "produitDelivre": {"cip13": CIP13, "lot": "BAC001", "peremption": "2099-12"},
                }
            ],
            "cloturer": True,
        }
        avec = {**lui, "X-Prise-En-Charge": prise["jeton"], "Idempotency-Key": f"d{n}"}
        delivrances.append(requete("POST", "/eprescription/v1/executions", avec, corps))
    banc.debit("e-prescription delivery", 600, delivrances, 201)


def _evenements(banc: Banc, api: httpx.Client) -> None:
    """From the answer that committed a new person (ins) to what the dmp told after opening their dossier.

    That is two hops: the person's event to the dmp, whose own commit is then heard going by.
    """
    moi = api.post("/bac/evt/_bac/personas/verdier-mg/tokens", json={}).json()["access_token"]
    entetes = {"Authorization": f"Bearer {moi}"}
    durees = []
    dernier = ""
    for p in generer(150, 4242, date(2026, 1, 1)):
        corps = {
            "num_identifiant": p.matricule_ins[:13],
            "nom_naissance": p.nom_naissance,
            "liste_prenom": p.prenoms,
            "sexe": p.sexe,
            "date_naissance": p.date_naissance,
            "lieu_naissance": p.lieu_naissance,
        }
        api.post("/bac/evt/insi/v1/personnes", json=corps, headers=entetes).raise_for_status()
        debut = time.perf_counter()
        concernes: set[str] = set()
        while p.matricule_ins not in concernes:
            attendu = {"subject": "dmp.profil.*", "wait": "5", "after": dernier}
            vus = api.get("/bac/evt/_bac/events", params=attendu).json()["events"]
            if not vus:
                raise TimeoutError("the event never took effect")
            concernes = {e["data"]["matricule_ins"] for e in vus}
            dernier = vus[-1]["id"]
        durees.append((time.perf_counter() - debut) * 1000)
    durees.sort()
    p99 = durees[int(len(durees) * 0.99) - 1]
    banc.mesures.append(
        Mesure(
            "event, commit to effect, p99", "<= 20 ms", p99 <= 20, ms=p99, details={"p50_ms": durees[len(durees) // 2]}
        )
    )


def tableau(mesures: list[Mesure]) -> str:
    lignes = [f"{'operation':42} {'target':>16} {'ratio':>8} {'per s':>10} {'ms':>9}  "]
    for m in mesures:
        ratio = f"{m.ratio:.3f}" if m.ratio is not None else ""
        rate = f"{m.par_seconde:,.0f}" if m.par_seconde is not None else ""
        ms = f"{m.ms:.1f}" if m.ms is not None else f"{m.details['MB']:.0f} MB" if "MB" in m.details else ""
        lignes.append(f"{m.operation:42} {m.cible:>16} {ratio:>8} {rate:>10} {ms:>9}  {'ok' if m.tenue else 'BELOW'}")
    return "\n".join(lignes)


def main() -> int:
    lecteur = argparse.ArgumentParser(description=__doc__)
    lecteur.add_argument("--quick", action="store_true", help="fewer rounds")
    arguments = lecteur.parse_args()
    with suppress(OSError, AttributeError):
        coeurs = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {coeurs[-1]})
    with tempfile.TemporaryDirectory() as dossier:
        commande = [sys.executable, "-m", "bacasante", "up", "--port", "0", "--quiet", "--data", dossier]
        with processus(commande, "ready in"):
            pass  # templates and keys are on disk from here on
        nue = [sys.executable, str(RACINE / "scripts" / "bench_nu.py")]
        with (
            processus(commande, "ready in", "/health/ready") as (suite, ligne, duree),
            processus(nue, "listening") as (nu, ligne_nue, _),
        ):
            url, url_nu = ligne.split()[4], ligne_nue.split()[-1]
            banc = Banc(suite.pid, url, nu.pid, url_nu, 0.4 if arguments.quick else 1.0)
            mo = memoire_mo(suite.pid)
            banc.mesures.append(
                Mesure(
                    "start to /health/ready, demo on disk",
                    "<= 1000 ms",
                    duree <= 1.0,
                    ms=duree * 1000,
                    details={"MB": mo},
                )
            )
            banc.mesures.append(Mesure("memory once ready", "<= 130 MB", mo <= 130, details={"MB": mo}))
            with httpx.Client(base_url=url, timeout=300) as api:
                for bac in ("", "/bac/peuple", "/bac/r1", "/bac/evt"):
                    if bac == "/bac/peuple":
                        api.post("/_bac/bacs", json={"name": "peuple", "seed": "population-100000"}).raise_for_status()
                    api.put(f"{bac}/_bac/clock", json={"mode": "frozen"}).raise_for_status()
                try:
                    mesurer(banc, api, arguments.quick)
                finally:
                    sys.stdout.write(tableau(banc.mesures) + "\n")
    sortie = RACINE / "build" / "bench.json"
    sortie.parent.mkdir(exist_ok=True)
    sortie.write_text(json.dumps([asdict(m) for m in banc.mesures], indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
