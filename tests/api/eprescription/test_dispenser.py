"""D4 and D6 over the wire: scenarios of e-prescription §9, substitutions, agreements, time, and the network."""

from datetime import date
from typing import Any

import pytest

from services.eprescription.seed import SCENES, numero_de
from services.eprescription.store import prescriptions
from shared.contracts.eprescription import DelivranceAnnulee, DelivranceEnregistree, PrescriptionCreee
from shared.contracts.gateway import ProfessionnelModifie
from shared.contracts.ins import MatriculeChange, PersonneCreee
from tests.api.eprescription.corps import (
    V1,
    creer,
    delivrer,
    execution,
    ligne,
    morphine,
    ordonnance,
    prendre,
    servir,
)
from tests.banc import Banc

ZOPICLONE = {"produit": {"cis": "68508795"}, "dureeJours": 28, "renouvellements": 0}


async def _ecrire(b: Banc, *lignes: dict[str, Any], **champs: Any) -> str:
    corps = ordonnance(*lignes, **champs)
    r = await creer(b, corps)
    assert r.status_code == 201, r.text
    numero: str = corps["numero"]
    return numero


@pytest.mark.exigence("DSP-02", "DSP-16")
async def test_a_stupefiant_presented_late_needs_a_reason_and_covers_what_is_left(b: Banc) -> None:
    numero = await _ecrire(b, morphine(), sousTypes=["MED-1098"])
    await b.avancer(days=4)
    faite = {"rang": 1, "quantite": 4, "dureeCouverteJours": 24}

    refus = await servir(b, numero, faite, date="2026-01-19")
    assert (refus.status_code, refus.json()["code"], refus.json()["regle"]) == (422, "EP-422-02", "DSP-02")

    motif = [{"regle": "DSP-02", "texte": "Rupture chez le grossiste", "rang": 1}]
    trop = await servir(b, numero, faite | {"dureeCouverteJours": 25}, date="2026-01-19", justifications=motif)
    assert trop.json()["regle"] == "DSP-16"
    assert (await servir(b, numero, faite, date="2026-01-19", justifications=motif)).status_code == 201


@pytest.mark.exigence("DSP-01")
async def test_no_first_delivery_after_three_months(b: Banc) -> None:
    numero = await _ecrire(b)
    await b.avancer(days=91)  # 15 January + 3 months = 15 April; today is 16 April

    refus = await servir(b, numero, date="2026-04-16")

    assert (refus.status_code, refus.json()["regle"]) == (422, "DSP-01")


@pytest.mark.exigence("DSP-05", "DSP-07", "DSP-17")
async def test_liste_i_is_not_renewed_without_a_mention(b: Banc) -> None:
    corps = ordonnance(ligne(renouvellements=None), ligne(rang=2))
    await creer(b, corps)
    assert (await servir(b, corps["numero"])).status_code == 201
    await b.avancer(days=30)

    refus = await servir(b, corps["numero"], date="2026-02-14")

    assert refus.status_code == 422
    assert {"DSP-05", "DSP-07", "DSP-17"} <= {r["id"] for r in refus.json()["regles"]}


@pytest.mark.exigence("DSP-09", "DSP-10", "DSP-11")
async def test_an_expired_chronic_treatment_gets_one_more_month_with_its_mention(b: Banc) -> None:
    numero = await _ecrire(b, ligne(renouvellements=2), validite={"debut": "2026-01-15", "fin": "2026-04-10"})
    assert (await servir(b, numero)).status_code == 201
    await b.avancer(days=100)  # 25 April
    assert (await prendre(b, numero)).json()["code"] == "EP-410-02"

    pec = await prendre(b, numero, exceptionnelle=True)
    assert pec.status_code == 201
    jeton = pec.json()["jeton"]
    faite = {"rang": 1, "quantite": 2, "dureeCouverteJours": 30}
    ordinaire = await delivrer(b, execution(numero, faite, date="2026-04-25"), jeton)
    assert "DSP-09" in {r["id"] for r in ordinaire.json()["regles"]}
    muette = faite | {"exceptionnelle": {"mention": True}}
    assert (await delivrer(b, execution(numero, muette, date="2026-04-25"), jeton)).json()["regle"] == "DSP-11"
    juste = faite | {"exceptionnelle": {"mention": True, "prescripteurInforme": True}}

    r = await delivrer(b, execution(numero, juste, date="2026-04-25"), jeton)

    assert (r.status_code, r.json()["statut"]) == (201, "EXPIREE")
    assert r.json()["lignes"][0]["dispensationsExceptionnelles"] == 1


@pytest.mark.exigence("D6", "P11", "DSP-14")
async def test_an_adaptation_quotes_the_agreement_the_prescriber_gave(b: Banc) -> None:
    numero = await _ecrire(b)
    adaptation = {"type": "ADAPTATION_POSOLOGIE", "avant": "2 cp/j", "apres": "1 cp/j"}
    demande = await b.client.post(
        f"{V1}/demandes-accord",
        json={"numero": numero, "rang": 1, "adaptation": adaptation},
        headers=b.ps("garnier-pharmacien"),
    )
    assert demande.status_code == 201, demande.text
    cle = demande.json()["id"]
    accord = {"obtenu": True, "date": "2026-01-15", "canal": "PORTAIL", "demandeId": cle}
    faite = {
        "rang": 1,
        "quantite": 2,
        "adaptation": adaptation | {"dateModification": "2026-01-15", "accord": accord},
    }
    assert (await servir(b, numero, faite)).json()["regle"] == "DSP-14"

    attendues = await b.client.get(f"{V1}/demandes-accord?statut=EN_ATTENTE", headers=b.ps())
    assert [d["id"] for d in attendues.json()] == [cle]
    chemin = f"{V1}/demandes-accord/{cle}/reponse"
    assert (await b.client.post(chemin, json={"reponse": "ACCEPTE"}, headers=b.ps("martin-mg"))).status_code == 403
    await b.client.post(chemin, json={"reponse": "ACCEPTE"}, headers=b.ps())
    lue = await b.client.get(f"{V1}/demandes-accord/{cle}", headers=b.ps("roche-pharmacien-adjoint"))
    assert lue.json()["statut"] == "ACCEPTE"

    assert (await servir(b, numero, faite)).status_code == 201


@pytest.mark.exigence("DSP-21")
async def test_every_line_gets_an_outcome_and_a_refusal_has_a_reason(b: Banc) -> None:
    numero = await _ecrire(b, ligne(), ligne(rang=2))
    sans = await servir(b, numero, {"rang": 2, "nonExecute": True})
    assert (sans.status_code, sans.json()["regle"]) == (422, "DSP-21")

    r = await servir(
        b, numero, {"rang": 1, "quantite": 2, "dureeCouverteJours": 30}, {"rang": 2, "nonExecution": "RUPTURE_STOCK"}
    )

    assert {x["rang"]: x["statut"] for x in r.json()["lignes"]} == {1: "PARTIELLE", 2: "NON_EXECUTEE"}
    [event] = await b.emis(DelivranceEnregistree)
    assert [x["rang"] for x in event.lignes] == [1]
    assert (await servir(b, numero, {"rang": 2, "quantite": 2}, qui="petit-pharmacien")).status_code == 201


@pytest.mark.parametrize(
    ("corps", "attendu"),
    [
        ({"date": "2026-01-16"}, (400, "EP-400-02", "date")),
        ({"date": "2026-01-14"}, (400, "EP-400-02", "date")),
        ({"date": "hier"}, (400, "EP-400-02", "date")),
        ({"lignes": []}, (400, "EP-400-02", "lignes")),
        ({"lignes": [{"rang": 8}]}, (400, "EP-400-02", "rang")),
        ({"lignes": [{"rang": 1}, {"rang": 1}]}, (400, "EP-400-02", "lignes[1].rang")),
        ({"structure": "990000044"}, (400, "EP-400-02", "structure")),
    ],
)
async def test_bad_deliveries_are_refused_by_field_and_leave_nothing(
    b: Banc, corps: dict[str, Any], attendu: tuple[int, str, str]
) -> None:
    numero = await _ecrire(b)
    pec = (await prendre(b, numero)).json()

    r = await delivrer(b, execution(numero) | corps, pec["jeton"])

    assert (r.status_code, r.json()["code"], r.json()["champ"]) == attendu
    vue = (await b.client.get(f"{V1}/prescriptions/{numero}/executions", headers=b.ps())).json()
    assert vue["executions"] == []


@pytest.mark.exigence("EP-409-02")
async def test_a_delivery_sent_twice_counts_once(b: Banc) -> None:
    numero = await _ecrire(b)
    pec = (await prendre(b, numero)).json()

    une = await delivrer(b, execution(numero, cloturer=False), pec["jeton"], cle="vente-42")
    deux = await delivrer(b, execution(numero, cloturer=False), pec["jeton"], cle="vente-42")

    assert une.json() == deux.json()
    assert deux.headers["idempotency-replayed"] == "true"
    assert len(await b.emis(DelivranceEnregistree)) == 1


async def test_a_withdrawn_delivery_is_told_to_the_network(b: Banc) -> None:
    numero = await _ecrire(b)
    faite = (await servir(b, numero)).json()

    await b.client.post(f"{V1}/executions/{faite['id']}/annulation", json={}, headers=b.ps("garnier-pharmacien"))

    [event] = await b.emis(DelivranceAnnulee)
    assert (event.numero, event.delivrance_id, event.statut) == (numero, faite["id"], "ACTIVE")


async def test_validity_ends_by_itself_when_the_clock_moves(b: Banc) -> None:
    numero = await _ecrire(b, validite={"debut": "2026-01-15", "fin": "2026-02-01"})
    await b.avancer(days=17)  # 1 February, last day
    lue = await b.client.get(f"{V1}/prescriptions/{numero}", headers=b.ps())
    assert lue.json()["statut"] == "ACTIVE"

    await b.avancer(days=1)

    lue = await b.client.get(f"{V1}/prescriptions/{numero}", headers=b.ps())
    assert lue.json()["statut"] == "EXPIREE"
    assert (await prendre(b, numero)).json()["code"] == "EP-410-02"


@pytest.mark.exigence("GEN-22", "EP-410-01")
async def test_after_five_years_the_number_answers_gone_and_the_content_is_no_more(b: Banc) -> None:
    numero = await _ecrire(b)
    await servir(b, numero)
    await b.avancer(days=5 * 366)

    r = await b.client.get(f"{V1}/prescriptions/{numero}", headers=b.ps())

    assert (r.status_code, r.json()["code"], r.json()["regle"]) == (410, "EP-410-01", "GEN-22")
    assert (await creer(b, ordonnance() | {"numero": numero, "dateRedaction": "2031-01-01T09:00:00+01:00"})).json()[
        "code"
    ] == "EP-409-01"


@pytest.mark.exigence("MED-07")
async def test_lenient_accepts_what_can_be_understood_and_warns(b: Banc) -> None:
    corps = ordonnance(ligne(**ZOPICLONE | {"dureeJours": 29}))
    assert (await creer(b, corps)).json()["regle"] == "MED-07"
    await b.regler(profil="lenient")

    r = await creer(b, corps)

    assert r.status_code == 201
    assert "MED-07" in {a["id"] for a in r.json()["avertissements"]}
    assert "MED-07" in b.regles(r)


async def test_the_base_files_the_copy_only_when_the_bac_says_so(b: Banc) -> None:
    await b.regler(copie_dmp="base")
    corps = ordonnance()

    r = await creer(b, corps)
    anonyme = await creer(b, ordonnance(anonymatIvg=True))

    assert r.json()["documentDmp"]["deposePar"] == "BASE"
    assert anonyme.json()["documentDmp"]["deposePar"] == "AUCUN"
    events = await b.emis(PrescriptionCreee)
    assert [e.copie_dmp for e in events] == [True, False]
    assert events[0].document_unique_id == r.json()["documentDmp"]["uniqueId"]
    assert events[0].document_unique_id.startswith("2.25.")


async def test_events_of_the_network_are_applied_once(b: Banc) -> None:
    numero = await _ecrire(b)
    qualification = "199027505611700"  # a key INSi vouches for and the formula does not
    corps = ordonnance()
    corps["patient"]["ins"]["matricule"] = qualification
    assert (await creer(b, corps)).json()["champ"] == "patient.ins.matricule"
    traits = {"nom_naissance": "X", "prenom": "Y", "liste_prenoms": "Y", "sexe": "M", "date_naissance": "1999-02-03"}
    oid = "1.2.250.1.213.1.4.8"
    await b.recevoir(PersonneCreee(matricule_ins=qualification, oid=oid, occurred_at=b.bac.now(), **traits))
    assert (await creer(b, corps)).status_code == 201

    ancien = "285076311304226"
    change = MatriculeChange(
        ancien_matricule_ins=ancien,
        ancien_oid=oid,
        matricule_ins="285076311399943",
        oid=oid,
        occurred_at=b.bac.now(),
    )
    cle = await b.recevoir(change)
    await b.recevoir(change, id=cle)
    assert numero not in {
        r["numero"]
        for r in (await b.client.get(f"{V1}/patient/prescriptions", headers=b.patient("blanc-valmont"))).json()
    }
    await b.recevoir(
        ProfessionnelModifie(
            id_nat="899700990213",
            nom="GARNIER",
            prenom="PIERRE",
            profession_code="21",
            adresse_mss=None,
            occurred_at=b.bac.now(),
        )
    )
    await servir(b, numero)
    [event] = await b.emis(DelivranceEnregistree)
    assert event.matricule_ins == "285076311399943"
    assert await b.calme() == []


async def test_the_seed_has_prescriptions_in_each_state(b: Banc) -> None:
    async with (await b.ctx.spaces.open(b.bac.nom)).lecture() as session:
        statuts = {}
        for scene in SCENES:
            row = await prescriptions.trouver(session, numero_de(scene))
            statuts[scene.patient] = row.statut
            assert row.prescription().date_de_redaction <= date(2026, 1, 15)

    assert statuts == {
        "loiseau": "ACTIVE",
        "kermadec": "EN_COURS",
        "d-orgeval": "TERMINEE",
        "tavernier": "TERMINEE",
        "rousselot": "ANNULEE",
        "santelli": "EXPIREE",
    }
    assert (await prendre(b, numero_de(SCENES[0]))).status_code == 201
    vue = await b.client.get(f"{V1}/prescriptions/{numero_de(SCENES[1])}/executions", headers=b.ps("verdier-mg"))
    assert vue.json()["executions"][0]["lignes"][0]["completude"] == "FFC"


@pytest.mark.exigence("D7", "GEN-23")
async def test_a_paper_prescription_is_declared_with_its_reason(b: Banc) -> None:
    corps = {"matriculeIns": "285076311304226", "date": "2026-01-15", "lignes": [{"libelle": "SKENAN"}]}

    async def declarer(**champs: Any) -> Any:
        return await b.client.post(f"{V1}/executions-papier", json=corps | champs, headers=b.ps("garnier-pharmacien"))

    sans = await declarer()
    assert (sans.status_code, sans.json()["code"], sans.json()["regle"]) == (422, "EP-422-02", "GEN-23")
    assert (await declarer(motif="TELESERVICE_INDISPONIBLE")).status_code == 201
    assert (await declarer(motif="TELESERVICE_INDISPONIBLE", matriculeIns="x")).status_code == 400


@pytest.mark.exigence("EP-401-01", "EP-401-02")
async def test_a_missing_or_expired_token_carries_the_code_of_the_sheet(b: Banc) -> None:
    vieux = b.ps()
    await b.avancer(seconds=121)

    anonyme = await b.client.get(f"{V1}/prescriptions")
    expire = await b.client.get(f"{V1}/prescriptions", headers=vieux)

    assert (anonyme.status_code, anonyme.json()["code"]) == (401, "EP-401-01")
    assert (expire.status_code, expire.json()["code"]) == (401, "EP-401-02")
