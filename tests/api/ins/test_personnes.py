"""People added, corrected and renumbered in a bac, and what the network hears of it."""

from typing import Any

import anyio
import pytest

from shared.contracts.ins import MatriculeChange, PersonneCreee, PersonneModifiee
from tests.banc import Banc

ZELIE: dict[str, Any] = {
    "num_identifiant": "2910763990012",
    "nom_naissance": "D’Œuvray",
    "liste_prenom": "Zélie Marie",
    "sexe": "F",
    "date_naissance": "1991-07-03",
    "lieu_naissance": "63990",
}


async def creer(b: Banc, **change: Any) -> dict[str, Any]:
    reponse = await b.client.post("/insi/v1/personnes", json={**ZELIE, **change}, headers=b.ps())
    assert reponse.status_code == 201, reponse.text
    corps: dict[str, Any] = reponse.json()
    return corps


def matricule(individu: dict[str, Any]) -> str:
    identifiant = individu["insactif"]["id_individu"]
    return f"{identifiant['num_identifiant']}{identifiant['cle']}"


async def test_a_new_person_is_normalised_found_by_search_and_told_once(b: Banc) -> None:
    individu = await creer(b, alias=["DOEUVRE"])
    demande = {"prenom": "ZELIE", "sexe": "F", "date_naissance": "1991-07-03"}

    for nom in ("D'OEUVRAY", "DOEUVRE"):
        trouve = await b.client.post(
            "/insi/v1/recherche-traits", json={**demande, "nom_naissance": nom}, headers=b.ps()
        )
        assert trouve.json()["code_cr"] == "00", nom
    [fait] = await b.emis(PersonneCreee)

    assert individu["tiq"]["nom_naissance"] == "D'OEUVRAY"
    assert (fait.matricule_ins, fait.oid) == (matricule(individu), "1.2.250.1.213.1.4.8")
    assert (fait.nom_naissance, fait.prenom, fait.liste_prenoms) == ("D'OEUVRAY", "ZELIE", "ZELIE MARIE")


@pytest.mark.exigence("INS-MAT-03", "INS-MAT-02", "INS-MAT-01")
async def test_a_matricule_is_given_once_and_its_key_is_right(b: Banc) -> None:
    await creer(b)

    for change, statut, regle in (
        ({}, 409, "INS-MAT-03"),
        ({"num_identifiant": "1620633063201"}, 409, "INS-MAT-03"),  # somebody's past matricule
        ({"num_identifiant": "2910763990013", "cle": "00"}, 400, "INS-MAT-02"),
        ({"num_identifiant": "29107639900"}, 400, "INS-MAT-01"),
        ({"num_identifiant": "2910763990014", "date_naissance": "1991-02-31"}, 400, "TRAIT-DATE"),
    ):
        refus = await b.client.post("/insi/v1/personnes", json={**ZELIE, **change}, headers=b.ps())
        assert (refus.status_code, refus.json()["regle"]) == (statut, regle)
    assert len(await b.emis(PersonneCreee)) == 1


async def test_a_child_added_to_a_card_is_found_by_it(b: Banc) -> None:
    await creer(
        b,
        num_identifiant="2200163990015",
        date_naissance="2020-01-05",
        liste_prenom="LISE",
        nom_naissance="FONTANGES",
        ouvreurs_droit=["282096311305595"],
    )

    reponse = await b.client.post(
        "/insi/v1/recherche-vitale",
        json={
            "matricule_od": {"num_identifiant": "2820963113055", "cle": "95"},
            "date_naissance": "2020-01-05",
            "rang_naissance": 1,
        },
        headers=b.ps(),
    )

    assert reponse.json()["individu"]["tiq"]["prenom"] == "LISE"


async def test_corrected_traits_are_searched_at_once_and_told_once(b: Banc) -> None:
    individu = await creer(b)
    corriges = {cle: ZELIE[cle] for cle in ("liste_prenom", "sexe", "date_naissance", "lieu_naissance")}
    url = f"/insi/v1/personnes/{matricule(individu)}/traits"

    for _ in range(2):
        reponse = await b.client.put(url, json={**corriges, "nom_naissance": "DUVRAY"}, headers=b.ps())
        assert reponse.status_code == 200
    trouve = await b.client.post(
        "/insi/v1/recherche-traits",
        json={"nom_naissance": "DUVRAY", "prenom": "ZELIE", "sexe": "F", "date_naissance": "1991-07-03"},
        headers=b.ps(),
    )
    [fait] = await b.emis(PersonneModifiee)

    assert trouve.json()["code_cr"] == "00"
    assert fait.champs == ["nom_naissance"]


@pytest.mark.exigence("INSI-INSHISTO")
async def test_a_nia_becomes_a_nir_and_stays_in_history(b: Banc) -> None:
    reponse = await b.client.put(
        "/insi/v1/personnes/188049933801642/matricule",
        json={"num_identifiant": "1880499338017", "type_matricule": "NIR", "motif": "immatriculation"},
        headers=b.ps(),
    )
    ancien = await b.client.get("/insi/v1/personnes/188049933801642", headers=b.ps())
    verification = await b.client.post(
        "/insi/v1/verification",
        json={
            "ins_fourni": {
                "id_individu": {"num_identifiant": "1880499338016", "cle": "42"},
                "oid": "1.2.250.1.213.1.4.9",
            },
            "traits_identite_individu": {
                "nom_naissance": "OKONKWO",
                "liste_prenom": "CHIDI",
                "sexe": "M",
                "date_naissance": "1988-04-12",
            },
        },
        headers=b.ps(),
    )
    [fait] = await b.emis(MatriculeChange)

    assert reponse.json() == ancien.json()
    assert reponse.json()["insactif"]["oid"] == "1.2.250.1.213.1.4.8"
    [histo] = reponse.json()["inshisto"]
    assert (histo["oid"], histo["date_fin"]) == ("1.2.250.1.213.1.4.9", "2026-01-15")
    assert verification.json()["code_cr"] == "01"
    assert b.regles(verification) == ["INSI-VER-HISTORIQUE"]
    assert (fait.ancien_matricule_ins, fait.motif) == ("188049933801642", "immatriculation")


@pytest.mark.exigence("INS-PERS-01")
async def test_nobody_is_corrected_under_an_unknown_matricule(b: Banc) -> None:
    for suffixe, corps in (
        ("", None),
        ("/traits", {k: ZELIE[k] for k in ("nom_naissance", "liste_prenom", "sexe", "date_naissance")}),
        ("/matricule", {"num_identifiant": "2910763990012"}),
    ):
        methode = "GET" if corps is None else "PUT"
        reponse = await b.client.request(
            methode, f"/insi/v1/personnes/293126311319942{suffixe}", json=corps, headers=b.ps()
        )
        assert (reponse.status_code, reponse.json()["regle"]) == (404, "INS-PERS-01")


async def test_two_creations_of_the_same_matricule_at_once_make_one_person(b: Banc) -> None:
    statuts: list[int] = []

    async def une() -> None:
        reponse = await b.client.post("/insi/v1/personnes", json=ZELIE, headers=b.ps())
        statuts.append(reponse.status_code)

    async with anyio.create_task_group() as groupe:
        for _ in range(4):
            groupe.start_soon(une)

    assert sorted(statuts) == [201, 409, 409, 409]
    assert len(await b.emis(PersonneCreee)) == 1


@pytest.mark.parametrize(
    ("methode", "chemin", "corps"),
    [
        ("GET", "/insi/v1/personnes/28507631130%00226", None),
        ("GET", "/insi/v1/lots/a%00b", None),
        ("POST", "/insi/v1/personnes", {**ZELIE, "lieu_naissance": "63\x00 0"}),
        ("POST", "/insi/v1/recherche-traits", {"nom_naissance": "A\x00B"}),
        ("POST", "/insi/v1/lots", {"demandeur": {"finess": "99\x00"}, "items": []}),
    ],
)
async def test_a_nul_character_is_refused_and_never_reaches_the_database(
    b: Banc, methode: str, chemin: str, corps: dict[str, Any] | None
) -> None:
    reponse = await b.client.request(methode, chemin, json=corps, headers=b.ps())

    assert reponse.status_code == 400
    assert reponse.json()["regle"]
