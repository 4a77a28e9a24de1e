"""§2.5: one pharmacy at a time, and a way back after a crash."""

import asyncio

import pytest

from services.eprescription.domain import qr
from shared.contracts.eprescription import DelivranceEnregistree, PrescriptionAnnulee
from tests.api.eprescription.corps import V1, creer, delivrer, execution, ordonnance, prendre, servir
from tests.banc import Banc


async def _ecrire(b: Banc) -> str:
    corps = ordonnance()
    assert (await creer(b, corps)).status_code == 201
    numero: str = corps["numero"]
    return numero


@pytest.mark.exigence("DSP-18", "EP-423-01")
async def test_of_two_pharmacies_the_second_waits_and_never_learns_who_holds_it(b: Banc) -> None:
    numero = await _ecrire(b)
    tenue = await prendre(b, numero, "garnier-pharmacien")

    rivale = await prendre(b, numero, "petit-pharmacien")

    assert rivale.status_code == 423
    assert rivale.json()["code"] == "EP-423-01"
    assert rivale.json()["regle"] == "DSP-18"
    assert rivale.json()["tenuJusqua"] == tenue.json()["expireA"]
    assert "GARNIER" not in rivale.text
    assert "990000036" not in rivale.text
    refusees = [d for d in b.notes(rivale)["decisions"] if d["verdict"] == "refuse"]
    assert refusees[0]["regle"] == "DSP-18"
    assert refusees[0]["ligne"]["severite"] == "B"


@pytest.mark.exigence("DSP-18")
async def test_of_twenty_simultaneous_locks_from_two_pharmacies_one_pharmacy_wins(b: Banc) -> None:
    numero = await _ecrire(b)
    entetes = [b.ps("garnier-pharmacien"), b.ps("petit-pharmacien")]

    reponses = await asyncio.gather(
        *(b.client.post(f"{V1}/prises-en-charge", json={"numero": numero}, headers=entetes[i % 2]) for i in range(20))
    )

    statuts = sorted(r.status_code for r in reponses)
    assert statuts.count(201) == 1
    assert statuts.count(423) == 10
    assert statuts.count(200) == 9  # the winner asking again recovers its own lock


@pytest.mark.exigence("EP-423-02")
async def test_the_same_pharmacy_recovers_with_a_new_token_and_the_old_one_is_void(b: Banc) -> None:
    numero = await _ecrire(b)
    ancien = (await prendre(b, numero, "garnier-pharmacien")).json()
    adjoint = await prendre(b, numero, "roche-pharmacien-adjoint")
    assert adjoint.status_code == 200
    assert adjoint.json()["id"] == ancien["id"]

    refus = await delivrer(b, execution(numero), ancien["jeton"])
    assert (refus.status_code, refus.json()["code"]) == (423, "EP-423-02")

    assert (await delivrer(b, execution(numero), adjoint.json()["jeton"])).status_code == 201


async def test_a_freed_prescription_is_open_to_any_pharmacy(b: Banc) -> None:
    numero = await _ecrire(b)
    pec = (await prendre(b, numero)).json()
    autre = await b.client.delete(f"{V1}/prises-en-charge/{pec['id']}", headers=b.ps("petit-pharmacien"))
    assert autre.json()["code"] == "EP-423-02"

    rendue = await b.client.delete(f"{V1}/prises-en-charge/{pec['id']}", headers=b.ps("garnier-pharmacien"))

    assert rendue.status_code == 204
    assert (await prendre(b, numero, "petit-pharmacien")).status_code == 201
    assert (await delivrer(b, execution(numero), pec["jeton"])).json()["code"] in {"EP-423-01", "EP-423-02"}


async def test_a_lock_dies_after_thirty_minutes_unless_prolonged(b: Banc) -> None:
    numero = await _ecrire(b)
    pec = (await prendre(b, numero)).json()
    await b.avancer(minutes=20)
    prolongee = await b.client.put(
        f"{V1}/prises-en-charge/{pec['id']}",
        headers=b.ps("garnier-pharmacien") | {"X-Prise-En-Charge": pec["jeton"]},
    )
    assert prolongee.status_code == 200
    await b.avancer(minutes=29)
    assert (await prendre(b, numero, "petit-pharmacien")).status_code == 423

    await b.avancer(minutes=1)

    assert (await delivrer(b, execution(numero), pec["jeton"])).json()["code"] == "EP-423-02"
    assert (await prendre(b, numero, "petit-pharmacien")).status_code == 201


@pytest.mark.exigence("P5")
async def test_a_cancellation_during_a_lock_waits_for_the_release(b: Banc) -> None:
    numero = await _ecrire(b)
    pec = (await prendre(b, numero)).json()

    attente = await b.client.post(
        f"{V1}/prescriptions/{numero}/annulation", json={"motif": "ERREUR_PRESCRIPTION"}, headers=b.ps()
    )
    assert attente.status_code == 202
    assert attente.json()["statut"] == "ACTIVE"
    assert attente.json()["annulationEnAttente"] is True
    assert await b.emis(PrescriptionAnnulee) == []

    await b.client.delete(f"{V1}/prises-en-charge/{pec['id']}", headers=b.ps("garnier-pharmacien"))

    [event] = await b.emis(PrescriptionAnnulee)
    assert (event.statut, event.motif) == ("ANNULEE", "ERREUR_PRESCRIPTION")
    assert (await prendre(b, numero)).json()["code"] == "EP-410-02"


@pytest.mark.exigence("P5")
async def test_a_pending_cancellation_becomes_a_stop_when_something_was_delivered(b: Banc) -> None:
    numero = await _ecrire(b)
    pec = (await prendre(b, numero)).json()
    await b.client.post(f"{V1}/prescriptions/{numero}/annulation", json={"motif": "DECES"}, headers=b.ps())

    faite = await delivrer(b, execution(numero), pec["jeton"])

    assert faite.json()["statut"] == "ARRETEE"
    vue = (await b.client.get(f"{V1}/prescriptions/{numero}/executions", headers=b.ps())).json()
    assert vue["statut"] == "ARRETEE"
    assert len(vue["executions"]) == 1
    [dite] = await b.emis(DelivranceEnregistree)
    assert (dite.statut, [ligne["statut"] for ligne in dite.lignes]) == ("ARRETEE", ["ANNULEE"])


async def test_a_pending_cancellation_applies_when_the_lock_dies_of_old_age(b: Banc) -> None:
    numero = await _ecrire(b)
    await prendre(b, numero)
    await b.client.post(f"{V1}/prescriptions/{numero}/annulation", json={"motif": "DOUBLON"}, headers=b.ps())

    await b.avancer(minutes=31)

    [event] = await b.emis(PrescriptionAnnulee)
    assert event.statut == "ANNULEE"


@pytest.mark.exigence("DSP-19", "EP-403-01")
@pytest.mark.parametrize("qui", ["verdier-mg", "martin-dupuy-idel", "saint-martin-kine", "marchand-transporteur"])
async def test_only_a_profession_that_executes_the_type_may_take_it_in_charge(b: Banc, qui: str) -> None:
    numero = await _ecrire(b)

    refus = await prendre(b, numero, qui)

    assert (refus.status_code, refus.json()["code"], refus.json()["regle"]) == (403, "EP-403-01", "DSP-19")


@pytest.mark.exigence("D1", "EP-422-03", "EP-422-04")
async def test_a_qr_code_is_read_signed_or_not_and_a_forged_one_is_refused(b: Banc) -> None:
    numero = await _ecrire(b)
    signe = (await b.client.get(f"{V1}/prescriptions/{numero}/qr?mode=signe&format=texte", headers=b.ps())).text
    assert qr.lire(signe).numero == numero

    async def lire(contenu: str) -> tuple[int, str | None]:
        r = await b.client.post(f"{V1}/qr/lecture", json={"contenu": contenu}, headers=b.ps("garnier-pharmacien"))
        return r.status_code, r.json().get("code") or r.json().get("mode")

    assert await lire(numero) == (200, "compat")
    assert await lire(signe) == (200, "signe")
    assert await lire(signe.replace("20260115", "20260116")) == (422, "EP-422-04")
    assert await lire(signe[:-20]) == (422, "EP-422-03")
    assert await lire("https://example.org/dmp") == (422, "EP-422-03")
    png = await b.client.get(f"{V1}/prescriptions/{numero}/qr", headers=b.ps())
    assert png.content.startswith(b"\x89PNG")


@pytest.mark.exigence("D5")
async def test_a_withdrawn_delivery_restores_the_counters_within_a_day_only(b: Banc) -> None:
    numero = await _ecrire(b)
    faite = (await servir(b, numero)).json()
    chemin = f"{V1}/executions/{faite['id']}/annulation"
    assert (await b.client.post(chemin, json={}, headers=b.ps("petit-pharmacien"))).json()["code"] == "EP-403-02"

    rendue = await b.client.post(chemin, json={"motif": "Erreur de patient"}, headers=b.ps("roche-pharmacien-adjoint"))

    assert rendue.json()["statut"] == "ACTIVE"
    assert rendue.json()["lignes"][0]["quantiteRestante"] == 12
    assert (await b.client.post(chemin, json={}, headers=b.ps("garnier-pharmacien"))).json()["code"] == "EP-409-03"
    refaite = (await servir(b, numero)).json()
    await b.avancer(hours=25)
    tard = await b.client.post(
        f"{V1}/executions/{refaite['id']}/annulation", json={}, headers=b.ps("garnier-pharmacien")
    )
    assert tard.json()["code"] == "EP-409-03"


@pytest.mark.exigence("DSP-16", "DSP-17")
async def test_simultaneous_deliveries_never_hand_over_more_than_what_is_left(b: Banc) -> None:
    corps = ordonnance()
    corps["lignes"][0]["renouvellements"] = 0
    corps["lignes"].append(corps["lignes"][0] | {"rang": 2})
    await creer(b, corps)
    pec = (await prendre(b, corps["numero"])).json()

    reponses = await asyncio.gather(
        *(delivrer(b, execution(corps["numero"], cloturer=False), pec["jeton"]) for _ in range(6))
    )

    assert sorted(r.status_code for r in reponses) == [201, 422, 422, 422, 422, 422]
    assert {r.json()["regle"] for r in reponses if r.status_code == 422} <= {"DSP-07", "DSP-16", "DSP-17"}
    vue = (await b.client.get(f"{V1}/prescriptions/{corps['numero']}/executions", headers=b.ps())).json()
    assert vue["lignes"][0]["quantiteDelivree"] == 2
