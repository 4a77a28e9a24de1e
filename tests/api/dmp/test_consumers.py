"""What the DMP does when the other services speak (architecture §6)."""

from typing import Any

import pytest

from services.dmp.redaction import pdf
from shared.contracts.apcv import FactureSignee
from shared.contracts.dmp import DocumentDepose, DocumentSupprime
from shared.contracts.eprescription import (
    DelivranceAnnulee,
    DelivranceEnregistree,
    PrescriptionAnnulee,
    PrescriptionCreee,
)
from shared.contracts.mss import PieceEnregistree
from shared.monde.patients import PATIENTS
from shared.monde.professionnels import PROFESSIONNELS
from shared.web.asgi import Receive, Scope, Send
from tests.api.dmp.fabrique import FHIR, bundle, patient
from tests.banc import Banc

INS = PATIENTS["blanc-valmont"].matricule_ins
MEDECIN = PROFESSIONNELS["verdier-mg"].id_nat
ORDONNANCE = pdf("Ordonnance", ["Paracétamol 1 g"])


def servant(octets: bytes, media: str = "application/pdf") -> Any:
    """A sibling service that serves these bytes, whatever is asked."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        entetes = [(b"content-type", media.encode()), (b"content-length", str(len(octets)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": entetes})
        await send({"type": "http.response.body", "body": octets})

    return app


def prescription(b: Banc, **autres: Any) -> PrescriptionCreee:
    return PrescriptionCreee.model_validate(
        {
            "occurred_at": b.bac.now(),
            "numero": "01ABCDEFGHIJ",
            "matricule_ins": INS,
            "prescripteur_id_nat": MEDECIN,
            "prescripteur_nom": "ALICE VERDIER",
            "structure_id": "410999000010001",
            "type_prescription": "PRODUITS_SANTE",
            "titre": "Ordonnance du 15/01/2026",
            "copie_dmp": True,
            "document_unique_id": "1.2.250.1.999.7.42",
            "pdf_path": "/eprescription/v1/interne/01ABCDEFGHIJ.pdf",
            **autres,
        }
    )


async def types(b: Banc) -> list[str]:
    answer = await b.client.get("/mes/v1/documents", headers=b.patient("blanc-valmont"))
    return [d["type"]["code"] for d in answer.json()["documents"]]


@pytest.mark.exigence("copie_dmp")
async def test_the_base_files_the_prescription_once_when_the_bac_says_so(b: Banc) -> None:
    b.passerelle.services["eprescription"] = servant(ORDONNANCE)

    await b.recevoir(prescription(b))
    await b.recevoir(prescription(b))

    assert (await types(b)).count("57833-6") == 1
    [depose] = await b.emis(DocumentDepose)
    assert (depose.unique_id, depose.auteur_id_nat) == ("1.2.250.1.999.7.42", MEDECIN)
    [doc] = [
        d
        for d in (await b.client.get("/mes/v1/documents", headers=b.patient("blanc-valmont"))).json()["documents"]
        if d["type"]["code"] == "57833-6"
    ]
    relu = await b.client.get(
        f"/mes/v1/documents/{doc['id']}/contenu",
        headers={**b.patient("blanc-valmont"), "Accept": "application/pdf"},
    )
    assert relu.content == ORDONNANCE
    assert await b.calme() == []


async def test_without_copie_dmp_nothing_is_fetched(b: Banc) -> None:
    await b.recevoir(prescription(b, copie_dmp=False))

    assert "57833-6" not in await types(b)
    assert await b.calme() == []


async def test_a_cancelled_prescription_is_unpublished_and_its_author_may_do_it_himself(b: Banc) -> None:
    b.passerelle.services["eprescription"] = servant(ORDONNANCE)
    await b.recevoir(prescription(b))

    await b.recevoir(
        PrescriptionAnnulee(
            occurred_at=b.bac.now(),
            numero="01ABCDEFGHIJ",
            matricule_ins=INS,
            prescripteur_id_nat=MEDECIN,
            motif="ERREUR",
            statut="ANNULEE",
            copie_dmp=True,
            document_unique_id="1.2.250.1.999.7.42",
        )
    )

    assert "57833-6" not in await types(b)
    assert len(await b.emis(DocumentSupprime)) == 1


async def test_the_software_that_feeds_first_keeps_its_own_copy(b: Banc) -> None:
    b.passerelle.services["eprescription"] = servant(ORDONNANCE)
    corps = bundle(unique_id="1.2.250.1.999.7.42", type_code="57833-6", classe="42")
    assert (await b.client.post("/fhir/dmp", json=corps, headers={**b.ps(), **FHIR})).status_code == 200

    await b.recevoir(prescription(b))

    assert (await types(b)).count("57833-6") == 1
    assert await b.calme() == []


@pytest.mark.exigence("MES-19")
async def test_an_attachment_the_patient_keeps_becomes_her_document(b: Banc) -> None:
    b.passerelle.services["mss"] = servant(ORDONNANCE)

    await b.recevoir(
        PieceEnregistree(
            occurred_at=b.bac.now(),
            message_id="m1",
            piece_id="p1",
            matricule_ins=INS,
            expediteur="alice.verdier@medecin.mssante.fr",
            nom_fichier="bilan.pdf",
            type_mime="application/pdf",
            taille=len(ORDONNANCE),
            sha256="0" * 64,
            titre="Bilan reçu",
            chemin="/mss/v1/interne/pieces/p1",
        )
    )

    assert "DOCPAT03" in await types(b)
    vus = await b.client.get(
        "/fhir/dmp/DocumentReference",
        params={"patient.identifier": patient("blanc-valmont"), "status": "current"},
        headers=b.ps(),
    )
    assert "Bilan reçu" in vus.text


@pytest.mark.exigence("REMB")
async def test_invoices_and_deliveries_make_the_care_history(b: Banc) -> None:
    await b.recevoir(
        FactureSignee(
            occurred_at=b.bac.now(),
            facture_id="f-1",
            contexte_id="c-1",
            matricule_ins=INS,
            titulaire_matricule_ins=INS,
            professionnel_id_nat=MEDECIN,
            professionnel_nom="ALICE VERDIER",
            identifiant_facturation="991234567",
            date_soins="2026-01-15",
            montant_total="30.00",
            montant_amo="19.00",
            montant_amc="0.00",
            montant_assure="11.00",
            numero_signature="s-1",
            actes=[{"code": "G", "libelle": "Consultation", "montant": "30.00"}],
        )
    )
    delivrance = {
        "occurred_at": b.bac.now(),
        "numero": "01ABCDEFGHIJ",
        "delivrance_id": "d-1",
        "matricule_ins": INS,
        "pharmacien_id_nat": "899700990213",
        "structure_id": "1990000036",
    }
    await b.recevoir(
        DelivranceEnregistree.model_validate(
            {**delivrance, "lignes": [{"libelle": "Paracétamol 1 g"}], "remboursee": True, "statut": "PARTIELLE"}
        )
    )
    await b.recevoir(DelivranceAnnulee.model_validate({**delivrance, "statut": "EMISE"}))

    answer = await b.client.get("/mes/v1/soins", headers=b.patient("blanc-valmont"))

    par_famille = {s["famille"]: s for s in answer.json()["soins"]}
    assert par_famille["remboursement"]["libelle"] == "Consultation"
    assert par_famille["remboursement"]["montant_amo"] == "19.00"
    assert (par_famille["delivrance"]["libelle"], par_famille["delivrance"]["annule"]) == ("Paracétamol 1 g", True)
