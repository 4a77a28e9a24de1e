"""``/fse/v1``: prepare, control, validate an invoice on an apCV context (apcv.md §10)."""

from typing import Any

import pytest

from shared.contracts.apcv import FactureSignee
from shared.monde.patients import PATIENTS
from tests.api.apcv.outils import Cabinet, G, contexte_de

AT = {"natureAssurance": {"AT": {"numero": "250100012"}}}
TIERS = {"organismeComplementaire": {"tiersPayantAMO": True, "tiersPayantAMC": 1, "AMC": "99900001"}}


@pytest.mark.exigence("apcv.md §10.3")
@pytest.mark.parametrize(
    ("slug", "autres", "attendu"),
    [
        ("blanc-valmont", {}, (21.0, 0.0, 9.0, 0.0, 0.0, 2.0)),
        ("blanc-valmont", {"parcoursSoins": {"indicateur": "S2"}}, (9.0, 0.0, 21.0, 0.0, 0.0, 2.0)),
        ("kermadec", {}, (30.0, 0.0, 0.0, 30.0, 0.0, 2.0)),
        ("tavernier", {}, (21.0, 9.0, 0.0, 21.0, 9.0, 0.0)),
        ("schmitt", {}, (27.0, 0.0, 3.0, 0.0, 0.0, 2.0)),
        ("rousselot", {}, (30.0, 0.0, 0.0, 30.0, 0.0, 0.0)),
        ("paulhan", AT, (30.0, 0.0, 0.0, 30.0, 0.0, 0.0)),
        ("blanc-valmont", TIERS, (21.0, 9.0, 0.0, 21.0, 9.0, 2.0)),
    ],
)
async def test_a_consultation_is_shared_as_the_rights_say(
    c: Cabinet, slug: str, autres: dict[str, Any], attendu: tuple[float, ...]
) -> None:
    contexte = contexte_de(await c.ouvrir(slug))

    f = (await c.facturer(contexte, slug, **autres)).json()

    assert f["totalMontants"] == 30.0
    champs = ("totalAMO", "totalAMC", "totalAssure", "duAMO", "duAMC", "participationForfaitaire")
    assert tuple(f[champ] for champ in champs) == attendu
    assert f["etatDroitsAMO"] == "Les droits AMO sont ouverts"


@pytest.mark.exigence("APCV-211")
async def test_the_whole_road_then_a_second_invoice_needs_a_second_reading(c: Cabinet) -> None:
    contexte = contexte_de(await c.ouvrir())
    premiere = (await c.facturer(contexte)).json()["idFacture"]
    seconde = (await c.facturer(contexte)).json()["idFacture"]

    controle = (await c.b.client.post(f"/fse/v1/factures/{premiere}/controle", headers=c.b.ps())).json()
    validee = await c.b.client.post(f"/fse/v1/factures/{premiere}/validation", headers=c.b.ps())
    refusee = await c.b.client.post(f"/fse/v1/factures/{seconde}/validation", headers=c.b.ps())

    assert controle == {"idFacture": premiere, "valide": True, "messages": []}
    assert validee.status_code == 200, validee.text
    assert validee.json()["facture"]["statut"] == "validated"
    assert validee.json()["facture"]["numeroFacture"] == "000000001"
    assert (refusee.status_code, refusee.json()["code"]) == (409, "APCV-211")
    assert (await c.facturer(contexte)).json()["code"] == "APCV-211"
    [signee] = await c.b.emis(FactureSignee)
    assert signee.facture_id == premiere
    assert signee.actes == [
        {
            "code": "G",
            "libelle": "Consultation",
            "date": "2026-01-15",
            "montant": "30.00",
            "amo": "21.00",
            "amc": "0.00",
        }
    ]
    [recu] = await c.recus()
    assert (recu["total"], recu["avance"], recu["resteACharge"]) == (30.0, 30.0, 9.0)

    renouvele = await c.b.client.post(
        f"/fse/v1/factures/{seconde}/contexte",
        json={"contexteApCV": (await c.presenter())["donnees"]},
        headers=c.b.ps(),
    )
    assert renouvele.status_code == 201, renouvele.text
    encore = await c.b.client.post(f"/fse/v1/factures/{seconde}/validation", headers=c.b.ps())
    assert encore.json()["facture"]["numeroFacture"] == "000000002"


@pytest.mark.exigence("apcv.md §7.C")
async def test_an_expired_context_blocks_the_validation_until_it_is_renewed(c: Cabinet) -> None:
    facture = (await c.facturer(contexte_de(await c.ouvrir()))).json()["idFacture"]
    await c.b.avancer(minutes=21)

    trop_tard = await c.b.client.post(f"/fse/v1/factures/{facture}/validation", headers=c.b.ps())
    autre = await c.b.client.post(
        f"/fse/v1/factures/{facture}/contexte",
        json={"contexteApCV": (await c.presenter("kermadec"))["donnees"]},
        headers=c.b.ps(),
    )
    renouvele = await c.b.client.post(
        f"/fse/v1/factures/{facture}/contexte",
        json={"contexteApCV": (await c.presenter())["donnees"], "mode": "qr"},
        headers=c.b.ps(),
    )
    validee = await c.b.client.post(f"/fse/v1/factures/{facture}/validation", headers=c.b.ps())

    assert (trop_tard.status_code, trop_tard.json()["code"]) == (410, "APCV-202")
    assert autre.json()["code"] == "APCV-212", "the card of somebody else does not renew this invoice"
    assert renouvele.json()["facture"]["idFacture"] == facture
    assert validee.status_code == 200


@pytest.mark.parametrize(
    ("slug", "autres", "regle"),
    [
        ("blanc-valmont", {"securisation": 5}, "APCV-213"),
        ("paulhan", {}, "FSE-03"),
        ("blanc-valmont", {"lstCotations": []}, "FSE-02"),
        ("blanc-valmont", {"lstCotations": [{**G, "date": "20260116"}]}, "FSE-05"),
        ("tavernier", {"lstCotations": [{**G, "montantDepassement": 5}]}, "FSE-04"),
        ("blanc-valmont", {"parcoursSoins": {"indicateur": "Z"}}, "FSE-06"),
        ("blanc-valmont", {"organismeComplementaire": {"tiersPayantAMC": 1}}, "FSE-10"),
    ],
)
async def test_a_blocking_message_stops_the_validation_and_leaves_the_context_open(
    c: Cabinet, slug: str, autres: dict[str, Any], regle: str
) -> None:
    contexte = contexte_de(await c.ouvrir(slug))
    facture = (await c.facturer(contexte, slug, **autres)).json()["idFacture"]

    controle = (await c.b.client.post(f"/fse/v1/factures/{facture}/controle", headers=c.b.ps())).json()
    reponse = await c.b.client.post(f"/fse/v1/factures/{facture}/validation", headers=c.b.ps())

    assert [m["code"] for m in controle["messages"] if m["bloquant"]] == [regle]
    assert (reponse.status_code, reponse.json()["regle"]) == (422, regle)
    assert reponse.json()["messages"][0]["champ"]
    assert (await c.b.client.get("/apcv/v1/contextes/courant", headers=c.b.ps())).status_code == 200


async def test_announced_totals_are_compared(c: Cabinet) -> None:
    contexte = contexte_de(await c.ouvrir())

    juste = await c.facturer(contexte, totalMontants=30.0, totalAMO=21.0)
    faux = await c.facturer(contexte, totalMontants=30.0, totalAMO=30.0)

    assert juste.status_code == 201
    assert (faux.status_code, faux.json()["regle"], faux.json()["calcule"]) == (422, "FSE-08", 21.0)


async def test_a_child_is_billed_on_the_card_of_a_parent(c: Cabinet) -> None:
    contexte = contexte_de(await c.ouvrir("fontanges-helene"))
    facture = (await c.facturer(contexte, "fontanges-noe", parcoursSoins={"indicateur": "S2"})).json()

    signe = await c.b.client.post(f"/fse/v1/factures/{facture['idFacture']}/validation", headers=c.b.ps())

    assert facture["totalAMO"] == 21.0, "no path penalty before 16"
    assert facture["participationForfaitaire"] == 0.0
    assert signe.status_code == 200
    for parent in ("fontanges-helene", "delmas-erwan"):
        assert [r["beneficiaire"]["prenom"] for r in await c.recus(parent)] == ["NOE"]


async def test_an_invoice_belongs_to_its_professional_and_happens_once(c: Cabinet) -> None:
    contexte = contexte_de(await c.ouvrir())
    facture = (await c.facturer(contexte, idFacture="FSE-1")).json()["idFacture"]

    double = await c.facturer(contexte, idFacture="FSE-1")
    d_autrui = await c.b.client.get(f"/fse/v1/factures/{facture}", headers=c.b.ps("dumas-mg"))
    await c.b.client.post(f"/fse/v1/factures/{facture}/validation", headers=c.b.ps())
    encore = await c.b.client.post(f"/fse/v1/factures/{facture}/validation", headers=c.b.ps())

    assert (double.status_code, double.json()["regle"]) == (409, "FSE-23")
    assert d_autrui.status_code == 403
    assert (encore.status_code, encore.json()["regle"]) == (409, "FSE-20")
    assert (await c.b.client.get("/fse/v1/factures/inconnue", headers=c.b.ps())).json()["regle"] == "FSE-21"


@pytest.mark.parametrize(
    "cotation",
    [
        {**G, "prixUnitaire": "NaN"},
        {**G, "prixUnitaire": -1},
        {**G, "date": "2026-13-01"},
        {**G, "quantite": 1.5},
        {"date": "20260115"},
    ],
)
async def test_bad_acts_are_a_clear_400(c: Cabinet, cotation: dict[str, Any]) -> None:
    reponse = await c.facturer(None, lstCotations=[cotation])

    assert reponse.status_code == 400
    assert reponse.json()["champ"].startswith("lstCotations.0")


async def test_the_engine_json_of_the_sheet_is_accepted(c: Cabinet) -> None:
    """apcv.md §10.2, whole, with its own context in place of the printed one."""
    contexte = contexte_de(await c.ouvrir())
    corps = {
        "idFacture": "sheet-10-2",
        "securisation": 3,
        "dateElaboration": "20260115",
        "numeroFacture": "000000042",
        "acteIsoleSerie": 1,
        "idIntegrateur": "1",
        "patient": {
            "nir": PATIENTS["blanc-valmont"].matricule_ins,
            "dateNaissance": "19850714",
            "rangGemellaire": "1",
            "apCV": True,
            "contexteApCV": {"identifiant": contexte, "token": "…", "dateFinValidite": "20260115095000"},
        },
        "ps": {"noIdentification": "991234562", "specialite": "01", "convention": "1", "rpps": "10999000010"},
        "natureAssurance": {"maladie": {"codeExoneration": 0}},
        "parcoursSoins": {"indicateur": "T", "declaration": 1, "statut": 1, "medecin": {"nom": "", "prenom": ""}},
        "accidentDC": {"accidentDC": 0, "dateAccident": ""},
        "organismeComplementaire": {
            "tiersPayantAMO": False,
            "tiersPayantAMC": 0,
            "mutuelle": None,
            "AMC": None,
            "serviceAMO": {"code": "00"},
        },
        "lstCotations": [
            {
                **{"type": 0, "date": "20260115", "codeActe": "G", "quantite": 1, "coefficient": 1},
                **{"prixUnitaire": 30.0, "baseRemboursement": 30.0, "taux": 70, "montantDepassement": 0.0},
                **{"qualificatifDepense": "", "exonerationTMParticuliere": "-1", "montantFacture": 30.0},
                **{"totalAMO": 21.0, "totalAMC": 0.0, "totalAssure": 9.0, "duAMO": 0.0, "duAMC": 0.0},
            }
        ],
        "totalMontants": 30.0,
        "totalAMO": 21.0,
    }

    reponse = await c.b.client.post("/fse/v1/factures", json=corps, headers=c.b.ps())

    assert reponse.status_code == 201, reponse.text
    assert reponse.json()["totalAssure"] == 9.0
    assert reponse.json()["lstCotations"][0]["taux"] == 70


async def _validee(c: Cabinet, slug: str = "blanc-valmont", **autres: Any) -> str:
    facture: str = (await c.facturer(contexte_de(await c.ouvrir(slug)), slug, **autres)).json()["idFacture"]
    assert (await c.b.client.post(f"/fse/v1/factures/{facture}/validation", headers=c.b.ps())).status_code == 200
    return facture


async def _lot(c: Cabinet, *factures: str) -> Any:
    return await c.b.client.post("/fse/v1/lots", json={"factures": list(factures)}, headers=c.b.ps())


async def _lire(c: Cabinet, chemin: str) -> Any:
    return await c.b.client.get(f"/fse/v1/{chemin}", headers=c.b.ps())


@pytest.mark.exigence("apcv.md §10.5")
async def test_a_batch_is_acknowledged_after_ten_seconds_and_paid_after_two_days(c: Cabinet) -> None:
    premiere, seconde = await _validee(c), await _validee(c, "tavernier")
    lot = (await _lot(c, premiere, seconde)).json()
    assert (await _lire(c, f"lots/{lot['id']}/arl")).json()["regle"] == "FSE-32"
    assert (await _lot(c, premiere)).json()["regle"] == "FSE-30", "already sent"

    await c.b.avancer(seconds=10)
    arl = (await _lire(c, f"lots/{lot['id']}/arl")).json()
    assert (arl["type"], arl["lot"]["numero"]) == ("positive", 1)
    assert (await _lire(c, f"factures/{premiere}")).json()["statut"] == "accepted"

    await c.b.avancer(days=2)
    lignes = (await _lire(c, f"lots/{lot['id']}/noemie")).json()["factures"]
    assert [(x["organisme"], x["statut"], x["montant"], x["destinataire"]) for x in lignes] == [
        ("AMO", "P", 21.0, "assuré"),
        ("AMO", "P", 21.0, "professionnel"),
        ("AMC", "P", 9.0, "professionnel"),
    ]
    assert (await _lire(c, f"factures/{premiere}")).json()["statut"] == "paid"


async def test_the_clock_jumping_far_settles_both_returns_at_once(c: Cabinet) -> None:
    lot = (await _lot(c, await _validee(c))).json()

    await c.b.avancer(days=30)

    assert (await _lire(c, f"lots/{lot['id']}")).json() | {"date": ""} == {
        **{"id": lot["id"], "numero": 1, "date": "", "factures": lot["factures"], "arl": "positive", "noemie": True}
    }


@pytest.mark.exigence("apcv.md §14.17")
async def test_an_unknown_number_is_rejected_and_can_be_sent_again(c: Cabinet) -> None:
    montre = await c.presenter()
    ps = {"identifiantFacturation": "999999999"}
    lu = await c.b.client.post(
        "/apcv/v1/contextes", json={"donnees": montre["donnees"], "ps": ps}, headers=c.b.ps("lucas-interne")
    )
    assert lu.status_code == 201, lu.text
    corps = {
        "patient": {
            "nir": PATIENTS["blanc-valmont"].matricule_ins,
            "contexteApCV": {"identifiant": contexte_de(lu.json())},
        },
        "ps": {"noIdentification": "999999999"},
        "lstCotations": [G],
    }
    entetes = c.b.ps("lucas-interne")
    facture = (await c.b.client.post("/fse/v1/factures", json=corps, headers=entetes)).json()["idFacture"]
    await c.b.client.post(f"/fse/v1/factures/{facture}/validation", headers=entetes)
    lot = (await c.b.client.post("/fse/v1/lots", json={"factures": [facture]}, headers=entetes)).json()
    await c.b.avancer(seconds=10)

    entetes = c.b.ps("lucas-interne")
    arl = (await c.b.client.get(f"/fse/v1/lots/{lot['id']}/arl", headers=entetes)).json()
    encore = await c.b.client.post("/fse/v1/lots", json={"factures": [facture]}, headers=entetes)

    assert (arl["type"], arl["factureRejetee"]) == ("negative", "000000001")
    assert (encore.status_code, encore.json()["numero"]) == (201, 2)


@pytest.mark.exigence("apcv.md §10.4")
async def test_the_b2_file_is_made_of_records_of_128_characters_whose_totals_agree(c: Cabinet) -> None:
    lot = (await _lot(c, await _validee(c), await _validee(c, "tavernier"))).json()

    lignes = (await _lire(c, f"lots/{lot['id']}/b2")).text.split("\r\n")[:-1]

    assert {len(ligne) for ligne in lignes} == {128}
    assert [ligne[:3].strip() for ligne in lignes] == ["000", "1", "2", "2S", "4", "5", "2", "2S", "4", "5", "6", "999"]
    assert "00006000 00004200" in lignes[-2], "60.00 euros, 42.00 by the AMO"
    assert f"{len(lignes):06d}" in lignes[-1]
