"""/mes as a browser sees it: forms without script, both languages, a cookie that belongs to one bac."""

import re

import httpx
import pytest

from services.dmp.domain.activation import serie_vitale
from shared.contracts.dmp import CodeEnvoye
from shared.monde.patients import PATIENTS
from tests.api.dmp.fabrique import patient
from tests.banc import Banc


def chemin(b: Banc, url: str) -> str:
    """The path a gateway would hand on: without ``/bac/{name}``."""
    return url.removeprefix(f"/bac/{b.bac.nom}")


class Navigateur:
    """Follows the redirections and keeps the cookie, as a browser does."""

    def __init__(self, b: Banc) -> None:
        self.b = b
        self.cookie = ""

    async def get(self, url: str = "/mes", **params: str) -> httpx.Response:
        return await self.b.client.get(url, params=params, headers={"Cookie": self.cookie})

    async def poster(self, url: str, **champs: str) -> httpx.Response:
        answer = await self.b.client.post(url, data=champs, headers={"Cookie": self.cookie, "Origin": "http://service"})
        if "set-cookie" in answer.headers:
            self.cookie = answer.headers["set-cookie"].split(";")[0]
        if answer.status_code == 303:
            return await self.get(chemin(self.b, answer.headers["location"]))
        return answer


@pytest.fixture
def n(b: Banc) -> Navigateur:
    return Navigateur(b)


async def test_a_person_enters_masks_blocks_and_leaves(b: Banc, n: Navigateur) -> None:
    await b.client.get(
        "/fhir/dmp/DocumentReference",
        params={"patient.identifier": patient("blanc-valmont"), "status": "current"},
        headers=b.ps("morel-cardio"),
    )
    choix = await n.get(nom="blanc")
    assert "BLANC-VALMONT" in choix.text

    espace = await n.poster("/mes/entrer", profil=PATIENTS["blanc-valmont"].matricule_ins)
    assert espace.status_code == 200
    assert "Consultation de suivi" in espace.text
    assert "MOREL" in espace.text
    action = re.findall(r'action="([^"]+/documents/[^"]+)"', espace.text)[0]  # the latest: « Consultation de suivi »
    masque = await n.poster(chemin(b, action), action="masquer")
    bloque = await n.poster("/mes/blocages", titulaire="899700990049", action="bloquer")
    dehors = await n.poster("/mes/sortir")

    assert masque.text.count("masqué aux professionnels") == 2
    assert "INTERDITE" in bloque.text
    assert "Qui êtes-vous" in dehors.text


async def test_every_page_speaks_both_languages_and_runs_no_script(b: Banc, n: Navigateur) -> None:
    fr = await n.get()
    en = await n.get(lang="en")

    assert '<html lang="fr">' in fr.text
    assert "Who are you?" in en.text
    assert "<script" not in fr.text
    assert "default-src 'none'" in fr.headers["content-security-policy"]


@pytest.mark.exigence("ACT-1")
async def test_the_activation_goes_through_in_three_pages(b: Banc, n: Navigateur) -> None:
    p = PATIENTS["bonnet-non-active"]
    decision = await n.poster(
        "/mes/activation",
        nir=p.matricule_ins,
        naissance=str(p.traits.date_naissance),
        serie=serie_vitale(p.matricule_ins),
    )
    suite = chemin(b, re.findall(r'action="([^"]+)/decision"', decision.text)[0])
    sans = await n.poster(f"{suite}/decision", decision="activate", canal="email", profil="0")
    code = await n.poster(f"{suite}/decision", decision="activate", canal="email", profil="0", conditions="oui")
    assert "12 signes" in code.text
    [envoye] = await b.emis(CodeEnvoye)

    fin = await n.poster(f"{suite}/confirmer", code=envoye.code, identifiant="remi", mot_de_passe="Correct-Cheval-42")

    assert (sans.status_code, "MES-ACT-06" in sans.text) == (409, True)
    assert "est activé" in fin.text
    assert "ACTIVE" in (await n.poster("/mes/entrer", profil=p.matricule_ins)).text


async def test_a_parent_looks_at_the_space_of_a_child_and_of_nobody_else(b: Banc, n: Navigateur) -> None:
    await n.poster("/mes/entrer", profil=PATIENTS["fontanges-helene"].matricule_ins)

    enfant = await n.poster("/mes/profil", profil=PATIENTS["fontanges-margaux"].matricule_ins)
    etranger = await n.poster("/mes/profil", profil=PATIENTS["kermadec"].matricule_ins)
    toujours = await n.get()

    assert "MARGAUX" in enfant.text
    assert (etranger.status_code, "MES-PRO-02" in etranger.text) == (403, True)
    assert "MARGAUX" in toujours.text


async def test_a_form_of_another_site_does_nothing(b: Banc) -> None:
    answer = await b.client.post(
        "/mes/entrer",
        data={"profil": PATIENTS["kermadec"].matricule_ins},
        headers={"Origin": "https://ailleurs.example", "Sec-Fetch-Site": "cross-site"},
    )

    assert answer.status_code == 403
    assert "MES-WEB-01" in answer.text
    assert "set-cookie" not in answer.headers


async def test_without_a_session_nothing_opens_and_a_session_ends(b: Banc, n: Navigateur) -> None:
    ferme = await n.poster("/mes/fermer")
    await n.poster("/mes/entrer", profil=PATIENTS["kermadec"].matricule_ins)
    await b.avancer(hours=3)
    tard = await n.get()

    assert (ferme.status_code, "MES-WEB-02" in ferme.text) == (403, True)
    assert "Qui êtes-vous" in tard.text


async def test_what_a_person_types_is_text_never_markup(b: Banc, n: Navigateur) -> None:
    await n.poster("/mes/entrer", profil=PATIENTS["kermadec"].matricule_ins)

    page = await n.poster("/mes/documents", titre="<b>Mon</b> & moi", type="DOCPAT03", texte="L'été (1)")

    assert "&lt;b&gt;Mon&lt;/b&gt; &amp; moi" in page.text
    lien = chemin(b, re.findall(r'href="([^"]+/documents/[^"]+)"', page.text)[0])
    document = await n.get(lien)
    assert document.headers["content-type"] == "application/pdf"
    assert document.content.startswith(b"%PDF-")
