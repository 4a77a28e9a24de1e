"""Reading an apCV and the life of its context, over the JSON face."""

import pytest

from services.apcv.seed import appli_id
from shared.contracts.apcv import ContexteConsomme, ContexteExpire, ContexteOuvert, ContexteRevoque, FactureSignee
from shared.monde.patients import PATIENTS
from shared.monde.professionnels import PROFESSIONNELS
from tests.api.apcv.outils import Cabinet, contexte_de

CAMILLE = PATIENTS["blanc-valmont"].matricule_ins


@pytest.mark.exigence("apcv.md §7.B")
async def test_reading_the_qr_gives_a_context_of_twenty_minutes_and_a_qualified_ins(c: Cabinet) -> None:
    montre = await c.presenter()
    reponse = await c.lire(montre["donnees"] + "\r\n", mode="qr")

    lu = reponse.json()
    assert reponse.status_code == 201
    assert lu["contexteApCV"]["secondesRestantes"] == 20 * 60
    assert lu["contexteApCV"]["dateFinValidite"] == "20260115102000"
    assert lu["contexteApCV"]["etat"] == "ACTIVE"
    [personne] = lu["beneficiaires"]
    assert personne["ins"]["matricule"] == CAMILLE
    assert personne["ins"]["oid"] == "1.2.250.1.213.1.4.8"
    assert personne["ins"]["source"] == "AV"
    assert lu["amc"]["gestion"] == "separee"
    assert "codeGestion" not in lu["amo"]
    [ouvert] = await c.b.emis(ContexteOuvert)
    assert ouvert.contexte_id == contexte_de(lu)
    assert ouvert.beneficiaires == [CAMILLE]
    assert ouvert.professionnel_id_nat == PROFESSIONNELS["verdier-mg"].id_nat
    assert ouvert.identifiant_facturation == "991234562"


async def test_the_oid_follows_the_mode_of_the_bac(c: Cabinet) -> None:
    await c.b.regler(oid_mode="test")

    lu = await c.ouvrir()

    assert lu["beneficiaires"][0]["ins"]["oid"] == "1.2.250.1.213.1.4.10"


async def test_the_png_is_a_picture_of_the_text(c: Cabinet) -> None:
    reponse = await c.b.client.post(
        f"/apcv/phone/v1/applis/{appli_id('blanc-valmont')}/presentations",
        json={"code": "1234"},
        headers={"Accept": "image/png"},
    )

    assert reponse.headers["content-type"] == "image/png"
    assert reponse.content.startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.exigence("APCV-103")
async def test_a_code_is_good_for_one_reading(c: Cabinet) -> None:
    montre = await c.presenter()
    await c.lire(montre["donnees"])

    encore = await c.lire(montre["donnees"])

    assert encore.status_code == 409
    assert encore.json()["code"] == encore.json()["regle"] == "APCV-103"
    assert "APCV-103" in c.b.regles(encore)


@pytest.mark.exigence("APCV-102")
@pytest.mark.parametrize(("mode", "secondes"), [("qr", 60), ("nfc", 30)])
async def test_a_code_grows_old(c: Cabinet, mode: str, secondes: int) -> None:
    montre = await c.presenter(mode=mode)
    await c.b.avancer(seconds=secondes)

    reponse = await c.lire(montre["donnees"])

    assert (reponse.status_code, reponse.json()["code"]) == (410, "APCV-102")


@pytest.mark.parametrize(
    ("defaut", "code", "statut"),
    [
        ("expire", "APCV-102", 410),
        ("rejoue", "APCV-103", 409),
        ("altere", "APCV-104", 401),
        ("autre_telephone", "APCV-104", 401),
        ("revoque", "APCV-221", 403),
    ],
)
async def test_spoilt_codes_can_be_made_on_purpose(c: Cabinet, defaut: str, code: str, statut: int) -> None:
    montre = await c.presenter(defaut=defaut)

    reponse = await c.lire(montre["donnees"])

    assert (reponse.status_code, reponse.json()["code"]) == (statut, code)
    assert set(reponse.json()["explication"]) == {"fr", "en"}


@pytest.mark.exigence("APCV-101")
@pytest.mark.parametrize("donnees", ["", "https://exemple.test/", "é'☃", "CV" + "B" * 66, "B" * 4000])
async def test_anything_else_is_unreadable(c: Cabinet, donnees: str) -> None:
    reponse = await c.lire(donnees)

    assert reponse.json()["regle"] in ("APCV-101", "APCV-104")
    assert reponse.status_code in (400, 401)


async def test_a_reader_that_says_nfc_of_a_qr_is_refused(c: Cabinet) -> None:
    reponse = await c.lire((await c.presenter())["donnees"], mode="nfc")

    assert reponse.json()["code"] == "APCV-101"


async def test_an_iphone_offers_no_nfc(c: Cabinet) -> None:
    reponse = await c.essayer_presenter("d-orgeval", mode="nfc")

    assert (reponse.status_code, reponse.json()["regle"]) == (422, "APCV-TEL-02")


@pytest.mark.exigence("APCV-202")
async def test_a_context_dies_at_twenty_minutes_on_the_bac_s_clock(c: Cabinet) -> None:
    contexte = contexte_de(await c.ouvrir())
    await c.b.avancer(minutes=19, seconds=59)
    assert await c.b.emis(ContexteExpire) == []

    await c.b.avancer(seconds=1)
    reponse = await c.signer(contexte)

    assert (reponse.status_code, reponse.json()["code"]) == (410, "APCV-202")
    [expire] = await c.b.emis(ContexteExpire)
    assert expire.contexte_id == contexte
    assert expire.occurred_at == expire.expire_le
    courant = await c.b.client.get("/apcv/v1/contextes/courant", headers=c.b.ps())
    assert courant.status_code == 404


@pytest.mark.exigence("APCV-211")
async def test_a_context_signs_one_invoice_and_the_phone_shows_the_receipt(c: Cabinet) -> None:
    contexte = contexte_de(await c.ouvrir())

    signe = await c.signer(contexte)
    second = await c.signer(contexte)

    assert signe.status_code == 201, signe.text
    assert signe.json()["contexte"] == {"identifiant": contexte, "consomme": True}
    assert (second.status_code, second.json()["code"]) == (409, "APCV-211")
    [recu] = await c.recus()
    assert (recu["total"], recu["resteACharge"], recu["telecharge"]) == (30.0, 9.0, False)
    assert recu["ps"]["nom"].startswith(PROFESSIONNELS["verdier-mg"].nom)
    [facture] = await c.b.emis(FactureSignee)
    assert (facture.montant_total, facture.montant_amo, facture.montant_assure) == ("30.00", "21.00", "9.00")
    assert facture.titulaire_matricule_ins == facture.matricule_ins == CAMILLE
    assert [e.contexte_id for e in await c.b.emis(ContexteConsomme)] == [contexte]


async def test_the_signature_verifies_with_the_public_key_of_the_phone(c: Cabinet) -> None:
    from base64 import b64decode

    from joserfc import jws
    from joserfc.jwk import ECKey

    contexte = contexte_de(await c.ouvrir())
    valeur = (await c.signer(contexte)).json()["valeurFSE"]
    jwk = (await c.b.client.get(f"/apcv/v1/applis/{appli_id('blanc-valmont')}/jwk")).json()

    signe = jws.deserialize_compact(b64decode(valeur).decode(), ECKey.import_key(jwk), algorithms=["ES256"])

    assert contexte.encode() in signe.payload
    assert "d" not in jwk


async def test_a_new_reading_destroys_the_previous_context(c: Cabinet) -> None:
    premier = contexte_de(await c.ouvrir())
    second = contexte_de(await c.ouvrir("kermadec"))

    reponse = await c.signer(premier)

    assert reponse.json()["code"] == "APCV-201"
    [revoque] = await c.b.emis(ContexteRevoque)
    assert (revoque.contexte_id, revoque.motif) == (premier, "nouvelle_lecture")
    courant = await c.b.client.get("/apcv/v1/contextes/courant", headers=c.b.ps())
    assert contexte_de(courant.json()) == second


async def test_two_professionals_read_at_once_without_hurting_each_other(c: Cabinet) -> None:
    de_verdier = contexte_de(await c.ouvrir())
    de_dumas = contexte_de(await c.ouvrir(ps="dumas-mg"))

    assert (await c.signer(de_verdier)).status_code == 201
    assert (await c.signer(de_dumas, ps="verdier-mg")).json()["code"] == "APCV-111"
    assert (await c.signer(de_dumas, ps="dumas-mg")).status_code == 201


async def test_a_context_is_restored_then_destroyed_once(c: Cabinet) -> None:
    contexte = contexte_de(await c.ouvrir())
    await c.b.avancer(minutes=5)

    restitue = (await c.b.client.get("/apcv/v1/contextes/courant", headers=c.b.ps())).json()
    for _ in range(2):
        assert (await c.b.client.delete(f"/apcv/v1/contextes/{contexte}", headers=c.b.ps())).status_code == 204

    assert restitue["contexteApCV"]["secondesRestantes"] == 15 * 60
    assert restitue["beneficiaires"][0]["ins"]["matricule"] == CAMILLE
    assert [e.motif for e in await c.b.emis(ContexteRevoque)] == ["destruction"]
    assert (await c.b.client.get("/apcv/v1/contextes/courant", headers=c.b.ps())).status_code == 404


@pytest.mark.exigence("APCV-221")
async def test_opposition_in_the_middle_of_an_invoice(c: Cabinet) -> None:
    contexte = contexte_de(await c.ouvrir())

    await c.b.client.put(
        f"/apcv/phone/v1/applis/{appli_id('blanc-valmont')}/etat", json={"etat": "OPPOSEE", "motif": "vol"}
    )

    assert (await c.signer(contexte)).json()["code"] == "APCV-221"
    assert [e.motif for e in await c.b.emis(ContexteRevoque)] == ["opposition"]
    assert (await c.essayer_presenter("blanc-valmont")).json()["code"] == "APCV-221"


async def test_an_app_opposed_in_the_world_presents_nothing(c: Cabinet) -> None:
    assert (await c.essayer_presenter("lacoste-apcv-opposee")).json()["code"] == "APCV-221"


async def test_a_child_is_a_beneficiary_of_both_parents_and_twins_have_a_rank(c: Cabinet) -> None:
    mere = await c.ouvrir("fontanges-helene")
    pere = await c.ouvrir("delmas-erwan", ps="dumas-mg")

    assert [b["ins"]["prenom"] for b in mere["beneficiaires"]] == ["HELENE", "MARGAUX", "LEO", "NOE"]
    assert [b["rang"] for b in mere["beneficiaires"]] == [1, 1, 1, 2]
    assert [b["ins"]["prenom"] for b in pere["beneficiaires"]] == ["ERWAN", "MARGAUX", "LEO", "NOE"]


@pytest.mark.exigence("APCV-212")
async def test_nobody_else_s_invoice_and_no_invoice_without_its_hash(c: Cabinet) -> None:
    contexte = contexte_de(await c.ouvrir())

    autre = await c.signer(contexte, "kermadec")
    sans = await c.b.client.post(
        f"/apcv/v1/contextes/{contexte}/signatures",
        json={"facture": {"nirAssure": CAMILLE}},
        headers=c.b.ps(),
    )

    assert (autre.status_code, autre.json()["code"]) == (422, "APCV-212")
    assert (sans.status_code, sans.json()["champ"]) == (422, "DonneeFSE")
    assert (await c.signer(contexte)).status_code == 201, "a refusal does not consume the context"


@pytest.mark.exigence("APCV-111")
async def test_the_billing_identity_is_that_of_the_token(c: Cabinet) -> None:
    montre = await c.presenter()
    de_dumas = PROFESSIONNELS["dumas-mg"].facturation
    assert de_dumas is not None

    reponse = await c.lire(montre["donnees"], ps="verdier-mg")
    usurpe = await c.b.client.post(
        "/apcv/v1/contextes",
        json={"donnees": montre["donnees"], "ps": {"identifiantFacturation": de_dumas.numero}},
        headers=c.b.ps("verdier-mg"),
    )

    assert reponse.status_code == 201
    assert (usurpe.status_code, usurpe.json()["code"]) == (403, "APCV-111")


async def test_no_token_no_reading(c: Cabinet) -> None:
    reponse = await c.b.client.post("/apcv/v1/contextes", json={"donnees": "CV"})

    assert reponse.status_code == 401
    assert reponse.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "corps",
    [b"{", b"[]", b'{"donnees": 12}', b'{"mode":"bluetooth","donnees":"CV"}', b"\xff\xfe"],
)
async def test_bad_json_is_a_clear_400(c: Cabinet, corps: bytes) -> None:
    reponse = await c.b.client.post(
        "/apcv/v1/contextes", content=corps, headers={**c.b.ps(), "Content-Type": "application/json"}
    )

    assert reponse.status_code == 400, reponse.text
    assert reponse.headers["content-type"].startswith("application/problem+json")
    assert reponse.json()["regle"]


@pytest.mark.exigence("apcv.md §12.13")
async def test_without_a_cps_only_administrative_data_is_read_and_the_code_is_spent(c: Cabinet) -> None:
    donnees = (await c.presenter())["donnees"]

    reponse = await c.b.client.post("/apcv/v1/lectures", json={"donnees": donnees})

    assert reponse.status_code == 200
    assert reponse.json()["porteur"]["nomFamille"] == "BLANC-VALMONT"
    assert reponse.json()["contexteApCV"] is None
    assert CAMILLE not in reponse.text
    assert await c.b.emis(ContexteOuvert) == []
    assert (await c.lire(donnees)).json()["code"] == "APCV-103"


async def test_a_refusal_explains_itself_with_the_row_and_the_rules_looked_at(c: Cabinet) -> None:
    contexte = contexte_de(await c.ouvrir())
    await c.signer(contexte)

    decision = c.b.notes(await c.signer(contexte))["decisions"][0]

    assert decision["regle"] == decision["ligne"]["code"] == "APCV-211"
    assert decision["examinees"] == ["APCV-201", "APCV-111", "APCV-202", "APCV-211"]
    assert decision["entrees"]["contexte"] == contexte
    assert decision["source"] == "apcv.md §8"
    assert {decision["fr"], decision["en"]} == {decision["ligne"]["fr"], decision["ligne"]["en"]}
