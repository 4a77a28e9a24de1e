"""Forms act as the control API does, and only from a page of the same bac."""

import httpx
import pytest

from tests.api.console.visite import Visite
from tests.suite import Maison


async def _refuser(m: Maison, bac: str) -> httpx.Response:
    """A call refused by the DMP: a document nobody filed."""
    return await m.client.get(f"{bac}/fhir/dmp/Binary/inconnu", headers=await m.ps("verdier-mg", bac))


async def test_a_refused_call_shows_with_its_explanation_in_both_languages(v: Visite, m: Maison, bac: str) -> None:
    refus = await _refuser(m, bac)
    pourquoi = (await m.client.get(f"{bac}/_bac/why/{refus.headers['bac-journal']}")).json()

    texte = await v.ouvrir("/journal?verdict=refuse")
    assert "/fhir/dmp/Binary/inconnu" in texte
    assert pourquoi["rule"] in texte
    await v.suivre("#journal tbody a")
    assert v.texte("#phrase") == pourquoi["explanation"]["fr"]
    assert v.texte("#regle") == pourquoi["rule"]
    assert "/fhir/dmp/Binary/inconnu" in v.texte("main")
    assert "OperationOutcome" in v.texte("#reponse")
    assert "authorization: ***" in v.texte("#requete").lower()

    await v.suivre("#autre-langue")
    assert v.texte("#phrase") == pourquoi["explanation"]["en"]
    assert pourquoi["explanation"]["en"] != pourquoi["explanation"]["fr"]


async def test_the_journal_is_filtered_and_can_refresh_itself(v: Visite, m: Maison, bac: str) -> None:
    await _refuser(m, bac)

    assert "/fhir/dmp/Binary/inconnu" in await v.ouvrir("/journal?service=dmp")
    assert "Aucun échange" in await v.ouvrir("/journal?service=ins")
    await v.ouvrir("/journal?verdict=refuse")
    await v.suivre("#vif")
    assert v.page.cssselect('meta[http-equiv="refresh"]')
    assert "verdict=refuse" in v.page.cssselect("main a")[0].get("href")


async def test_an_exchange_of_another_bac_is_not_shown_here(v: Visite, m: Maison, bac: str) -> None:
    refus = await m.client.post("/insi/v1/recherche-traits", json={})

    await v.ouvrir(f"/journal/{refus.headers['bac-journal']}")
    assert (v.reponse.status_code, v.texte("#regle")) == (404, "BAC-JRN-01")


async def test_a_patients_page_leads_to_the_refused_calls_about_them(v: Visite, m: Maison, bac: str) -> None:
    refus = await m.client.get(
        f"{bac}/fhir/dmp/DocumentReference?patient.identifier=urn:oid:1.2.250.1.213.1.4.8|285076311304226"
    )
    assert refus.status_code == 401

    await v.ouvrir("/patients/blanc-valmont")
    await v.suivre("#echanges tbody a")
    assert v.texte("#regle") == "BAC-JETON-01"


async def test_the_clock_freezes_shifts_advances_and_comes_back(v: Visite, m: Maison, bac: str) -> None:
    async def vue() -> dict[str, str]:
        reponse: dict[str, str] = (await m.client.get(f"{bac}/_bac/clock")).json()
        return reponse

    await v.ouvrir("/horloge")
    texte = await v.remplir("#figer form", at="2027-03-04T05:06:07")
    assert "2027-03-04 05:06:07" in texte
    assert "figée" in texte
    assert (await vue())["now"].startswith("2027-03-04T05:06:07")

    texte = await v.remplir("#avancer form", days="1", minutes="2")
    assert "2027-03-05 05:08:07" in texte

    await v.remplir("#decaler form", at="2027-06-01T10:00")
    assert (await vue())["mode"] == "shifted"
    await v.remplir("#accelerer form", rate="3600")
    assert (await vue())["mode"] == "scaled"
    assert "réelle" in await v.remplir("#reel form")
    assert abs(float((await vue())["skew_seconds"])) < 5


async def test_a_clock_that_would_not_move_is_refused_on_a_page(v: Visite) -> None:
    await v.ouvrir("/horloge")

    assert "avancez de plus de zéro" in await v.remplir("#avancer form")
    assert v.reponse.status_code == 400
    assert v.texte("#regle") == "BAC-HORLOGE-04"


async def test_a_published_fault_is_set_seen_in_the_journal_and_withdrawn(v: Visite, m: Maison, bac: str) -> None:
    ps = await m.ps("verdier-mg", bac)
    await v.ouvrir("/fautes")
    texte = await v.remplir("#nommee", name="eprescription-indisponible", times="3")
    assert "eprescription-indisponible" in texte

    assert (await m.client.get(f"{bac}/eprescription/v1/prescriptions", headers=ps)).status_code == 503
    assert "faute injectée" in await v.ouvrir("/journal")

    await v.ouvrir("/fautes")
    assert "Aucune faute" in await v.remplir("#posees td form")
    assert (await m.client.get(f"{bac}/eprescription/v1/prescriptions", headers=ps)).status_code != 503


async def test_a_fault_of_ones_own_refuses_with_the_status_asked_for(v: Visite, m: Maison, bac: str) -> None:
    await v.ouvrir("/fautes")
    await v.remplir("#libre", effect="refus", status="418", service="ins")
    assert (await m.client.post(f"{bac}/insi/v1/recherche-traits", json={})).status_code == 418

    await v.ouvrir("/fautes")
    await v.remplir("#posees > form")
    assert (await m.client.post(f"{bac}/insi/v1/recherche-traits", json={})).status_code == 401


async def test_a_reset_brings_the_seed_back_and_must_be_confirmed(v: Visite, m: Maison, bac: str) -> None:
    await m.client.post(f"{bac}/_bac/clients", json={"client_id": "mon-lps"})
    await v.ouvrir("/reglages")
    assert "cochez la case" in await v.remplir("#reinitialisation")
    assert v.texte("#regle") == "BAC-CTL-06"
    assert (await m.client.get(f"{bac}/_bac/clients/mon-lps")).status_code == 200

    await v.ouvrir("/reglages")
    assert "revenu à sa graine" in await v.remplir("#reinitialisation", confirmation="oui")
    assert (await m.client.get(f"{bac}/_bac/clients/mon-lps")).status_code == 404


async def test_a_bac_is_made_and_dropped(v: Visite, m: Maison, bac: str) -> None:
    nom = bac.removeprefix("/bac/") + "-eleve"
    await v.ouvrir("/bacs")
    assert nom in await v.remplir('form[action$="/bacs"]', name=nom, seed="vide", profile="homologation")
    fait = (await m.client.get(f"/_bac/bacs/{nom}")).json()
    assert (fait["seed"], fait["settings"]["profile"]) == ("vide", "homologation")

    formulaire = f'form:has(input[value="{nom}"])'
    assert nom not in await v.remplir(formulaire, confirmation="oui")
    assert (await m.client.get(f"/_bac/bacs/{nom}")).status_code == 404


async def test_a_bac_is_not_dropped_from_its_own_console(v: Visite, m: Maison, bac: str) -> None:
    await v.ouvrir("/bacs")
    await v.remplir(f'form:has(input[value="{bac.removeprefix("/bac/")}"])', confirmation="oui")

    assert (v.reponse.status_code, v.texte("#regle")) == (400, "BAC-CTL-07")


async def test_a_client_and_an_authorisation_number_are_enrolled(v: Visite, m: Maison, bac: str) -> None:
    await v.ouvrir("/clients")
    retours = "http://127.0.0.1:9/cb\nhttp://127.0.0.1:9/autre\n"
    assert "lgc-acme" in await v.remplir("#enroler", client_id="lgc-acme", redirect_uris=retours)
    client = (await m.client.get(f"{bac}/_bac/clients/lgc-acme")).json()
    assert client["redirect_uris"] == retours.split()

    assert "SBX7777777" in await v.remplir("#identifiant", nature="IDAM", valeur="SBX7777777")
    assert "SBX7777777" not in await v.remplir('#identifiants form:has(input[value="SBX7777777"])')
    assert "lgc-acme" not in await v.remplir('#clients form:has(input[value="lgc-acme"])')


async def test_settings_change_how_strict_the_bac_is(v: Visite, m: Maison, bac: str) -> None:
    await v.ouvrir("/reglages")
    await v.remplir("#reglages", profile="homologation", tokens="reel")

    reglages = (await m.client.get(f"{bac}/_bac")).json()["settings"]
    assert (reglages["profile"], reglages["tokens"], reglages["oid_mode"]) == ("homologation", "reel", "qualif")


async def test_a_snapshot_is_taken_downloaded_and_brings_the_past_back(v: Visite, m: Maison, bac: str) -> None:
    nom = "console-" + bac.removeprefix("/bac/")
    await v.ouvrir("/instantanes")
    assert nom in await v.remplir("#prendre", name=nom)
    fichier = await m.client.get(f"{bac}/console/instantanes/{nom}")
    assert fichier.content.startswith(b"PK")

    await m.client.post(f"{bac}/_bac/clients", json={"client_id": "venu-apres"})
    formulaire = f'form[action$="restauration"]:has(input[value="{nom}"])'
    assert "restauré" in await v.remplir(formulaire, confirmation="oui")
    assert (await m.client.get(f"{bac}/_bac/clients/venu-apres")).status_code == 404

    await v.remplir(f'form[action$="instantanes/retrait"]:has(input[value="{nom}"])')
    assert nom not in v.texte("#instantanes")
    assert (await m.client.get(f"/_bac/snapshots/{nom}")).status_code == 404


async def test_the_event_stream_shows_what_the_services_told_each_other(v: Visite, m: Maison, bac: str) -> None:
    await m.client.post(f"{bac}/_bac/clock/advance", json={"minutes": 1})

    assert "gateway.horloge.avancee" in await v.ouvrir("/evenements?sujet=gateway.*")
    assert "Aucun événement" in await v.ouvrir("/evenements?sujet=dmp.*")


async def test_a_token_made_on_a_persona_page_works(v: Visite, m: Maison, bac: str) -> None:
    await v.ouvrir("/personas/verdier-mg")
    await v.remplir('form[action$="/personas/verdier-mg"]')

    jeton = v.texte("#jeton-dacces")
    reponse = await m.client.get(f"{bac}/dmp/v1/patients", headers={"Authorization": f"Bearer {jeton}"})
    assert reponse.status_code == 200


@pytest.mark.parametrize("jeton", ["", "faux", "0" * 64])
async def test_a_form_without_the_token_of_the_page_does_nothing(v: Visite, m: Maison, bac: str, jeton: str) -> None:
    await v.ouvrir("/horloge")
    texte = await v.remplir("#figer form", jeton=jeton)

    assert v.reponse.status_code == 403
    assert "BAC-CTL-05" in texte
    assert (await m.client.get(f"{bac}/_bac/clock")).json()["mode"] == "real"


async def test_the_token_of_one_bac_opens_no_other(v: Visite, m: Maison, bac: str) -> None:
    autre = Visite(m.client, f"{bac}-bis")
    await autre.ouvrir("/horloge")
    jeton = autre.page.cssselect("#figer input[name=jeton]")[0].value
    cookie = m.client.cookies[f"bac-{bac.removeprefix('/bac/')}-bis-console"]

    refus = await m.client.post(
        f"{bac}/console/horloge",
        data={"action": "frozen", "jeton": jeton},
        headers={"Cookie": f"bac-{bac.removeprefix('/bac/')}-console={cookie}"},
    )
    assert refus.status_code == 403


@pytest.mark.parametrize("entetes", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
async def test_another_site_cannot_press_a_button(v: Visite, m: Maison, bac: str, entetes: dict[str, str]) -> None:
    await v.ouvrir("/horloge")
    jeton = v.page.cssselect("#figer input[name=jeton]")[0].value

    refus = await m.client.post(f"{bac}/console/horloge", data={"action": "frozen", "jeton": jeton}, headers=entetes)
    assert refus.status_code == 403
    assert "BAC-CTL-02" in refus.text
    assert (await m.client.get(f"{bac}/_bac/clock")).json()["mode"] == "real"
