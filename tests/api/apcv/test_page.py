"""The phone as pages: a trainer walks the whole road with forms only."""

import re

import httpx
import pytest

from services.apcv.seed import appli_id
from shared.monde.patients import PATIENTS
from tests.api.apcv.outils import Cabinet, contexte_de

CAMILLE = appli_id("blanc-valmont")


async def poster(c: Cabinet, chemin: str, **champs: str) -> httpx.Response:
    return await c.b.client.post(f"/apcv/phone/{chemin}", data=champs)


async def test_the_first_page_shows_every_phone_with_links_that_stay_in_the_bac(c: Cabinet) -> None:
    page = await c.b.client.get("/apcv/phone")

    assert page.status_code == 200
    assert f'href="/bac/{c.b.bac.nom}/apcv/phone/{CAMILLE}"' in page.text
    assert "D&#39;ORGEVAL" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text


@pytest.mark.parametrize(
    ("entete", "question", "mot"), [("en-GB", "", "receipts"), ("en", "?lang=fr", "reçus"), ("fr", "", "reçus")]
)
async def test_it_speaks_french_and_english(c: Cabinet, entete: str, question: str, mot: str) -> None:
    page = await c.b.client.get(f"/apcv/phone/{CAMILLE}{question}", headers={"Accept-Language": entete})

    assert mot in page.text


async def test_a_phone_is_found_by_the_beginning_of_a_name(c: Cabinet) -> None:
    page = await c.b.client.get("/apcv/phone", params={"nom": "d'org"})
    trouves = (await c.b.client.get("/apcv/phone/v1/applis", params={"nom": "FONTANGES"})).json()["applis"]

    assert "D&#39;ORGEVAL" in page.text
    assert "KERMADEC" not in page.text
    assert [a["prenom"] for a in trouves] == ["HELENE"]


async def test_the_code_shown_on_the_page_opens_a_context_and_its_receipt_comes_back(c: Cabinet) -> None:
    page = await poster(c, f"{CAMILLE}/presentation", code="1234", mode="qr")
    trouve = re.search(r'id="donnees">(CV[B-S]{66})<', page.text)
    assert trouve, page.text
    assert 'src="data:image/png;base64,' in page.text

    lu = (await c.lire(trouve[1])).json()
    await c.signer(contexte_de(lu))
    [recu] = await c.recus()

    page = await c.b.client.get(f"/apcv/phone/{CAMILLE}?lang=en")
    assert "Consultation : 30.00 €" in page.text
    assert "VERDIER" in page.text
    suite = await poster(c, f"{CAMILLE}/recus/{recu['id']}?lang=en")
    assert suite.status_code == 303
    assert suite.headers["location"] == f"/bac/{c.b.bac.nom}/apcv/phone/{CAMILLE}?lang=en"
    assert "downloaded" in (await c.b.client.get(f"/apcv/phone/{CAMILLE}?lang=en")).text


async def test_activation_by_forms(c: Cabinet) -> None:
    nir = PATIENTS["dupont-chloe"].matricule_ins
    suite = await poster(c, "activation", nir=nir, email="moi@courriel.example", voie="video", modele="iPhone")
    nouvelle = suite.headers["location"].rsplit("/", 1)[1]
    page = (await c.b.client.get(f"/apcv/phone/{nouvelle}")).text
    code = re.search(r"<strong>(\d{6})</strong>", page)
    assert code

    await poster(c, f"{nouvelle}/code-email", code=code[1])
    await poster(c, f"{nouvelle}/identite")
    assert "opérateur" in (await c.b.client.get(f"/apcv/phone/{nouvelle}")).text
    await poster(c, f"{nouvelle}/operateur", accepte="oui")
    await poster(c, f"{nouvelle}/code-secret", code="2580")

    page = (await c.b.client.get(f"/apcv/phone/{nouvelle}")).text
    assert "ACTIVE" in page
    assert 'value="nfc"' not in page, "no NFC on an iPhone"
    nfc = await poster(c, f"{CAMILLE}/presentation", code="1234", mode="nfc")
    assert "NFC" in nfc.text
    assert "data:image/png" not in nfc.text


async def test_a_refusal_is_a_page_with_its_rule_in_both_languages(c: Cabinet) -> None:
    page = await poster(c, f"{CAMILLE}/presentation", code="0000", mode="qr")

    assert page.status_code == 401
    assert "APCV-PIN-01" in page.text
    assert "Code secret faux" in page.text
    assert "Wrong secret code" in page.text
    inconnu = await c.b.client.get("/apcv/phone/ffffffffffffffff")
    assert (inconnu.status_code, "APCV-TEL-01" in inconnu.text) == (404, True)


async def test_delegating_and_revoking_by_forms(c: Cabinet) -> None:
    mere, ami = appli_id("fontanges-helene"), CAMILLE
    leo = PATIENTS["fontanges-leo"].matricule_ins
    champs = {"delegue": PATIENTS["blanc-valmont"].matricule_ins, "beneficiaires": leo, "code": "1234"}
    suite = await poster(c, f"{mere}/delegations", fin="2026-02-01", **champs)
    assert suite.status_code == 303, suite.text
    [delegation] = (await c.b.client.get(f"/apcv/phone/v1/applis/{mere}/delegations")).json()["delegations"]

    await poster(c, f"{ami}/delegations/{delegation['id']}", geste="accepter")
    page = await poster(c, f"{ami}/presentation", code="1234", mode="qr", delegation=delegation["id"])
    assert re.search(r'id="donnees">CV', page.text)
    await poster(c, f"{mere}/delegations/{delegation['id']}", geste="revoquer")

    assert "REVOQUEE" in (await c.b.client.get(f"/apcv/phone/{mere}")).text


async def test_opposition_by_a_form_closes_the_phone(c: Cabinet) -> None:
    await poster(c, f"{CAMILLE}/etat", etat="OPPOSEE")

    page = (await c.b.client.get(f"/apcv/phone/{CAMILLE}")).text
    assert "OPPOSEE" in page
    assert "presentation" not in page


@pytest.mark.parametrize(
    "entetes",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:3000"},
        {"Origin": "https://mechant.example"},
    ],
)
async def test_another_site_cannot_drive_the_phone(c: Cabinet, entetes: dict[str, str]) -> None:
    reponse = await c.b.client.post(f"/apcv/phone/{CAMILLE}/etat", data={"etat": "OPPOSEE"}, headers=entetes)

    assert reponse.status_code == 403
    assert (await c.essayer_presenter()).status_code == 201
