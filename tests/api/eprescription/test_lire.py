"""§4.2: who reads what. The prescriber's NON, the patient's opposition, the anonymity, the care team."""

import base64
from typing import Any

import pytest
from lxml import etree

from services.dmp.cda import lire_entete
from services.dmp.domain.cda import regles as regles_du_dmp
from shared.monde.patients import PATIENTS
from tests.api.eprescription.corps import V1, creer, ligne, ordonnance, prendre, servir
from tests.banc import Banc


async def _ecrire(b: Banc, **champs: Any) -> str:
    corps = ordonnance(**champs)
    assert (await creer(b, corps)).status_code == 201
    numero: str = corps["numero"]
    return numero


async def _lire(b: Banc, numero: str, qui: str) -> Any:
    return await b.client.get(f"{V1}/prescriptions/{numero}", headers=b.ps(qui))


async def _executions(b: Banc, numero: str, qui: str = "verdier-mg") -> Any:
    return await b.client.get(f"{V1}/prescriptions/{numero}/executions", headers=b.ps(qui))


@pytest.mark.exigence("GEN-20", "EP-403-03")
async def test_with_non_the_prescriber_sees_the_prescription_and_nothing_of_its_execution(b: Banc) -> None:
    numero = await _ecrire(b, consultationExecution="NON")
    assert (await servir(b, numero)).json()["statut"] == "EN_COURS"

    vue = (await _lire(b, numero, "verdier-mg")).json()
    refus = await _executions(b, numero)

    assert vue["statut"] == "ACTIVE"
    assert "etatLignes" not in vue
    assert (refus.status_code, refus.json()["code"], refus.json()["regle"]) == (403, "EP-403-03", "GEN-20")
    liste = await b.client.get(f"{V1}/prescriptions?auteur=moi", headers=b.ps())
    assert {r["statut"] for r in liste.json() if r["numero"] == numero} == {"ACTIVE"}
    pharmacien = (await _lire(b, numero, "petit-pharmacien")).json()
    assert pharmacien["statut"] == "EN_COURS"
    assert pharmacien["etatLignes"][0]["quantiteDelivree"] == 2


@pytest.mark.exigence("P7", "U2", "GEN-20")
async def test_a_later_opposition_of_the_patient_wins_over_oui(b: Banc) -> None:
    numero = await _ecrire(b)
    await servir(b, numero)
    assert (await _executions(b, numero)).status_code == 200

    oppose = await b.client.put(
        f"{V1}/patient/oppositions", json={"prescripteurs": ["10999000010"]}, headers=b.patient("blanc-valmont")
    )
    assert oppose.json() == {"prescripteurs": ["810999000010"]}
    assert (await _executions(b, numero)).json()["code"] == "EP-403-03"

    await b.client.put(f"{V1}/patient/oppositions", json={"prescripteurs": []}, headers=b.patient("blanc-valmont"))
    assert (await _executions(b, numero)).status_code == 200
    await b.client.put(
        f"{V1}/prescriptions/{numero}/consentement", json={"consultationExecution": "NON"}, headers=b.ps()
    )
    assert (await _executions(b, numero)).json()["code"] == "EP-403-03"


@pytest.mark.exigence("GEN-08")
async def test_a_consent_is_oui_or_non(b: Banc) -> None:
    numero = await _ecrire(b)

    r = await b.client.put(
        f"{V1}/prescriptions/{numero}/consentement", json={"consultationExecution": "PEUT-ETRE"}, headers=b.ps()
    )

    assert (r.status_code, r.json()["regle"], r.json()["champ"]) == (422, "GEN-08", "consultationExecution")


@pytest.mark.exigence("GEN-21", "EP-403-04")
async def test_an_anonymous_ivg_is_for_its_prescriber_and_its_executant(b: Banc) -> None:
    numero = await _ecrire(b, anonymatIvg=True)
    assert (await _lire(b, numero, "verdier-mg")).status_code == 200

    curieux = await _lire(b, numero, "petit-pharmacien")
    assert (curieux.status_code, curieux.json()["code"], curieux.json()["regle"]) == (403, "EP-403-04", "GEN-21")

    assert (await prendre(b, numero, "petit-pharmacien")).status_code == 201
    assert (await _lire(b, numero, "petit-pharmacien")).status_code == 200
    assert (await _lire(b, numero, "garnier-pharmacien")).json()["code"] == "EP-403-04"
    ins = PATIENTS["blanc-valmont"].matricule_ins
    liste = await b.client.get(f"{V1}/prescriptions?ins={ins}", headers=b.ps("verdier-mg"))
    assert numero not in {r["numero"] for r in liste.json()}


@pytest.mark.exigence("E1", "EP-403-05")
async def test_only_the_care_team_searches_by_ins(b: Banc) -> None:
    numero = await _ecrire(b)
    ins = PATIENTS["blanc-valmont"].matricule_ins

    async def chercher(qui: str) -> Any:
        return await b.client.get(f"{V1}/prescriptions?ins={ins}&statut=ACTIVE", headers=b.ps(qui))

    assert [r["numero"] for r in (await chercher("verdier-mg")).json()] == [numero]
    etranger = await chercher("martin-mg")
    assert (etranger.status_code, etranger.json()["code"]) == (403, "EP-403-05")
    assert (await chercher("simon-secretaire")).json()["code"] == "EP-403-01"
    assert (await chercher("petit-pharmacien")).json()["code"] == "EP-403-05"
    await servir(b, numero, qui="petit-pharmacien")
    assert (await chercher("petit-pharmacien")).status_code == 200


@pytest.mark.exigence("EP-403-01", "EP-403-05", "EP-404-01")
async def test_reading_by_number_depends_on_profession_then_relation(b: Banc) -> None:
    numero = await _ecrire(b)

    codes = {
        qui: (await _lire(b, numero, qui)).json().get("code")
        for qui in (
            "verdier-mg",  # author
            "garnier-pharmacien",  # may execute: the patient handed the paper
            "morel-cardio",  # works at the author's hospital? no: the author signed from the surgery
            "martin-mg",
            "leroux-assistante-sociale",
            "marchand-transporteur",
        )
    }

    assert codes == {
        "verdier-mg": None,
        "garnier-pharmacien": None,
        "morel-cardio": "EP-403-05",
        "martin-mg": "EP-403-05",
        "leroux-assistante-sociale": "EP-403-01",
        "marchand-transporteur": "EP-403-01",
    }
    assert (await _lire(b, "01S2TBPZ2JCNZZYGHZ", "verdier-mg")).json()["code"] == "EP-404-01"
    assert (await _lire(b, "n'importe", "verdier-mg")).json()["regle"] == "GEN-01"
    anonyme = await b.client.get(f"{V1}/prescriptions/{numero}")
    assert anonyme.status_code == 401


async def test_the_person_reads_their_own_and_sees_who_accessed_it(b: Banc) -> None:
    numero = await _ecrire(b)
    await servir(b, numero)
    await _lire(b, numero, "petit-pharmacien")
    moi = b.patient("blanc-valmont")

    assert numero in {r["numero"] for r in (await b.client.get(f"{V1}/patient/prescriptions", headers=moi)).json()}
    vue = (await b.client.get(f"{V1}/patient/prescriptions/{numero}", headers=moi)).json()
    assert vue["executions"][0]["executant"] == "PIERRE GARNIER"
    pdf = await b.client.get(f"{V1}/patient/prescriptions/{numero}/pdf", headers=moi)
    assert pdf.content.startswith(b"%PDF")
    acces = (await b.client.get(f"{V1}/patient/acces", headers=moi)).json()
    assert [(a["evenement"], a["professionnel"]) for a in acces if a["numero"] == numero] == [
        ("LUE", "LUCIE PETIT"),
        ("EXECUTEE", "PIERRE GARNIER"),
        ("PRISE_EN_CHARGE", "PIERRE GARNIER"),
        ("CREEE", "ALICE VERDIER"),
    ]
    voisin = await b.client.get(f"{V1}/patient/prescriptions/{numero}", headers=b.patient("d-orgeval"))
    assert (voisin.status_code, voisin.json()["code"]) == (404, "EP-404-01")
    assert (await b.client.get(f"{V1}/patient/prescriptions", headers=b.ps())).status_code == 403
    assert (await b.client.post(f"{V1}/numeros", headers=moi)).json()["code"] == "EP-403-01"


@pytest.mark.exigence("P4")
async def test_the_pdf_is_the_same_bytes_each_time_and_says_what_the_law_wants(b: Banc) -> None:
    corps = ordonnance(
        ligne(), ligne(rang=2, ald=False, substitution={"code": "N", "motif": "CIF", "excipient": "lactose"}),
        sousTypes=["MED-1096"], patient="d-orgeval", logiciel={"nom": "LGC Essai", "version": "1.0"},
    )  # fmt: skip
    await creer(b, corps)
    chemin = f"{V1}/prescriptions/{corps['numero']}"

    premier = await b.client.get(chemin, headers=b.ps() | {"Accept": "application/pdf"})
    await b.avancer(hours=3)
    second = await b.client.get(f"{chemin}?format=pdf", headers=b.ps())
    interne = await b.client.get(f"{chemin}?format=pdf", headers={"Bac-Service": "dmp"})
    copie = await b.client.get(f"{chemin}/pdf", headers={"Bac-Service": "dmp"})

    assert premier.headers["content-type"] == "application/pdf"
    assert premier.content == second.content == interne.content == copie.content
    texte = premier.content.decode("latin-1")
    for attendu in ("VERDIER", "D'ORGEVAL", "OUI", "METFORMINE", "Non substituable", "renouveler 5 fois", "LGC Essai"):
        assert attendu in texte
    assert corps["numero"][2:6] in texte


@pytest.mark.exigence("P4")
async def test_the_fhir_face_gives_one_medicationrequest_a_line_sharing_the_number(b: Banc) -> None:
    corps = ordonnance(ligne(), ligne(rang=2, substitution={"code": "N", "motif": "CIF", "excipient": "lactose"}))
    await creer(b, corps)
    numero = corps["numero"]
    await servir(b, numero)
    racine = "/fhir/eprescription/MedicationRequest"

    r = await b.client.get(
        racine, params={"group-identifier": f"urn:oid:1.2.250.1.215.500.1.1|{numero}"}, headers=b.ps()
    )

    assert r.headers["content-type"].startswith("application/fhir+json")
    bundle = r.json()
    assert bundle["total"] == 2
    demandes = [e["resource"] for e in bundle["entry"] if e["search"]["mode"] == "match"]
    assert {d["groupIdentifier"]["value"] for d in demandes} == {numero}
    assert [d["status"] for d in demandes] == ["active", "active"]
    assert demandes[0]["dispenseRequest"]["numberOfRepeatsAllowed"] == 5
    assert demandes[1]["substitution"] == {"allowedBoolean": False, "reason": {"text": "CIF"}}
    references = {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in bundle["entry"]}
    assert {d["medicationReference"]["reference"] for d in demandes} <= references
    une = await b.client.get(f"{racine}/{numero}-2", headers=b.ps())
    assert une.json() == demandes[1]
    refus = await b.client.get(f"{racine}/{numero}-9", headers=b.ps())
    assert (refus.status_code, refus.json()["resourceType"]) == (404, "OperationOutcome")
    vide = await b.client.get(racine, params={"group-identifier": "urn:oid:9.9|x"}, headers=b.ps())
    assert vide.json()["total"] == 0
    meme = await b.client.get(f"{V1}/prescriptions/{numero}?format=fhir", headers=b.ps())
    assert meme.json() == bundle


HL7 = {"h": "urn:hl7-org:v3"}


@pytest.mark.exigence("P4")
async def test_the_cda_is_an_ep_med_dm_that_carries_number_lines_and_copy(b: Banc) -> None:
    dm = {
        "rang": 2,
        "famille": "DM",
        "lpp": "9000028",
        "designation": "Bas & collants <classe 2>",
        "quantite": 1,
        "renouvellements": 5,
        "ald": False,
        "atMp": False,
        "prevention": False,
        "nonRemboursable": False,
    }
    corps = ordonnance(ligne(), dm, patient="d-orgeval", sousTypes=["MED-1096"], signesVitaux={"poids": 61.5})
    await creer(b, corps)

    r = await b.client.get(f"{V1}/prescriptions/{corps['numero']}", headers=b.ps() | {"Accept": "application/xml"})

    assert r.headers["content-type"].startswith("application/xml")
    racine = etree.fromstring(r.content)
    assert racine.xpath("string(h:documentationOf/h:serviceEvent/h:id/@extension)", namespaces=HL7) == corps["numero"]
    assert racine.xpath("h:templateId/@root", namespaces=HL7)[-1] == "1.2.250.1.213.1.1.1.39"
    codes = racine.xpath("h:component/h:structuredBody/h:component/h:section/h:code/@code", namespaces=HL7)
    assert codes == ["57723-9", "57828-6", "46264-8", "8716-3", "55108-5"]
    assert racine.xpath("string(//h:family[@qualifier='BR'])", namespaces=HL7) == "D'ORGEVAL"
    assert racine.xpath("string(//h:playingDevice/h:code/@displayName)", namespaces=HL7) == "Bas & collants <classe 2>"
    assert racine.xpath("count(//h:supply[.//h:playingDevice]//h:observation)", namespaces=HL7) == 4
    copie = racine.xpath("string(//h:value[@mediaType='application/pdf'])", namespaces=HL7)
    pdf = await b.client.get(f"{V1}/prescriptions/{corps['numero']}/pdf", headers=b.ps())
    assert base64.b64decode(copie) == pdf.content
    entete = lire_entete(r.content)
    assert list(regles_du_dmp(entete)) == []  # the DMP would take it
    assert (entete.code, entete.patients) == ("57833-6", (("1.2.250.1.213.1.4.8", "199027505611739"),))


@pytest.mark.exigence("EP-403-02")
async def test_a_hospital_prescription_belongs_to_the_hospital_it_names(b: Banc) -> None:
    corps = ordonnance(contexte="PHEV")
    corps["prescripteur"]["finess"] = "990000010"
    await creer(b, corps)

    assert (await _lire(b, corps["numero"], "morel-cardio")).json()["relation"] == "AUTEUR"
    chemin = f"{V1}/prescriptions/{corps['numero']}/annulation"
    annulee = await b.client.post(chemin, json={"motif": "DOUBLON"}, headers=b.ps("morel-cardio"))
    assert annulee.json()["statut"] == "ANNULEE"
