"""The JSON faces of ADRi: adri.md §1.2, §3.2, §4.6, §5, §6, tests of §10."""

from typing import Any

import anyio
import pytest

from tests.banc import Banc

MERE = "282096311305595"


def demande(
    assure: str, naissance: str, rang: int | None = 1, jour: str = "2026-01-15", **autres: Any
) -> dict[str, Any]:
    beneficiaire: dict[str, Any] = {"dateNaissance": naissance}
    if rang is not None:
        beneficiaire["rang"] = rang
    return {
        "dateReference": jour,
        "regime": "01",
        "assure": {"nir": assure[:13], "cle": assure[13:]},
        "beneficiaire": beneficiaire,
        **autres,
    }


async def droits(b: Banc, corps: dict[str, Any], ps: str = "verdier-mg") -> dict[str, Any]:
    reponse = await b.client.post("/adri/v1/droits", json=corps, headers=b.ps(ps))
    assert reponse.status_code == 200, reponse.text
    trouve: dict[str, Any] = reponse.json()
    return trouve


@pytest.mark.exigence("ADRI-CR-00")
async def test_the_sheet_s_own_example_gets_the_sheet_s_own_answer(b: Banc) -> None:
    reponse = await droits(b, demande(MERE, "2018-01-11", 2))

    assert reponse["cr"] == {"code": "00", "libelle": "OK"}
    assert reponse["validite"] == {"debut": "2025-01-16", "fin": "2026-01-15"}
    assert reponse["organisme"] == {"regime": "01", "caisse": "631", "centre": "0000", "codeGestion": "10"}
    assert reponse["beneficiaire"] | {"nirCertifie": None} == {
        "nom": "FONTANGES",
        "nomUsuel": "FONTANGES",
        "prenoms": ["NOE"],
        "dateNaissance": "2018-01-11",
        "rang": 2,
        "qualite": "6",
        "nirCertifie": None,
        "ins": None,
    }
    assert reponse["droitsAMO"] == [{"debut": "2025-01-16", "fin": "2027-01-15", "ouvert": True}]
    [couverture] = reponse["couverture"]
    assert couverture["codeSituation"] == "0100"
    assert (couverture["situation"], couverture["taux"], couverture["exonerationTM"]) == ("ordinaire", 70, False)
    assert couverture["participationForfaitaire"] is False  # a child
    assert reponse["medecinTraitant"] == {"declare": True, "estLeDemandeur": True}
    assert reponse["complementaire"]["numeroAMC"] == "99900001"
    assert reponse["accidentsTravail"] == []


@pytest.mark.exigence("ADRI-SITUATIONS")
@pytest.mark.parametrize(
    ("assure", "naissance", "situation", "taux", "tiers_payant", "code_ald"),
    [
        ("285076311304226", "1985-07-14", "ordinaire", 70, "aucun", "0"),
        ("171085935014872", "1971-08-02", "c2s", 100, "integral", "0"),
        ("156022901903323", "1956-02-17", "ald", 100, "amo", "4"),
        ("295044410909073", "1995-04-09", "maternite", 100, "amo", "0"),
        ("188103417220588", "1988-10-21", "at_mp", 100, "amo", "0"),
        ("269116748201901", "1969-11-05", "alsace_moselle", 90, "aucun", "0"),
        ("193079935207743", "1993-07-12", "ame", 100, "integral", "0"),
        ("148052901907731", "1948-05-03", "pension_militaire", 100, "amo", "0"),
        ("198016912300483", "1998-01-23", "ordinaire", 70, "aucun", "0"),
    ],
)
async def test_each_row_of_the_table_has_its_person(
    b: Banc, assure: str, naissance: str, situation: str, taux: int, tiers_payant: str, code_ald: str
) -> None:
    couverture = (await droits(b, demande(assure, naissance)))["couverture"][0]

    assert (couverture["situation"], couverture["taux"]) == (situation, taux)
    assert (couverture["tiersPayant"], couverture["codeALD"]) == (tiers_payant, code_ald)


async def test_what_only_some_situations_carry(b: Banc) -> None:
    c2s = await droits(b, demande("171085935014872", "1971-08-02"))
    accident = await droits(b, demande("188103417220588", "1988-10-21"))
    local = await droits(b, demande("269116748201901", "1969-11-05"))
    separee = await droits(b, demande("285076311304226", "1985-07-14"))

    assert c2s["complementaire"]["numeroAMC"] == "88888888"
    assert c2s["servicesAMO"][0]["code"] not in ("00", "10")  # locks manual third-party choices
    assert accident["accidentsTravail"][0]["numero"] == "250100012"
    assert local["regimeLocal"] is True
    assert separee["complementaire"] is None  # the insurer's own contract is never told
    assert c2s["medecinTraitant"] == {"declare": True, "estLeDemandeur": False}


@pytest.mark.exigence("ADRI-CR-01", "ADRI-CR-02", "ADRI-CR-03")
@pytest.mark.parametrize(
    ("code", "corps"),
    [
        ("01", demande("118016311330293", "2018-01-11", 2)),  # the child's own number sent as insured
        ("01", demande("188049933801642", "1988-04-12")),  # a NIA: pending registration
        ("01", {**demande(MERE, "2018-01-11", 2), "regime": "02"}),
        ("02", demande("290039913400988", "1990-03-08")),
        ("02", demande("193079935207743", "1993-07-12", jour="2026-04-01")),  # AME has ended
        ("03", demande(MERE, "2018-01-11", None)),
        ("04", {**demande(MERE, "2018-01-11", 2), "caisse": "751"}),
    ],
)
async def test_result_codes_are_answers_not_errors(b: Banc, code: str, corps: dict[str, Any]) -> None:
    reponse = await droits(b, corps)

    assert reponse["cr"]["code"] == code
    assert ("beneficiaire" in reponse) == (code == "02")
    if code == "02":
        assert [p["ouvert"] for p in reponse["droitsAMO"]] == [False]
        assert reponse["couverture"] == []
        assert reponse["etatDroitsAMO"] == "Les droits AMO sont fermés"
    if code == "04":
        assert reponse["organisme"]["caisse"] == "631"


@pytest.mark.exigence("ADRI-DATE")
async def test_ald_counts_from_its_first_day(b: Banc) -> None:
    veille = await droits(b, demande("156022901903323", "1956-02-17", jour="2021-05-31"))
    jour = await droits(b, demande("156022901903323", "1956-02-17", jour="2021-06-01"))

    assert [c["situation"] for c in veille["couverture"]] == ["ordinaire"]
    assert [c["situation"] for c in jour["couverture"]] == ["ald", "ordinaire"]


@pytest.mark.exigence("ADRI-CR-04", "ADRI-CR-05", "ADRI-MUT-01", "ADRI-PER-01")
async def test_the_sandbox_s_hand_changes_rights_and_the_network_hears_it(b: Banc) -> None:
    from shared.contracts.adri import DroitsModifies

    camille = "/adri/v1/personnes/285076311304226"
    question = demande("285076311304226", "1985-07-14")

    async def retoucher(**corps: Any) -> Any:
        return await b.client.put(f"{camille}/droits", json=corps, headers=b.ps())

    await retoucher(enMiseAJour=True)
    assert (await droits(b, question))["cr"]["code"] == "05"
    await retoucher(enMiseAJour=False, couvertures=[{"situation": "ald", "debut": "2026-01-01"}])
    assert (await droits(b, question))["couverture"][0]["situation"] == "ald"
    mutation = {"organisme": {"regime": "02", "caisse": "063"}, "dateEffet": "2026-01-15"}
    assert (await b.client.post(f"{camille}/mutations", json=mutation, headers=b.ps())).status_code == 200
    assert (await droits(b, question))["cr"]["code"] == "04"
    refus = await b.client.post(f"{camille}/mutations", json=mutation, headers=b.ps())
    assert (refus.status_code, refus.json()["regle"]) == (422, "ADRI-MUT-01")
    chevauche = await retoucher(periodes=[{"debut": "2025-01-01"}, {"debut": "2025-01-01", "fin": "2025-06-01"}])
    assert (chevauche.status_code, chevauche.json()["regle"]) == (422, "ADRI-PER-01")
    await retoucher(periodes=[{"debut": "2020-01-01", "fin": "2025-12-31"}])

    faits = await b.emis(DroitsModifies)

    assert [(f.situation, f.ouverts) for f in faits] == [("ald", True), ("ald", True), ("hors_droits", False)]
    assert [f.organisme for f in faits] == ["016310000", "020630000", "020630000"]
    assert (await b.client.get(f"{camille}/droits", headers=b.ps())).json()["beneficiaires"][0]["periodes"] == [
        {"debut": "2020-01-01", "fin": "2025-12-31"}
    ]
    inconnu = await b.client.put("/adri/v1/personnes/293126311319942/droits", json={}, headers=b.ps())
    assert (inconnu.status_code, inconnu.json()["regle"]) == (404, "ADRI-BEN-01")


async def test_the_engine_shape_is_the_published_one(b: Banc) -> None:
    corps = {
        "teleservice": {
            "codeRegime": "01",
            "immatriculation": MERE,
            "dateNaissance": "20180111",
            "rangGemellaire": "2",
            "codeCaisse": "631",
            "nom": "FONTANGES",
        },
        "codePorteur": "1234",
    }

    reponse = await b.client.post("/adri/v1/moteur/TEL-getAdri", json=corps, headers=b.ps())
    inconnu = {"teleservice": {**corps["teleservice"], "immatriculation": "188049933801642"}}  # type: ignore[dict-item]
    message = await b.client.post("/adri/v1/moteur/TEL-getAdri", json=inconnu, headers=b.ps())

    trouve = reponse.json()
    assert trouve["dateReponse"] == "20260115"
    assert trouve["infosGlobales"] == {
        "codeRegime": "01",
        "codeCaisse": "631",
        "centrePrestation": "0000",
        "codePresentationSupportAMO": "0",
    }
    soins = trouve["beneficiaireDeSoins"]
    assert (soins["numero"], soins["noNIRCertifie"], soins["topMedecinTraitant"]) == (4, "118016311330293", "1")
    assert soins["lstPeriodeAMO"] == [{"dateDebut": "20250116", "dateFin": "20270115"}]
    assert soins["lstPeriodeCodeCouverture"] == [
        {"groupe": 106, "dateDebut": "20250116", "dateFin": "20270115", "codeALD": "0", "codeSituation": "0100"}
    ]
    assert (soins["codeServiceAMO"], soins["dateDebutServiceAMO"]) == ("0", "00000000")
    assert trouve["mutuelle"]["noIdentification"] == "99900001"
    assert b"1234" not in reponse.content
    [exception] = message.json()["method"]["lstException"]
    assert (exception["code"], exception["source"]) == ("01", "TELESERVICE ADRI")


@pytest.mark.exigence("ADRI-DATE-01", "ADRI-ALD-01", "ADRI-FAC-01")
async def test_an_attached_answer_blocks_forcing_ald_until_it_is_removed(b: Banc) -> None:
    facture = "/adri/v1/factures/000000042"
    question = demande("285076311304226", "1985-07-14")

    async def attacher(date_facture: str) -> Any:
        corps = {"dateFacture": date_facture, "droits": question}
        return await b.client.post(f"{facture}/droits", json=corps, headers=b.ps())

    trop_tard = await attacher("2027-01-16")
    attachee = await attacher("2027-01-15")
    lue = await b.client.get(f"{facture}/droits", headers=b.ps())
    forcage = await b.client.post(f"{facture}/forcage-ald", headers=b.ps())
    await b.client.delete(f"{facture}/droits", headers=b.ps())
    apres = await b.client.post(f"{facture}/forcage-ald", headers=b.ps())
    encore = await b.client.delete(f"{facture}/droits", headers=b.ps())

    assert (trop_tard.status_code, trop_tard.json()["regle"]) == (422, "ADRI-DATE-01")
    assert attachee.json()["cr"]["code"] == "00"
    assert (lue.json()["typeFacture"], lue.json()["cr"]) == ("ADRi", attachee.json()["cr"])
    assert (forcage.status_code, forcage.json()["regle"]) == (409, "ADRI-ALD-01")
    assert apres.json()["forcageALD"] is True
    assert (encore.status_code, encore.json()["regle"]) == (404, "ADRI-FAC-01")


@pytest.mark.parametrize(
    ("champ", "change"),
    [
        ("dateReference", {"dateReference": "2026-02-30"}),
        ("dateReference", {"dateReference": "hier"}),
        ("GrandRegime", {"regime": "77"}),
        ("NIRassure", {"assure": {"nir": "28209", "cle": "95"}}),
        ("DatedeNaissance", {"beneficiaire": {"dateNaissance": "1982-13-41"}}),
        ("beneficiaire.rang", {"beneficiaire": {"dateNaissance": "1982-09-17", "rang": 0}}),
        ("surplus", {"surplus": 1}),
        ("contexte.source", {"contexte": {"source": "telepathie"}}),
    ],
)
async def test_bad_input_is_a_clear_refusal_naming_rule_and_field(b: Banc, champ: str, change: dict[str, Any]) -> None:
    corps = {**demande(MERE, "1982-09-17"), **change}

    reponse = await b.client.post("/adri/v1/droits", json=corps, headers=b.ps())

    assert reponse.status_code == 400
    probleme = reponse.json()
    assert probleme["champ"] == champ
    assert probleme["regle"]
    assert set(probleme["explication"]) == {"fr", "en"}


async def test_nobody_asks_without_a_token_except_in_lenient(b: Banc) -> None:
    question = demande(MERE, "1982-09-17")

    refus = await b.client.post("/adri/v1/droits", json=question)
    await b.regler(profil="lenient")

    assert (refus.status_code, refus.json()["regle"]) == (401, "BAC-JETON-01")
    assert (await b.client.post("/adri/v1/droits", json=question)).status_code == 200


@pytest.mark.parametrize(
    ("methode", "chemin", "corps"),
    [
        ("GET", "/adri/v1/personnes/28507631130%00226/droits", None),
        ("GET", "/adri/v1/factures/a%00b/droits", None),
        ("POST", "/adri/v1/droits", demande(MERE, "1982-09-17") | {"contexte": {"idContexteApCV": "a\x00"}}),
    ],
)
async def test_a_nul_character_is_refused_and_never_reaches_the_database(
    b: Banc, methode: str, chemin: str, corps: dict[str, Any] | None
) -> None:
    reponse = await b.client.request(methode, chemin, json=corps, headers=b.ps())

    assert reponse.status_code == 400
    assert reponse.json()["regle"]


async def test_two_answers_attached_to_one_invoice_at_once_leave_one(b: Banc) -> None:
    corps = {"dateFacture": "2026-01-15", "droits": demande("285076311304226", "1985-07-14")}
    statuts: list[int] = []

    async def attacher() -> None:
        reponse = await b.client.post("/adri/v1/factures/F1/droits", json=corps, headers=b.ps())
        statuts.append(reponse.status_code)

    async with anyio.create_task_group() as groupe:
        for _ in range(4):
            groupe.start_soon(attacher)

    assert set(statuts) == {200}
    assert (await b.client.get("/adri/v1/factures/F1/droits", headers=b.ps())).json()["cr"]["code"] == "00"
