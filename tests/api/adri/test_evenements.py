"""What ADRi hears: people of ins, contexts of apcv (architecture §6)."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.contracts.adri import DroitsModifies
from shared.contracts.apcv import ContexteConsomme, ContexteOuvert, ContexteRevoque
from shared.contracts.ins import MatriculeChange, PersonneCreee, PersonneModifiee
from shared.identite.cles import cle_matricule
from tests.banc import MAINTENANT, Banc

CAMILLE = "285076311304226"
NOUVELLE = f"2910763990012{cle_matricule('2910763990012')}"
HELENE_RENUMEROTEE = f"2820963990001{cle_matricule('2820963990001')}"


def creee(**change: Any) -> PersonneCreee:
    faits = {
        "matricule_ins": NOUVELLE,
        "oid": "1.2.250.1.213.1.4.8",
        "nom_naissance": "D'OEUVRAY",
        "prenom": "ZELIE",
        "liste_prenoms": "ZELIE MARIE",
        "sexe": "F",
        "date_naissance": "1991-07-03",
        "lieu_naissance": "63990",
        "occurred_at": MAINTENANT,
    }
    return PersonneCreee(**{**faits, **change})


async def droits(b: Banc, assure: str, naissance: str, **contexte: Any) -> httpx.Response:
    corps: dict[str, Any] = {
        "dateReference": "2026-01-15",
        "regime": "01",
        "assure": {"nir": assure[:13], "cle": assure[13:]},
        "beneficiaire": {"dateNaissance": naissance, "rang": 1},
    }
    if contexte:
        corps["contexte"] = contexte
    return await b.client.post("/adri/v1/droits", json=corps, headers=b.ps())


async def test_a_person_told_by_ins_has_ordinary_rights_once(b: Banc) -> None:
    id_ = await b.recevoir(creee())
    await b.recevoir(creee(), id=id_)
    await b.recevoir(creee())

    reponse = (await droits(b, NOUVELLE, "1991-07-03")).json()
    [fait] = await b.emis(DroitsModifies)

    assert (reponse["cr"]["code"], reponse["couverture"][0]["situation"]) == ("00", "ordinaire")
    assert (fait.matricule_ins, fait.ouverts, fait.situation) == (NOUVELLE, True, "ordinaire")


async def test_a_nia_has_no_rights_until_it_is_registered(b: Banc) -> None:
    await b.recevoir(creee(type_matricule="NIA", oid="1.2.250.1.213.1.4.9"))

    assert (await droits(b, NOUVELLE, "1991-07-03")).json()["cr"]["code"] == "01"
    assert await b.emis(DroitsModifies) == []


async def test_a_child_on_a_card_is_attached_to_the_insured(b: Banc) -> None:
    await b.recevoir(creee(date_naissance="2020-01-05", ouvreurs_droit=["2820963113055"]))

    trouve = (await droits(b, "282096311305595", "2020-01-05")).json()

    assert (trouve["cr"]["code"], trouve["beneficiaire"]["qualite"]) == ("00", "6")
    assert trouve["organisme"]["caisse"] == "631"


async def test_corrections_and_new_matricules_follow(b: Banc) -> None:
    await b.recevoir(creee())
    await b.recevoir(
        PersonneModifiee(**{**creee().model_dump(exclude={"ouvreurs_droit"}), "date_naissance": "1991-07-04"})
    )
    assert (await droits(b, NOUVELLE, "1991-07-04")).json()["cr"]["code"] == "00"
    await b.recevoir(
        MatriculeChange(
            ancien_matricule_ins="282096311305595",
            ancien_oid="1.2.250.1.213.1.4.8",
            matricule_ins=HELENE_RENUMEROTEE,
            oid="1.2.250.1.213.1.4.8",
            occurred_at=MAINTENANT,
        )
    )

    assert (await droits(b, "282096311305595", "1982-09-17")).json()["cr"]["code"] == "01"
    assert (await droits(b, HELENE_RENUMEROTEE, "1982-09-17")).json()["cr"]["code"] == "00"
    assert (await droits(b, HELENE_RENUMEROTEE, "2015-05-20")).json()["beneficiaire"]["prenoms"] == ["MARGAUX"]


async def test_a_nia_that_becomes_a_nir_gets_rights(b: Banc) -> None:
    await b.recevoir(
        MatriculeChange(
            ancien_matricule_ins="188049933801642",
            ancien_oid="1.2.250.1.213.1.4.9",
            matricule_ins=NOUVELLE,
            oid="1.2.250.1.213.1.4.8",
            motif="immatriculation",
            occurred_at=MAINTENANT,
        )
    )
    await b.recevoir(PersonneModifiee(**creee().model_dump(exclude={"ouvreurs_droit"}), champs=["matricule_ins"]))

    assert (await droits(b, NOUVELLE, "1991-07-03")).json()["cr"]["code"] == "00"


def ouvert(**change: Any) -> ContexteOuvert:
    faits = {
        "contexte_id": "CTX-1",
        "matricule_ins": CAMILLE,
        "beneficiaires": [CAMILLE],
        "identifiant_facturation": "991234562",
        "expire_le": MAINTENANT + timedelta(minutes=20),
        "occurred_at": MAINTENANT,
    }
    return ContexteOuvert(**{**faits, **change})


async def par_apcv(b: Banc, assure: str = CAMILLE, naissance: str = "1985-07-14") -> httpx.Response:
    return await droits(b, assure, naissance, source="apcv", idContexteApCV="CTX-1")


@pytest.mark.exigence("APCV-201", "APCV-202")
async def test_only_an_open_context_may_ask_and_it_dies_at_twenty_minutes(b: Banc) -> None:
    inconnu = await par_apcv(b)
    await b.recevoir(ouvert())
    admis = await par_apcv(b)
    await b.avancer(minutes=20)
    expire = await par_apcv(b)

    assert (inconnu.status_code, inconnu.json()["regle"]) == (404, "APCV-201")
    assert admis.json()["cr"]["code"] == "00"
    assert (expire.status_code, expire.json()["code"], expire.json()["subcode"]) == (410, "APCV-202", "siram_20")


@pytest.mark.exigence("APCV-211", "APCV-212", "APCV-111")
async def test_a_consumed_foreign_or_silent_context_is_refused(b: Banc) -> None:
    await b.recevoir(ouvert())
    autre_beneficiaire = await par_apcv(b, "171085935014872", "1971-08-02")
    await b.recevoir(
        ContexteConsomme(
            contexte_id="CTX-1",
            matricule_ins=CAMILLE,
            beneficiaires=[CAMILLE],
            identifiant_facturation="991234562",
            occurred_at=MAINTENANT,
        )
    )
    consomme = await par_apcv(b)
    await b.recevoir(ouvert(contexte_id="CTX-2", identifiant_facturation="991234570"))
    autre_ps = await droits(b, CAMILLE, "1985-07-14", source="apcv", idContexteApCV="CTX-2")

    assert [r.json()["regle"] for r in (autre_beneficiaire, consomme, autre_ps)] == ["APCV-212", "APCV-211", "APCV-111"]


async def test_the_end_of_a_context_heard_before_its_beginning_wins(b: Banc) -> None:
    await b.recevoir(
        ContexteRevoque(
            contexte_id="CTX-1",
            matricule_ins=CAMILLE,
            beneficiaires=[CAMILLE],
            identifiant_facturation="991234562",
            motif="destruction",
            occurred_at=MAINTENANT,
        )
    )
    await b.recevoir(ouvert())

    assert (await par_apcv(b)).json()["regle"] == "APCV-201"


async def test_an_apcv_call_without_context_is_refused(b: Banc) -> None:
    assert (await droits(b, CAMILLE, "1985-07-14", source="apcv")).json()["regle"] == "APCV-201"
