"""The story of architecture §8 on a running instance: it holds, holds again, and tells which service is broken."""

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from bacasante.demo import courrier, dmp
from bacasante.demo.documents import Document
from bacasante.demo.etapes import ETAPES
from bacasante.demo.etapes.e07_messagerie import adresse_du_medecin
from bacasante.demo.fil import Fil
from bacasante.demo.lanceur import Bilan, jouer
from bacasante.demo.oidc import rafraichir
from bacasante.demo.rendu import RenduJson
from bacasante.demo.scene import Scene
from tests.instance import Marche, bacasante, marche

# Where each service is first missed: the step that cannot be told without it.
CASSES = (
    ("gateway", "/auth*", 1),
    ("apcv", "*", 2),
    ("ins", "*", 2),
    ("adri", "*", 3),
    ("dmp", "*", 4),
    ("mss", "*", 4),
    ("eprescription", "*", 5),
)


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marche]:
    with marche(tmp_path_factory.mktemp("demo") / "data") as prete:
        yield prete


def racine(instance: Marche, bac: str) -> str:
    return f"{instance.url}/bac/{bac}"


class Muet(RenduJson):
    """Tells nothing: the account is read from the result."""

    def debut(self, base: str, bac: str, lancee: bool) -> None: ...

    def fin_etape(self, recit: Any) -> None: ...

    def fin(self, recits: Any, duree_s: float) -> None: ...


def raconter(bilan: Bilan) -> str:
    dernier = bilan.recits[-1]
    echec = dernier.echec
    return f"step {dernier.numero}: {echec and (echec.quoi, echec.voie, echec.attendu, echec.recu, echec.pourquoi)}"


def test_the_ten_steps_hold_twice_in_the_same_bac(instance: Marche) -> None:
    for _ in range(2):
        bilan = jouer(instance.url, "default", ETAPES, Muet())

        assert bilan.tenue, raconter(bilan)
        assert [r.numero for r in bilan.recits] == list(range(1, 11))
        assert all(r.promesses for r in bilan.recits)


def test_every_effect_is_seen_by_another_wire_than_its_cause(instance: Marche) -> None:
    bilan = jouer(racine(instance, "autre-voie"), "autre-voie", ETAPES, Muet())

    assert bilan.tenue, raconter(bilan)
    for recit in bilan.recits:
        assert len({e.voie for e in recit.echanges} | {p.voie for p in recit.promesses}) >= 2, recit.titre


def test_the_command_tells_machines_each_step_and_exits_zero(instance: Marche) -> None:
    fait = commande(instance, "machine")

    lignes = [json.loads(ligne) for ligne in fait.stdout.splitlines()]
    assert fait.returncode == 0, fait.stdout[-3000:] + fait.stderr[-2000:]
    assert [ligne["kind"] for ligne in lignes] == ["start", *["step"] * 10, "end"]
    assert lignes[-1] | {"ok": True, "failed_step": None} == lignes[-1]


@pytest.mark.parametrize(("service", "chemin", "etape"), CASSES, ids=[c[0] for c in CASSES])
def test_breaking_a_service_breaks_the_demo_at_its_step(
    instance: Marche, service: str, chemin: str, etape: int
) -> None:
    bac = racine(instance, f"casse-{service}")
    faute = {"effect": "refus", "service": service, "path": chemin, "refusal": {"status": 503, "code": "PANNE"}}
    httpx.post(f"{bac}/_bac/faults", json=faute, timeout=30).raise_for_status()

    bilan = jouer(bac, f"casse-{service}", ETAPES, Muet())

    assert not bilan.tenue
    assert bilan.recits[-1].numero == etape, raconter(bilan)


def test_the_command_exits_one_at_the_first_broken_promise(instance: Marche) -> None:
    faute = {"effect": "refus", "service": "adri", "refusal": {"status": 503, "code": "PANNE"}}
    httpx.post(f"{racine(instance, 'sortie')}/_bac/faults", json=faute, timeout=30).raise_for_status()

    fait = commande(instance, "sortie")

    fin = json.loads(fait.stdout.splitlines()[-1])
    assert (fait.returncode, fin["ok"], fin["failed_step"]) == (1, False, 3)


@pytest.fixture(scope="module")
def deux(instance: Marche) -> tuple[Bilan, Bilan]:
    """Two bacs playing at the same time."""
    with ThreadPoolExecutor(2) as pool:
        premier, second = pool.map(lambda nom: jouer(racine(instance, nom), nom, ETAPES, Muet()), ("ci-1", "ci-2"))
    return premier, second


def test_two_bacs_play_at_the_same_time(deux: tuple[Bilan, Bilan]) -> None:
    for bilan in deux:
        assert bilan.tenue, raconter(bilan)


@dataclass(frozen=True, slots=True)
class Acteurs:
    """What a played bac left in somebody's hands, and a fresh wire to go and look."""

    fil: Fil
    scene: Scene

    def statut(self, chemin: str, jeton: str, **options: Any) -> int:
        return self.fil.client.get(
            self.fil.base + chemin, headers={"Authorization": f"Bearer {jeton}"}, **options
        ).status_code

    def medecin(self) -> str:
        return rafraichir(self.fil, self.scene.sessions[self.scene.medecin.slug])


@pytest.fixture
def acteurs(deux: tuple[Bilan, Bilan]) -> Iterator[tuple[Acteurs, Acteurs]]:
    fils = [Fil(bilan.scene.fil.base) for bilan in deux]
    for fil, bilan in zip(fils, deux, strict=True):
        bilan.scene.fil = fil
    yield Acteurs(fils[0], deux[0].scene), Acteurs(fils[1], deux[1].scene)
    for fil in fils:
        fil.close()


def test_a_record_of_one_bac_is_absent_from_the_other(acteurs: tuple[Acteurs, Acteurs]) -> None:
    un, deux = acteurs
    doc: Document = un.scene.acquis["compte_rendu"]
    numero = un.scene.acquis["numero"]
    medecin = deux.medecin()

    assert doc.unique_id in str(dmp.documents_du_patient(un.scene))
    assert doc.unique_id not in str(dmp.documents_du_patient(deux.scene))
    fiches = [f for f in dmp.chercher(un.scene, un.scene.medecin.slug) if dmp.unique_id(f) == doc.unique_id]
    assert un.statut(f"/fhir/dmp/DocumentReference/{fiches[0]['id']}", un.medecin()) == 200
    assert deux.statut(f"/fhir/dmp/DocumentReference/{fiches[0]['id']}", medecin) == 404
    assert un.statut(f"/eprescription/v1/prescriptions/{numero}", un.medecin()) == 200
    assert deux.statut(f"/eprescription/v1/prescriptions/{numero}", medecin) == 404
    assert deux.statut(f"/apcv/v1/contextes/{_contexte(un)}", medecin) == 404


def test_a_token_of_one_bac_opens_nothing_in_the_other(acteurs: tuple[Acteurs, Acteurs]) -> None:
    un, deux = acteurs
    for jeton in (un.medecin(), str(un.scene.acquis["jeton_patient"])):
        for chemin in (
            "/mes/v1/documents",
            "/fhir/dmp/DocumentReference",
            "/mss/v1/boites",
            "/apcv/v1/contextes/courant",
        ):
            assert deux.statut(chemin, jeton) == 401, chemin
    userinfo = "/auth/realms/esante-wallet/protocol/openid-connect/userinfo"
    assert (un.statut(userinfo, un.medecin()), deux.statut(userinfo, un.medecin())) == (200, 401)


def test_a_mail_of_one_bac_is_absent_from_the_other(acteurs: tuple[Acteurs, Acteurs]) -> None:
    un, deux = acteurs

    def objets(acteur: Acteurs) -> set[str]:
        jeton = str(acteur.scene.acquis["jeton_patient"])
        recus = acteur.fil.get("/mss/v1/patient/messages", jeton=jeton)["messages"]
        return {m["objet"] for m in recus if m["objet"].startswith("Votre compte rendu ")}

    def imap(acteur: Acteurs) -> set[str]:
        lus = courrier.lire(acteur.scene, adresse_du_medecin(acteur.scene), acteur.medecin())
        return {str(m["In-Reply-To"]) for m in lus if m["In-Reply-To"]}

    assert objets(un)
    assert not objets(un) & objets(deux)
    assert imap(un)
    assert not imap(un) & imap(deux)


def test_an_event_of_one_bac_is_absent_from_the_other(acteurs: tuple[Acteurs, Acteurs]) -> None:
    un, deux = ({e["id"] for e in a.scene.evenements()} for a in acteurs)

    assert un
    assert deux
    assert not un & deux


def _contexte(acteur: Acteurs) -> str:
    return str(acteur.scene.acquis["contexte"]["ContexteApCV"]["Identifiant"])


def commande(instance: Marche, bac: str) -> subprocess.CompletedProcess[str]:
    return bacasante("demo", "--base-url", instance.url, "--bac", bac, "--json")


def test_the_demo_holds_over_https_with_the_test_pki(tmp_path: Path) -> None:
    with marche(tmp_path / "data", "--tls") as chiffree:
        fait = bacasante("demo", "--base-url", chiffree.url, "--json")

    assert chiffree.url.startswith("https://")
    assert fait.returncode == 0, fait.stdout[-2000:] + fait.stderr[-2000:]


def test_the_demo_starts_its_own_instance_when_none_answers() -> None:
    fait = bacasante("demo", "--base-url", "http://127.0.0.1:9", "--json")

    debut = json.loads(fait.stdout.splitlines()[0])
    assert (fait.returncode, debut["own_instance"]) == (0, True), fait.stdout[-2000:] + fait.stderr[-2000:]
