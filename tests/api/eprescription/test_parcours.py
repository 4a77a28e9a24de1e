"""The story of demo steps 5 and 8: written, scanned, delivered in parts, seen by the prescriber."""

import pytest

from shared.contracts.eprescription import DelivranceEnregistree, PrescriptionCreee
from tests.api.eprescription.corps import V1, creer, delivrer, execution, ordonnance, prendre, servir
from tests.banc import Banc


@pytest.mark.exigence("P3", "D2", "D4", "P8")
async def test_a_prescription_is_written_scanned_and_delivered_in_parts(b: Banc) -> None:
    corps = ordonnance()
    cree = await creer(b, corps)
    assert cree.status_code == 201, cree.text
    assert cree.json()["statut"] == "ACTIVE"
    assert cree.headers["etag"] == '"1"'
    numero = corps["numero"]

    pec = await b.client.post(f"{V1}/prises-en-charge", json={"qr": numero}, headers=b.ps("garnier-pharmacien"))
    assert pec.status_code == 201, pec.text
    assert pec.json()["lignes"][0]["quantiteDue"] == 2
    assert pec.json()["lignes"][0]["renouvellementsRestants"] == 5

    moitie = {"rang": 1, "quantite": 1, "produitDelivre": {"cip13": "3400939718330", "lot": "A123"}}
    faite = await delivrer(b, execution(numero, moitie), pec.json()["jeton"])

    assert faite.status_code == 201, faite.text
    assert faite.json()["statut"] == "EN_COURS"
    [ligne] = faite.json()["lignes"]
    assert (ligne["completude"], ligne["quantiteDue"], ligne["renouvellementsRestants"]) == ("FFP", 1, 5)

    vues = await b.client.get(f"{V1}/prescriptions/{numero}/executions", headers=b.ps("verdier-mg"))
    [vue] = vues.json()["executions"]
    assert vue["lignes"][0]["produitDelivre"]["lot"] == "A123"
    [event] = await b.emis(PrescriptionCreee)
    assert (event.numero, event.copie_dmp, event.type_code) == (numero, False, "57833-6")
    [livree] = await b.emis(DelivranceEnregistree)
    assert livree.pharmacie_adresse_mss
    assert livree.remboursee is True
    assert livree.lignes[0]["quantite"] == 1


async def test_all_periods_delivered_ends_the_prescription_and_its_number(b: Banc) -> None:
    corps = ordonnance()
    corps["lignes"][0]["renouvellements"] = 1
    assert (await creer(b, corps)).status_code == 201
    numero = corps["numero"]

    premiere = await servir(b, numero)
    assert premiere.json()["lignes"][0]["renouvellementsRestants"] == 1
    await b.avancer(days=30)
    seconde = await servir(b, numero, date="2026-02-14")

    assert seconde.status_code == 201, seconde.text
    assert seconde.json()["statut"] == "TERMINEE"
    assert seconde.json()["lignes"][0]["completude"] == "RFC"
    refus = await prendre(b, numero)
    assert (refus.status_code, refus.json()["code"]) == (409, "EP-409-03")
