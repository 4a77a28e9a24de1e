"""The console in a real browser, in both languages: from a persona to the explanation of a refused call, and drills."""

from pathlib import Path

import httpx
import pytest

from tests.blackbox.navigateur import Navigateur, navigateur
from tests.instance import Marche

pytestmark = pytest.mark.blackbox

MATRICULE = "285076311304226"
MOTS = {
    "fr": ("Horloge", "Ses patients", "Dossier : documents", "refusé", "Explication"),
    "en": ("Clock", "Their patients", "Record: documents", "refused", "Explanation"),
}


def _sans_plainte(page: Navigateur) -> None:
    assert page.erreurs() == []


@pytest.mark.parametrize("langue", ["fr", "en"])
def test_from_a_persona_to_a_dossier_to_a_refused_call_to_its_explanation(
    suite: Marche, chromedriver: str, tmp_path: Path, langue: str
) -> None:
    bac = f"{suite.url}/bac/visite-{langue}"
    horloge, patients, documents, refuse, explication = MOTS[langue]
    jeton = httpx.post(f"{bac}/_bac/personas/keller-dentiste/tokens", json={}).json()["access_token"]
    refus = httpx.get(
        f"{bac}/fhir/dmp/DocumentReference",
        params={"patient.identifier": f"urn:oid:1.2.250.1.213.1.4.8|{MATRICULE}"},
        headers={"Authorization": f"Bearer {jeton}"},
    )
    assert refus.status_code == 403
    pourquoi = httpx.get(f"{bac}/_bac/why/{refus.headers['bac-journal']}").json()

    with navigateur(chromedriver, tmp_path / "profil", langue) as page:
        page.ouvrir(f"{bac}/console")
        assert page.script("return document.documentElement.lang") == langue
        assert horloge in page.texte("nav")
        page.photographier(f"console-accueil-{langue}")

        page.suivre('nav a[href$="/personas"]', "/console/personas")
        page.ecrire("input[name=q]", "verdier")
        page.suivre("form[role=search] button", "q=verdier")
        page.suivre('#personas a[href*="verdier-mg"]', "/personas/verdier-mg")
        assert patients in page.texte()
        page.photographier(f"console-persona-{langue}")

        page.suivre(f'#patientele a[href*="{MATRICULE}"]', f"/patients/{MATRICULE}")
        assert documents in page.texte("#documents")
        assert "Consultation de suivi" in page.texte("#documents")
        page.photographier(f"console-dossier-{langue}")

        assert refuse in page.texte("#echanges")
        page.suivre("#echanges tbody a", f"/journal/{refus.headers['bac-journal']}")
        assert explication in page.texte("#explication")
        assert page.texte("#phrase") == pourquoi["explanation"][langue]
        assert page.texte("#regle") == pourquoi["rule"] == "DMP-AD-025"
        assert "AD-025" in page.texte("#ligne")
        page.photographier(f"console-explication-{langue}")

        autre = "en" if langue == "fr" else "fr"
        page.suivre("#autre-langue")
        assert page.script("return document.documentElement.lang") == autre
        assert page.texte("#phrase") == pourquoi["explanation"][autre]
        _sans_plainte(page)


def test_the_journal_shows_by_itself_what_has_just_happened(suite: Marche, page: Navigateur) -> None:
    bac = f"{suite.url}/bac/direct"
    page.ouvrir(f"{bac}/console/journal")
    page.suivre("#vif", "vif=1")
    refus = httpx.post(f"{bac}/insi/v1/recherche-traits", json={})
    assert refus.status_code == 401

    page.attendre(lambda p: "/insi/v1/recherche-traits" in p.source, "the page refreshes by itself")
    page.photographier("console-journal")


def test_a_trainer_moves_the_clock_injects_a_fault_and_resets(suite: Marche, page: Navigateur) -> None:
    bac = f"{suite.url}/bac/formation"
    page.ouvrir(f"{bac}/console/horloge?lang=fr")

    page.ecrire("#avancer input[name=days]", "40")
    page.suivre("#avancer button", "fait=horloge")
    assert float(httpx.get(f"{bac}/_bac/clock").json()["skew_seconds"]) > 39 * 86_400
    assert "décalée" in page.texte("#mode")
    page.photographier("console-horloge")
    page.suivre("#figer button", "fait=horloge")
    assert "figée" in page.texte("#mode")

    page.suivre('nav a[href*="/fautes"]', "/fautes")
    page.script("document.querySelector('#nommee select').value = 'dmp-indisponible'")
    page.suivre("#nommee button", "fait=faute")
    assert "dmp-indisponible" in page.texte("#posees")
    touche = httpx.get(f"{bac}/fhir/dmp/metadata")
    assert touche.status_code == 503
    page.ouvrir(f"{bac}/console/fautes?lang=fr")
    assert "dmp-indisponible" in page.texte("#posees")
    page.photographier("console-fautes")

    page.suivre('nav a[href*="/reglages"]', "/reglages")
    page.cliquer("#reinitialisation input[type=checkbox]")
    page.suivre("#reinitialisation button")
    assert "revenu à sa graine" in page.source
    assert httpx.get(f"{bac}/_bac/clock").json()["mode"] == "real"
    assert httpx.get(f"{bac}/fhir/dmp/metadata").status_code == 200
    page.photographier("console-reinitialisation")
    _sans_plainte(page)
