"""A snapshot of a played consultation: restored in another bac, on a fresh data folder, and on PostgreSQL."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from bacasante.demo.etapes import ETAPES
from bacasante.demo.lanceur import jouer
from tests.e2e.charge import EP, Poste, Releve, constater
from tests.e2e.test_demo import Muet
from tests.instance import Marche, marche

NOM = "apres-la-consultation"


@dataclass(frozen=True)
class Consultation:
    """The bac where the demo was played, its snapshot as a file, and what was seen there right after."""

    racine: str
    contenu: bytes
    vue: dict[str, Any]


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marche]:
    with marche(tmp_path_factory.mktemp("instantane") / "data") as prete:
        yield prete


@pytest.fixture(scope="module")
def consultation(instance: Marche) -> Consultation:
    racine = f"{instance.url}/bac/source"
    assert jouer(racine, "source", ETAPES, Muet()).tenue
    httpx.post(f"{racine}/_bac/snapshots", json={"name": NOM}, timeout=60).raise_for_status()
    contenu = httpx.get(f"{racine}/_bac/snapshots/{NOM}", timeout=60).content
    return Consultation(racine, contenu, vue(racine))


def vue(racine: str) -> dict[str, Any]:
    """Everything people of that bac can see of the consultation: records, mails, prescriptions, receipts, notices.

    Looking leaves its own trace, as it should: the first look at two bacs compares, not the second at one.
    """
    constat = constater(racine, Releve())
    poste = Poste(racine, 60).signer("verdier-mg", "garnier-pharmacien", "blanc-valmont")
    try:
        siennes = poste.appel("GET", f"{EP}/patient/prescriptions", "blanc-valmont")
        recus = poste.appel("GET", "/mss/v1/messages", "verdier-mg", params={"count": "200"})["messages"]
        historique = poste.appel("GET", "/mes/v1/historique", "blanc-valmont", params={"limite": "500"})["activites"]
        return {
            "vus": {genre: dict(vus) for genre, vus in constat.vus.items()},
            "avis": dict(constat.avis),
            "prescriptions": {p["numero"]: p["statut"] for p in siennes},
            "recus par le medecin": sorted(str(m["objet"]) for m in recus),
            "traces": len(historique),
        }
    finally:
        poste.fermer()


def restaurer(racine: str, nom: str = NOM) -> httpx.Response:
    return httpx.post(f"{racine}/_bac/snapshots/{nom}/restore", timeout=60)


def deposer(racine: str, contenu: bytes, nom: str = NOM) -> httpx.Response:
    entetes = {"Content-Type": "application/zip"}
    return httpx.put(f"{racine}/_bac/snapshots/{nom}", content=contenu, headers=entetes, timeout=60)


def test_another_bac_shows_everything_the_first_one_shows(instance: Marche, consultation: Consultation) -> None:
    attendu, copie = consultation.vue, f"{instance.url}/bac/copie"
    assert vue(copie) != attendu

    assert restaurer(copie).status_code == 200

    assert vue(copie) == attendu
    assert attendu["prescriptions"]
    assert attendu["vus"]["message"]
    assert len(attendu["vus"]["document"]) >= 3


def test_a_token_from_before_the_restore_opens_nothing(instance: Marche, consultation: Consultation) -> None:
    racine = f"{instance.url}/bac/jetons"
    poste = Poste(racine).signer("verdier-mg")
    assert poste.appel("GET", "/mss/v1/boites", "verdier-mg")

    assert restaurer(racine).status_code == 200

    entetes = {"Authorization": f"Bearer {poste.jetons['verdier-mg']}"}
    assert poste.client.get("/mss/v1/boites", headers=entetes).status_code == 401
    poste.fermer()


@pytest.mark.parametrize("topologie", [(), ("--full",)], ids=["a fresh folder", "PostgreSQL"])
def test_a_fresh_data_folder_shows_it_too(
    consultation: Consultation, tmp_path: Path, topologie: tuple[str, ...]
) -> None:
    with marche(tmp_path / "neuf", *topologie) as neuve:
        assert deposer(neuve.url, consultation.contenu).status_code == 201
        assert restaurer(neuve.url).status_code == 200

        assert vue(neuve.url) == consultation.vue


def test_a_half_written_snapshot_is_refused_and_nothing_changes(instance: Marche, consultation: Consultation) -> None:
    racine, contenu = consultation.racine, consultation.contenu

    for moitie in (contenu[: len(contenu) // 2], contenu[:-100], sans_manifeste(contenu), abime(contenu)):
        refus = deposer(racine, moitie, "moitie")
        assert refus.status_code == 400
        assert refus.json()["regle"] == "BAC-SNAP-02"
    assert restaurer(racine, "moitie").status_code == 404

    (instance.data / "snapshots" / "coupe.bac").write_bytes(contenu[: len(contenu) // 2])
    assert restaurer(racine, "coupe").json()["regle"] == "BAC-SNAP-02"
    apres = vue(racine)
    for quoi in ("vus", "prescriptions", "recus par le medecin"):
        assert apres[quoi] == consultation.vue[quoi]


def sans_manifeste(contenu: bytes) -> bytes:
    """What a kill leaves while the manifest, written last, is not there yet."""
    sortie = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(contenu)) as entier, zipfile.ZipFile(sortie, "w") as coupe:
        for nom in entier.namelist():
            if nom != "manifest.json":
                coupe.writestr(nom, entier.read(nom))
    return sortie.getvalue()


def abime(contenu: bytes) -> bytes:
    """A whole archive where one database lost its second half."""
    sortie = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(contenu)) as entier, zipfile.ZipFile(sortie, "w") as coupe:
        for nom in entier.namelist():
            lu = entier.read(nom)
            coupe.writestr(nom, lu[: len(lu) // 2] if nom == "mss.db" else lu)
    return sortie.getvalue()
