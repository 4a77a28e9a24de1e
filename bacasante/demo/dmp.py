"""The DMP by its FHIR face (PDSm), and the patient's side of it."""

import uuid
from typing import Any

from bacasante.demo.documents import Document, lot_mhd
from bacasante.demo.modele import PromesseRompue, Recit
from bacasante.demo.scene import Scene

VOIE = "DMP FHIR"
VOIE_PATIENT = "Mon espace santé"
FHIR = "application/fhir+json"


def cle_unique() -> str:
    """An idempotency key."""
    return str(uuid.uuid4())


def alimenter(scene: Scene, recit: Recit, doc: Document) -> None:
    """ITI-65: the software feeds one document."""
    medecin = scene.medecin
    lot = lot_mhd(doc, scene.patient, scene.acquis["oid"], medecin, scene.horodatage())
    reponse = scene.fil.post(
        "/fhir/dmp",
        jeton=scene.jeton(medecin.slug),
        json=lot,
        entetes={"Content-Type": FHIR, "Accept": FHIR},
        voie=VOIE,
        qui=medecin.slug,
        attendu=(200,),
    )
    statuts = [e["response"]["status"] for e in reponse["entry"]]
    recit.promettre(
        f"the DMP takes {doc.titre} (list, entry, bytes)",
        all(s.startswith("201") for s in statuts),
        voie=VOIE,
        recu=statuts,
    )


def chercher(scene: Scene, qui: str, **criteres: str) -> list[dict[str, Any]]:
    """ITI-67 on the patient's current documents, as one professional sees them."""
    parametres = {
        "patient.identifier": f"urn:oid:{scene.acquis['oid']}|{scene.patient.matricule_ins}",
        "status": "current",
        "_count": "200",
        **criteres,
    }
    bundle = scene.fil.get(
        "/fhir/dmp/DocumentReference", params=parametres, jeton=scene.jeton(qui), voie=VOIE, qui=qui
    ).json()
    return [e["resource"] for e in bundle.get("entry", []) if e["resource"]["resourceType"] == "DocumentReference"]


def octets(scene: Scene, qui: str, fiche: dict[str, Any]) -> bytes:
    """ITI-68: the bytes of a document that was found."""
    piece = fiche["content"][0]["attachment"]
    reponse = scene.fil.get(
        str(piece["url"]), jeton=scene.jeton(qui), entetes={"Accept": piece["contentType"]}, voie=VOIE, qui=qui
    )
    return reponse.octets


def unique_id(fiche: dict[str, Any]) -> str:
    return str(fiche["masterIdentifier"]["value"]).removeprefix("urn:oid:")


def vu_par_le_patient(scene: Scene, recit: Recit, doc: Document) -> None:
    """Another wire and another identity: the patient's own list shows the document."""
    scene.reposer()
    recit.promettre(
        f"the patient sees {doc.titre}",
        doc.unique_id in str(documents_du_patient(scene)),
        voie=VOIE_PATIENT,
        attendu=doc.unique_id,
    )


def documents_du_patient(scene: Scene) -> list[dict[str, Any]]:
    """What Mon espace santé lists for the person."""
    recu = scene.fil.get("/mes/v1/documents", jeton=scene.jeton_patient(), voie=VOIE_PATIENT, qui="patient").json()
    return _liste(recu, "documents")


def historique_du_patient(scene: Scene) -> list[dict[str, Any]]:
    """Who did what, as the person reads it."""
    recu = scene.fil.get(
        "/mes/v1/historique",
        params={"limite": "500"},
        jeton=scene.jeton_patient(),
        voie=VOIE_PATIENT,
        qui="patient",
    ).json()
    return _liste(recu, "activites")


def soins_du_patient(scene: Scene, famille: str) -> list[dict[str, Any]]:
    """The care history of the person: ``delivrance`` or ``remboursement``."""
    recu = scene.fil.get(
        "/mes/v1/soins", params={"famille": famille}, jeton=scene.jeton_patient(), voie=VOIE_PATIENT, qui="patient"
    ).json()
    return _liste(recu, "soins")


def _liste(recu: Any, nom: str) -> list[dict[str, Any]]:
    valeurs = recu.get(nom) if isinstance(recu, dict) else recu
    if not isinstance(valeurs, list):
        raise PromesseRompue(f"the answer lists {nom}", voie=VOIE_PATIENT, recu=str(recu)[:200])
    return valeurs
