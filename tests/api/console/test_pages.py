"""Every page in both languages: what it shows is what the services hold."""

import string
from pathlib import Path

import httpx
import pytest

import gateway.console
from gateway.console.textes import TEXTES, langue
from tests.api.console.visite import Visite
from tests.suite import Maison, maison

PAGES = (
    ("", "prêt", "ready", "/lps"),
    ("/bacs", "Créer un bac", "Make a bac", "default"),
    ("/personas", "Identifiant", "Identifier", "810999000010"),
    ("/personas?q=verdier", "Situations", "Situations", "ALICE VERDIER"),
    ("/personas/verdier-mg", "Ses patients", "Their patients", "BLANC-VALMONT"),
    ("/patients", "Matricule INS", "INS matricule", "285076311304226"),
    ("/patients/blanc-valmont", "Messagerie", "Mailbox", "Consultation de suivi"),
    ("/journal", "Aucun échange encore", "No exchange yet", ""),
    ("/evenements", "Aucun événement encore", "No event yet", ""),
    ("/horloge", "réelle", "real", ""),
    ("/fautes", "Aucune faute", "No fault", "reseau-3s"),
    ("/clients", "Clients OIDC", "OIDC clients", "SBX0000001"),
    ("/reglages", "Réinitialiser le bac", "Reset the bac", "qualif"),
    ("/instantanes", "Aucun instantané", "No snapshot", ""),
)


def test_both_languages_have_the_same_sentences() -> None:
    assert TEXTES["fr"].keys() == TEXTES["en"].keys()
    for cle, phrase in TEXTES["fr"].items():
        assert phrase.strip(), cle
        assert TEXTES["en"][cle].strip(), cle


def test_a_sentence_is_not_left_in_the_other_language() -> None:
    accentuees = [c for c, phrase in TEXTES["en"].items() if set("àèùçêîôœ") & set(phrase)]
    assert accentuees == ["autre_langue"]
    memes = [
        c for c, p in TEXTES["fr"].items() if p == TEXTES["en"][c] and len(p.split()) > 3 and not c.startswith("fil_")
    ]
    assert memes == []


@pytest.mark.parametrize(
    ("demandee", "navigateur", "parlee"),
    [
        ("en", "fr-FR", "en"),
        (None, "en-GB,en;q=0.9,fr;q=0.5", "en"),
        (None, "de-DE,en;q=0.7", "en"),
        ("xx", "fr", "fr"),
        (None, None, "fr"),
    ],
)
def test_the_language_is_the_one_asked_for_then_the_browsers(
    demandee: str | None, navigateur: str | None, parlee: str
) -> None:
    assert langue(demandee, navigateur) == parlee


@pytest.mark.parametrize(("chemin", "fr", "en", "fait"), PAGES, ids=[p[0] or "accueil" for p in PAGES])
async def test_a_page_says_its_facts_in_both_languages(v: Visite, chemin: str, fr: str, en: str, fait: str) -> None:
    for parlee, phrase in (("fr", fr), ("en", en)):
        v.langue = parlee
        texte = await v.ouvrir(chemin)

        assert v.reponse.status_code == 200
        assert phrase in texte
        assert fait in texte
        assert v.page.get("lang") == parlee
        assert v.reponse.headers["content-language"] == parlee
        assert "{{" not in v.reponse.text
        assert "script" not in v.reponse.headers["content-security-policy"]


async def test_the_language_chosen_by_hand_is_kept_from_link_to_link(v: Visite) -> None:
    await v.ouvrir("/patients?q=blanc")
    texte = await v.suivre("#autre-langue")

    assert "INS matricule" in texte
    assert "SANTELLI" not in texte
    assert "Mailbox" in await v.suivre("#patients a")
    assert "Freeze" in await v.suivre('nav a[href*="/horloge"]')


async def test_home_tells_every_service_and_where_to_plug_in(v: Visite, m: Maison, bac: str) -> None:
    await v.ouvrir()

    sante = v.texte("#sante")
    assert all(f"{service} prêt" in sante for service in m.suite.passerelle.registre.services)
    fils = v.texte("#fils")
    assert f"http://127.0.0.1:8400{bac}/fhir/dmp" in fils
    assert str(m.suite.passerelle.registre.smtp) in fils


async def test_a_search_finds_whatever_the_accents_and_the_case(v: Visite) -> None:
    assert "ALICE VERDIER" in await v.ouvrir("/personas?q=vérdier Alice")
    assert "Aucun" in await v.ouvrir("/personas?q=personne-de-ce-nom")
    assert "285076311304226" in await v.ouvrir("/patients?q=2850763")


async def test_a_persona_leads_to_the_dossier_of_a_patient(v: Visite) -> None:
    await v.ouvrir("/personas/verdier-mg")
    texte = await v.suivre('#patientele a[href*="285076311304226"]')

    assert "CAMILLE BLANC-VALMONT" in texte
    assert "Consultation de suivi" in v.texte("#documents")
    assert "masqué aux professionnels" in v.texte("#documents")
    assert "Suite de votre consultation" in v.texte("#messagerie")
    assert "/apcv/phone/" in v.page.cssselect("#telephone a")[0].get("href")


async def test_a_document_of_the_dossier_opens_and_can_run_nothing(v: Visite, m: Maison) -> None:
    await v.ouvrir("/patients/blanc-valmont")
    document = await m.client.get(v.page.cssselect("#documents a")[0].get("href"))

    assert b"%PDF-" in document.content or b"ClinicalDocument" in document.content
    assert document.headers["content-security-policy"].startswith("sandbox")


async def test_a_patient_who_opted_out_shows_the_services_own_refusal(v: Visite) -> None:
    texte = await v.ouvrir("/patients/lemoine-oppose")

    assert v.reponse.status_code == 200
    assert "Refusé" in texte
    assert v.texte("#documents code") != ""


async def test_looking_at_a_dossier_leaves_no_exchange_in_the_journal(v: Visite) -> None:
    await v.ouvrir("/patients/blanc-valmont")

    assert "Aucun échange encore" in await v.ouvrir("/journal")


async def test_a_patient_is_opened_by_matricule_and_an_unknown_one_is_told_so(v: Visite, m: Maison, bac: str) -> None:
    ouvert = await m.client.get(f"{bac}/console/patients?matricule=2 85 07 63 113 042 26")
    assert ouvert.headers["location"].endswith("/patients/285076311304226")

    assert "aucun patient" in await v.ouvrir("/patients/199999999999999")
    assert (v.reponse.status_code, v.texte("#regle")) == (404, "BAC-CTL-08")


async def test_what_a_stranger_sends_is_shown_as_text(v: Visite, m: Maison, bac: str) -> None:
    attaque = '"><script>alert(1)</script>'
    refus = await m.client.post(
        f"{bac}/insi/v1/recherche-traits?x={attaque}", content=attaque, headers={"Content-Type": attaque}
    )
    for page in ("/journal", f"/journal/{refus.headers['bac-journal']}", f"/personas?q={attaque}"):
        await v.ouvrir(page)
        assert "<script" not in v.reponse.text


async def test_a_page_that_does_not_exist_is_a_page_that_says_so(v: Visite) -> None:
    assert "rien n'est servi" in await v.ouvrir("/nulle-part")
    assert v.reponse.status_code == 404


async def test_beyond_the_loopback_the_console_wants_the_token(tmp_path_factory: pytest.TempPathFactory) -> None:
    dossier = tmp_path_factory.mktemp("dehors")
    async with maison(dossier, host="127.0.0.2") as m:
        v = Visite(m.client)
        texte = await v.ouvrir("/patients")
        assert v.reponse.status_code == 401
        assert "BLANC-VALMONT" not in texte

        assert "n'est pas celui" in await v.remplir("form", controle="faux")
        texte = await v.remplir("form", controle=(dossier / "jeton-de-controle").read_text().strip())
        assert "prêt" in texte
        assert "BLANC-VALMONT" in await v.ouvrir("/patients")

        sans = httpx.AsyncClient(transport=httpx.ASGITransport(app=m.suite.app), base_url="http://127.0.0.1:8400")
        async with sans:
            assert (await sans.get("/console/clients")).status_code == 401
            refus = await sans.get("/_bac/journal")
            assert (refus.status_code, refus.json()["regle"]) == (401, "BAC-CTL-04")
            assert (await sans.post("/console/reglages/reinitialisation", data={})).status_code == 401


def test_every_sentence_is_said_somewhere() -> None:
    dossier = Path(gateway.console.__file__).parent
    sources = [*dossier.glob("templates/*.html"), *dossier.glob("*.py"), *dossier.glob("pages/*.py")]
    tout = "".join(source.read_text(encoding="utf-8") for source in sources)
    composees = ("menu_", "fait_", "verdict_", "mode_", "effet_", "sante_")
    dites = {c for c in TEXTES["fr"] if f"t.{c}" in tout or f'"{c}"' in tout or c.startswith(composees)}
    assert TEXTES["fr"].keys() - dites == set()


def test_no_sentence_has_a_placeholder_left() -> None:
    for table in TEXTES.values():
        assert all(not [n for _, n, _, _ in string.Formatter().parse(p) if n] for p in table.values())


@pytest.mark.parametrize(
    "chemin",
    [
        "/personas/%00",
        "/personas/%F0%9F%98%80",
        f"/personas?q={'a' * 5000}",
        "/patients/%00",
        "/patients?matricule=%00",
        "/patients/blanc-valmont/documents/..%2F..%2Fprofil",
        "/patients/blanc-valmont/documents/..",
        "/patients/blanc-valmont/prescriptions/%C3%A9",
        "/journal?limit=0",
        "/journal?limit=x",
        f"/journal?path={'*a' * 60}",
        "/journal/%00",
        "/evenements?sujet=%5B",
        "/instantanes/..%2F..%2Fetc",
        "/horloge?lang=%00&fait=%00",
    ],
)
async def test_whatever_is_asked_for_is_a_page_and_no_defect(v: Visite, chemin: str) -> None:
    await v.ouvrir(chemin)

    assert v.reponse.status_code < 500
