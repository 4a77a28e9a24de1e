"""The virtual phone: activation, secret code, delegation, receipts."""

from typing import Any

import httpx
import pytest

from services.apcv.seed import appli_id
from shared.contracts.apcv import ContexteRevoque
from shared.monde.patients import PATIENTS
from tests.api.apcv.outils import Cabinet, contexte_de

MERE, LEO, NOE, MARGAUX = (PATIENTS[f"fontanges-{p}"].matricule_ins for p in ("helene", "leo", "noe", "margaux"))
CAMILLE = PATIENTS["blanc-valmont"].matricule_ins


class Activation:
    def __init__(self, c: Cabinet) -> None:
        self.c = c
        self.id = ""

    async def commencer(self, nir: str, voie: str = "cnie", **autres: Any) -> httpx.Response:
        corps = {"nir": nir, "email": "moi@courriel.example", "voie": voie, **autres}
        reponse = await self.c.b.client.post("/apcv/phone/v1/applis", json=corps)
        self.id = reponse.json().get("id", "")
        return reponse

    async def etape(self, nom: str, **corps: Any) -> httpx.Response:
        return await self.c.b.client.post(f"/apcv/phone/v1/applis/{self.id}/{nom}", json=corps)

    async def code(self) -> str:
        reponse = await self.c.b.client.get(f"/apcv/phone/v1/applis/{self.id}/courriels")
        code: str = reponse.json()["courriels"][0]["code"]
        return code


@pytest.mark.exigence("apcv.md §7.A")
async def test_activation_by_the_electronic_identity_card(c: Cabinet) -> None:
    activation = Activation(c)
    await activation.commencer(PATIENTS["dupont-chloe"].matricule_ins, telephone={"modele": "iPhone 15"})
    await activation.etape("code-email", code=await activation.code())
    await activation.etape("identite")
    reponse = await activation.etape("code-secret", code="2580")

    assert (reponse.status_code, reponse.json()["etat"]) == (200, "ACTIVE")
    assert reponse.json()["telephone"] == {"modele": "iPhone 15", "nfc": False}
    montre = await c.b.client.post(f"/apcv/phone/v1/applis/{activation.id}/presentations", json={"code": "2580"})
    lu = await c.lire(montre.json()["donnees"])
    assert lu.json()["beneficiaires"][0]["ins"]["nomNaissance"] == "DUPONT"


async def test_the_video_path_waits_for_the_operator(c: Cabinet) -> None:
    activation = Activation(c)
    await activation.commencer(PATIENTS["dupont-chloe"].matricule_ins, voie="video")
    await activation.etape("code-email", code=await activation.code())
    assert (await activation.etape("identite")).json()["etat"] == "OPERATEUR"
    assert (await activation.etape("code-secret", code="2580")).status_code == 409

    refuse = await activation.etape("operateur", accepte=False)

    assert (refuse.json()["etat"], refuse.json()["motif"]) == ("REFUSEE", "VIDEO_REFUSEE")


@pytest.mark.exigence("apcv.md §7.A.6")
@pytest.mark.parametrize(
    ("slug", "motif"),
    [
        ("fontanges-margaux", "AGE"),
        ("baudin-tutelle", "TUTELLE"),
        ("okonkwo", "NIR_INCONNU"),
        ("quevedo", "DROITS_FERMES"),
        ("amer", "REGIME_NON_ELIGIBLE"),
        ("fleury-decede", "NIR_INCONNU"),
    ],
)
async def test_each_error_end_has_its_person(c: Cabinet, slug: str, motif: str) -> None:
    activation = Activation(c)
    await activation.commencer(PATIENTS[slug].matricule_ins)
    await activation.etape("code-email", code=await activation.code())

    reponse = await activation.etape("identite")

    assert (reponse.status_code, reponse.json()["code"]) == (422, motif)
    assert reponse.json()["regle"] == f"APCV-ACT-{motif}"


async def test_a_wrong_email_code_is_refused(c: Cabinet) -> None:
    activation = Activation(c)
    await activation.commencer(PATIENTS["dupont-chloe"].matricule_ins)
    bon = await activation.code()

    reponse = await activation.etape("code-email", code="000000" if bon != "000000" else "000001")

    assert reponse.json()["code"] == "EMAIL_CODE"


@pytest.mark.parametrize("nir", ["", "12", "28507631130422", "28507631130422é", "2850763113042 26 99"])
async def test_a_nir_is_fifteen_characters(c: Cabinet, nir: str) -> None:
    reponse = await Activation(c).commencer(nir)

    assert (reponse.status_code, reponse.json()["champ"]) == (400, "nir")


async def test_activating_another_phone_revokes_the_former(c: Cabinet) -> None:
    ancienne = await c.presenter()
    contexte = contexte_de(await c.ouvrir(ps="dumas-mg"))
    activation = Activation(c)
    await activation.commencer(CAMILLE)
    await activation.etape("code-email", code=await activation.code())
    await activation.etape("identite")
    await activation.etape("code-secret", code="9999")

    assert (await c.lire(ancienne["donnees"])).json()["code"] == "APCV-221"
    assert (await c.signer(contexte, ps="dumas-mg")).json()["code"] == "APCV-221"
    assert (await c.essayer_presenter()).json()["code"] == "APCV-221"


async def test_wrong_secret_codes_are_counted_even_though_refused(c: Cabinet) -> None:
    restes = [(await c.essayer_presenter(code="0000")).json()["essais_restants"] for _ in range(3)]

    verrouillee = await c.essayer_presenter()

    assert restes == [2, 1, 0]
    assert (verrouillee.status_code, verrouillee.json()["regle"]) == (403, "APCV-PIN-02")


async def test_an_unknown_phone_is_a_404(c: Cabinet) -> None:
    reponse = await c.b.client.get("/apcv/phone/v1/applis/ffffffffffffffff")

    assert (reponse.status_code, reponse.json()["regle"]) == (404, "APCV-TEL-01")


class Delegation:
    """Helene lends Leo's card to his father's side: Erwan, here as a mere person of trust for Leo."""

    def __init__(self, c: Cabinet) -> None:
        self.c = c
        self.id = ""
        self.mere = f"/apcv/phone/v1/applis/{appli_id('fontanges-helene')}/delegations"
        self.ami = f"/apcv/phone/v1/applis/{appli_id('blanc-valmont')}/delegations"

    async def proposer(self, fin: str = "2026-02-10T00:00:00Z", **autres: Any) -> httpx.Response:
        corps = {"code": "1234", "delegue": CAMILLE, "beneficiaires": [LEO], "fin": fin, **autres}
        reponse = await self.c.b.client.post(self.mere, json=corps)
        self.id = reponse.json().get("id", "")
        return reponse

    async def accepter(self) -> None:
        reponse = await self.c.b.client.post(f"{self.ami}/{self.id}/acceptation")
        assert reponse.json()["etat"] == "ACCEPTEE"


@pytest.mark.exigence("apcv.md §7.E")
async def test_a_delegate_presents_the_card_for_the_delegated_child_only(c: Cabinet) -> None:
    delegation = Delegation(c)
    await delegation.proposer(copieRecu=True)
    await delegation.accepter()

    lu = await c.ouvrir("blanc-valmont", delegation=delegation.id)

    assert lu["porteur"]["role"] == "delegataire"
    assert lu["porteur"]["nomFamille"] == "FONTANGES"
    assert [b["ins"]["prenom"] for b in lu["beneficiaires"]] == ["LEO"]
    contexte = contexte_de(lu)
    assert (await c.facturer(contexte, "fontanges-noe")).json()["code"] == "APCV-231"
    facture = (await c.facturer(contexte, "fontanges-leo")).json()
    signe = await c.b.client.post(f"/fse/v1/factures/{facture['idFacture']}/validation", headers=c.b.ps())
    assert signe.status_code == 200, signe.text
    assert [r["beneficiaire"]["prenom"] for r in await c.recus("fontanges-helene")] == ["LEO"]
    assert [r["beneficiaire"]["prenom"] for r in await c.recus("delmas-erwan")] == ["LEO"], "his other parent"
    assert [r["beneficiaire"]["prenom"] for r in await c.recus("blanc-valmont")] == ["LEO"], "the copy asked for"


@pytest.mark.exigence("APCV-231")
async def test_a_delegation_ends_at_once_when_revoked(c: Cabinet) -> None:
    delegation = Delegation(c)
    await delegation.proposer()
    assert (await c.essayer_presenter("blanc-valmont", delegation=delegation.id)).json()["code"] == "APCV-231"
    await delegation.accepter()
    montre = await c.presenter("blanc-valmont", delegation=delegation.id)
    contexte = contexte_de(await c.ouvrir("blanc-valmont", delegation=delegation.id))

    await c.b.client.post(f"{delegation.mere}/{delegation.id}/revocation")

    assert (await c.signer(contexte, "fontanges-leo")).json()["code"] == "APCV-231"
    assert (await c.lire(montre["donnees"])).json()["code"] == "APCV-231"
    assert [e.motif for e in await c.b.emis(ContexteRevoque)] == ["delegation_revoquee"]


async def test_a_delegation_dies_at_its_end(c: Cabinet) -> None:
    delegation = Delegation(c)
    await delegation.proposer(fin="2026-01-20T00:00:00Z")
    await delegation.accepter()
    await c.b.avancer(days=5)

    assert (await c.essayer_presenter("blanc-valmont", delegation=delegation.id)).json()["code"] == "APCV-231"


@pytest.mark.parametrize(
    "autres",
    [
        {"fin": "2026-02-15T00:00:00Z"},
        {"fin": "2026-01-01T00:00:00Z"},
        {"beneficiaires": [CAMILLE]},
        {"delegue": MERE},
    ],
)
async def test_a_delegation_is_bounded(c: Cabinet, autres: dict[str, Any]) -> None:
    reponse = await Delegation(c).proposer(**autres)

    assert (reponse.status_code, reponse.json()["regle"]) == (400, "APCV-DEL-01")


async def test_the_delegate_needs_an_app_and_decides_alone(c: Cabinet) -> None:
    sans = await Delegation(c).proposer(delegue=PATIENTS["dupont-chloe"].matricule_ins)
    delegation = Delegation(c)
    await delegation.proposer()
    par_un_autre = await c.b.client.post(f"{delegation.mere}/{delegation.id}/acceptation")

    assert (sans.status_code, sans.json()["regle"]) == (422, "APCV-DEL-03")
    assert (par_un_autre.status_code, par_un_autre.json()["regle"]) == (403, "APCV-DEL-04")


@pytest.mark.exigence("apcv.md §10.6")
async def test_a_receipt_not_downloaded_within_seven_days_is_lost(c: Cabinet) -> None:
    await c.signer(contexte_de(await c.ouvrir()))
    await c.signer(contexte_de(await c.ouvrir()))
    garde, perdu = await c.recus()
    chemin = f"/apcv/phone/v1/applis/{appli_id('blanc-valmont')}/recus"
    assert (await c.b.client.post(f"{chemin}/{garde['id']}/telechargement")).status_code == 200

    await c.b.avancer(days=7)

    assert [r["id"] for r in await c.recus()] == [garde["id"]]
    lu = await c.b.client.post(f"{chemin}/{garde['id']}/telechargement")
    assert lu.json()["lignes"] == [{"libelle": "Consultation", "montant": 30.0, "amo": 21.0, "amc": 0.0}]
    trop_tard = await c.b.client.post(f"{chemin}/{perdu['id']}/telechargement")
    assert (trop_tard.status_code, trop_tard.json()["regle"]) == (410, "APCV-REC-01")


async def test_nobody_reads_the_receipt_of_another(c: Cabinet) -> None:
    await c.signer(contexte_de(await c.ouvrir()))
    [recu] = await c.recus()

    reponse = await c.b.client.post(f"/apcv/phone/v1/applis/{appli_id('kermadec')}/recus/{recu['id']}/telechargement")

    assert (reponse.status_code, reponse.json()["regle"]) == (403, "APCV-REC-02")


async def test_the_phone_remembers_where_the_card_was_read(c: Cabinet) -> None:
    await c.ouvrir()

    usages = await c.b.client.get(f"/apcv/phone/v1/applis/{appli_id('blanc-valmont')}/usages")

    [usage] = usages.json()["usages"]
    assert usage["professionnel"].startswith("VERDIER")
