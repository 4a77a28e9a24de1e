"""The JSON face of INSi: insi.md §4 to §8, §14, §15."""

from typing import Any

import pytest

from tests.banc import Banc

CAMILLE = {
    "nom_naissance": "BLANC-VALMONT",
    "prenom": "CAMILLE",
    "sexe": "F",
    "date_naissance": "1985-07-14",
    "lieu_naissance": "63113",
}
PAUL = {"nom_naissance": "MARTINEAU", "prenom": ["PAUL"], "sexe": "M", "date_naissance": "1950-02-15"}


async def chercher(b: Banc, demande: dict[str, Any]) -> dict[str, Any]:
    reponse = await b.client.post("/insi/v1/recherche-traits", json=demande, headers=b.ps())
    assert reponse.status_code == 200, reponse.text
    corps: dict[str, Any] = reponse.json()
    return corps


@pytest.mark.exigence("INSI-CR-00")
async def test_the_nominal_search_answers_00_with_matricule_oid_and_traits(b: Banc) -> None:
    reponse = await chercher(b, CAMILLE)

    assert (reponse["code_cr"], reponse["libelle_cr"]) == ("00", "OK")
    assert reponse["individu"]["insactif"] == {
        "id_individu": {"num_identifiant": "2850763113042", "cle": "26", "type_matricule": "NIR"},
        "oid": "1.2.250.1.213.1.4.8",
    }
    assert reponse["individu"]["tiq"]["liste_prenom"] == "CAMILLE LOUISE"
    assert reponse["individu"]["inshisto"] == []


@pytest.mark.exigence("INSI-CR-02", "INSI-CR-01")
async def test_homonyms_need_the_place_and_strangers_are_01_without_individu(b: Banc) -> None:
    assert (await chercher(b, PAUL))["code_cr"] == "02"
    lyon = await chercher(b, {**PAUL, "lieu_naissance": "69123"})
    inconnue = await chercher(
        b, {"nom_naissance": "HORSBASE", "prenom": "ADELE", "sexe": "F", "date_naissance": "1993-12-01"}
    )

    assert lyon["individu"]["insactif"]["id_individu"]["num_identifiant"] == "1500269123077"
    assert inconnue == {"code_cr": "01", "libelle_cr": "Aucune identite trouvee"}


async def test_a_nia_has_its_own_oid_and_the_oid_follows_the_mode_of_the_bac(b: Banc) -> None:
    chidi = {"nom_naissance": "OKONKWO", "prenom": "CHIDI", "sexe": "M", "date_naissance": "1988-04-12"}

    qualif = (await chercher(b, chidi))["individu"]["insactif"]
    await b.regler(oid_mode="test")
    test = (await chercher(b, CAMILLE))["individu"]["insactif"]

    assert (qualif["oid"], qualif["id_individu"]["type_matricule"]) == ("1.2.250.1.213.1.4.9", "NIA")
    assert test["oid"] == "1.2.250.1.213.1.4.10"


@pytest.mark.exigence("INSI-INSHISTO")
async def test_an_earlier_matricule_is_told_as_history(b: Banc) -> None:
    sasha = await chercher(
        b, {"nom_naissance": "VILLEDIEU", "prenom": "SASHA", "sexe": "F", "date_naissance": "1962-06-05"}
    )

    assert sasha["individu"]["insactif"]["id_individu"]["num_identifiant"] == "2620633063201"
    [ancien] = sasha["individu"]["inshisto"]
    assert ancien["id_individu"] == {"num_identifiant": "1620633063201", "cle": "40", "type_matricule": "NIR"}


@pytest.mark.exigence("INSI-NORMALISATION")
async def test_an_unclean_name_is_understood_here_and_insi_102_in_homologation(b: Banc) -> None:
    demande = {**CAMILLE, "prenom": "Câmille"}

    standard = await b.client.post("/insi/v1/recherche-traits", json=demande, headers=b.ps())
    await b.regler(profil="homologation")
    strict = await b.client.post("/insi/v1/recherche-traits", json=demande, headers=b.ps())

    assert standard.json()["code_cr"] == "00"
    assert b.regles(standard) == ["INSI-NORMALISATION", "INSI-CR-00"]
    assert strict.status_code == 400
    probleme = strict.json()
    assert (probleme["subcode"], probleme["code"], probleme["severite"]) == ("siram_40", "insi_102", "fatal")
    assert (probleme["regle"], probleme["champ"]) == ("INSI-NORMALISATION", "Prenom")
    assert probleme["explication"]["fr"]
    assert probleme["explication"]["en"]


@pytest.mark.exigence("INSI-insi_102", "INSI-desir_1020")
@pytest.mark.parametrize(
    ("demande", "subcode", "code"),
    [
        (("PANNEAU", "GILLES", "M", "1992-10-06"), "siram_40", "insi_102"),
        (("RELAIS", "HUGUES", "M", "2006-09-18"), "siram_40", "desir_1020"),
    ],
)
async def test_the_people_of_published_trouble_answer_their_fault(
    b: Banc, demande: tuple[str, str, str, str], subcode: str, code: str
) -> None:
    cles = ("nom_naissance", "prenom", "sexe", "date_naissance")

    reponse = await b.client.post(
        "/insi/v1/recherche-traits", json=dict(zip(cles, demande, strict=True)), headers=b.ps()
    )

    assert reponse.status_code == 503
    assert reponse.headers["retry-after"]
    assert (reponse.json()["subcode"], reponse.json()["code"]) == (subcode, code)
    assert reponse.json()["regle"] == f"INSI-{code}"


async def test_the_slow_person_answers_and_the_journal_says_why_it_took_so_long(b: Banc) -> None:
    reponse = await b.client.post(
        "/insi/v1/recherche-traits",
        json={"nom_naissance": "LENTEUR", "prenom": "PATRICIA", "sexe": "F", "date_naissance": "1972-05-27"},
        headers=b.ps(),
    )

    assert reponse.json()["code_cr"] == "00"
    assert "INSI-LENTEUR" in b.regles(reponse)


def noe(rang: int, **autres: Any) -> dict[str, Any]:
    return {
        "matricule_od": {"num_identifiant": "2820963113055", "cle": "95"},
        "nom_naissance": "FONTANGES",
        "date_naissance": "2018-01-11",
        "rang_naissance": rang,
        **autres,
    }


@pytest.mark.exigence("INSI-VITALE-RANG")
async def test_the_card_of_the_mother_finds_each_twin_by_rank(b: Banc) -> None:
    reponses = [
        (await b.client.post("/insi/v1/recherche-vitale", json=noe(rang), headers=b.ps())).json() for rang in (1, 2, 3)
    ]

    assert [r["code_cr"] for r in reponses] == ["00", "00", "01"]
    assert [r["individu"]["tiq"]["prenom"] for r in reponses[:2]] == ["LEO", "NOE"]


async def test_the_own_matricule_even_historic_finds_the_person(b: Banc) -> None:
    ancien = {"matricule_individu": {"num_identifiant": "1620633063201", "cle": "40"}, "date_naissance": "1962-06-05"}

    reponse = await b.client.post("/insi/v1/recherche-vitale", json=ancien, headers=b.ps())

    assert reponse.json()["individu"]["insactif"]["id_individu"]["num_identifiant"] == "2620633063201"


VERIFICATION: dict[str, Any] = {
    "ins_fourni": {
        "id_individu": {"num_identifiant": "2850763113042", "cle": "26", "type_matricule": "NIR"},
        "oid": "1.2.250.1.213.1.4.8",
    },
    "traits_identite_individu": {
        "nom_naissance": "BLANC-VALMONT",
        "liste_prenom": "CAMILLE LOUISE",
        "sexe": "F",
        "date_naissance": "1985-07-14",
    },
}


@pytest.mark.exigence("INSI-VER-OK", "INSI-VER-TRAITS")
async def test_a_verification_says_ok_or_ko_and_nothing_else(b: Banc) -> None:
    fausse = {
        **VERIFICATION,
        "traits_identite_individu": {**VERIFICATION["traits_identite_individu"], "date_naissance": "1985-07-15"},
    }

    juste = await b.client.post("/insi/v1/verification", json=VERIFICATION, headers=b.ps())
    ko = await b.client.post("/insi/v1/verification", json=fausse, headers=b.ps())

    assert juste.json() == {"code_cr": "00", "libelle_cr": "OK"}
    assert ko.json() == {"code_cr": "01", "libelle_cr": "Aucune identite trouvee"}
    assert b.regles(ko) == ["INSI-VER-TRAITS"]


@pytest.mark.exigence("INSI-LOT-01", "INSI-LOT-02")
async def test_a_batch_of_three_with_one_ko_is_ready_after_its_delay(b: Banc) -> None:
    faux = {**VERIFICATION["ins_fourni"], "oid": "1.2.250.1.213.1.4.2"}
    item = {"ins": VERIFICATION["ins_fourni"], "traits": VERIFICATION["traits_identite_individu"]}
    mal_forme = {**item, "traits": {**item["traits"], "sexe": "X"}}
    depot = {
        "demandeur": {"finess": "990000010"},
        "items": [{"ref": "a1", **item}, {"ref": "b7", **item, "ins": faux}, {"ref": "c9", **mal_forme}],
    }

    accepte = await b.client.post("/insi/v1/lots", json=depot, headers=b.ps())
    id_lot = accepte.json()["idLot"]
    en_cours = await b.client.get(f"/insi/v1/lots/{id_lot}", headers=b.ps())
    await b.avancer(seconds=2)
    termine = await b.client.get(f"/insi/v1/lots/{id_lot}", headers=b.ps())
    ailleurs = await b.client.get("/insi/v1/lots/inconnu", headers=b.ps())

    assert accepte.status_code == 202
    assert (accepte.json()["etat"], en_cours.json()["etat"]) == ("EN_COURS", "EN_COURS")
    assert termine.json()["resultats"] == [
        {"ref": "a1", "codeCR": "00"},
        {"ref": "b7", "codeCR": "01"},
        {"ref": "c9", "codeCR": None, "erreur": "sandbox_schema"},
    ]
    assert (ailleurs.status_code, ailleurs.json()["regle"]) == (404, "INSI-LOT-02")


@pytest.mark.exigence("BAC-JETON-01")
async def test_nobody_asks_without_a_token_except_in_lenient(b: Banc) -> None:
    refus = await b.client.post("/insi/v1/recherche-traits", json=CAMILLE)
    await b.regler(profil="lenient")
    admis = await b.client.post("/insi/v1/recherche-traits", json=CAMILLE)

    assert (refus.status_code, refus.json()["regle"]) == (401, "BAC-JETON-01")
    assert admis.json()["code_cr"] == "00"


@pytest.mark.parametrize(
    ("champ", "corps"),
    [
        ("sexe", {**CAMILLE, "sexe": 3}),
        ("inconnu", {**CAMILLE, "inconnu": "x"}),
        ("Sexe", {**CAMILLE, "sexe": "Z"}),
        ("DateNaissance", {**CAMILLE, "date_naissance": "1985-02-30"}),
        ("DateNaissance", {**CAMILLE, "date_naissance": "2031-01-01"}),
        ("LieuNaissance", {**CAMILLE, "lieu_naissance": "Paris"[:4]}),
        ("NomNaissance", {**CAMILLE, "nom_naissance": "王"}),
        ("Prenom", {**CAMILLE, "prenom": []}),
        ("nom_naissance", {**CAMILLE, "nom_naissance": "A" * 10_000}),
    ],
)
async def test_bad_input_is_a_clear_refusal_naming_rule_and_field(b: Banc, champ: str, corps: dict[str, Any]) -> None:
    reponse = await b.client.post("/insi/v1/recherche-traits", json=corps, headers=b.ps())

    assert reponse.status_code == 400
    assert reponse.headers["content-type"].startswith("application/problem+json")
    probleme = reponse.json()
    assert probleme["champ"].split(".")[0] == champ
    assert probleme["regle"]
    assert set(probleme["explication"]) == {"fr", "en"}


async def test_malformed_json_and_other_media_types_are_refused(b: Banc) -> None:
    for contenu, type_ in ((b'{"nom', "application/json"), (b"nom=x", "application/x-www-form-urlencoded")):
        reponse = await b.client.post(
            "/insi/v1/recherche-traits", content=contenu, headers={**b.ps(), "Content-Type": type_}
        )
        assert reponse.status_code in (400, 415)
        assert reponse.json()["regle"]
