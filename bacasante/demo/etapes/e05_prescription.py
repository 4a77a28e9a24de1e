"""5. A prescription: the base gives number, QR code and PDF; the software feeds that PDF to the DMP."""

from typing import Any

from bacasante.demo import dmp
from bacasante.demo.documents import ordonnance, structure_de
from bacasante.demo.modele import Recit
from bacasante.demo.scene import Scene

VOIE = "e-prescription JSON"
BASE = "/eprescription/v1"
CIP13 = "3400935955838"


def jouer(scene: Scene, recit: Recit) -> None:
    jeton, medecin = scene.jeton(scene.medecin.slug), scene.medecin.slug
    numero = scene.fil.post(f"{BASE}/numeros", jeton=jeton, voie=VOIE, qui=medecin, attendu=(201,))["numero"]
    accuse = scene.fil.post(
        f"{BASE}/prescriptions",
        jeton=jeton,
        voie=VOIE,
        qui=medecin,
        json=prescription(scene, numero),
        entetes={"Idempotency-Key": dmp.cle_unique()},
        attendu=(201,),
    )
    scene.acquis["numero"] = numero
    recit.egal("the base records it under its number", accuse["numero"], numero, voie=VOIE)
    image = scene.fil.get(f"{BASE}/prescriptions/{numero}/qr", jeton=jeton, voie=VOIE, qui=medecin)
    recit.promettre("it has a QR code", image.octets.startswith(b"\x89PNG"), voie=VOIE)
    pdf = scene.fil.get(f"{BASE}/prescriptions/{numero}", params={"format": "pdf"}, jeton=jeton, voie=VOIE, qui=medecin)
    recit.promettre("… and a PDF", pdf.octets.startswith(b"%PDF"), voie=VOIE)
    _cote_patient(scene, recit, numero)
    _copie(scene, recit, accuse["documentDmp"], pdf.octets)


def _cote_patient(scene: Scene, recit: Recit, numero: str) -> None:
    """The patient sees the prescription with another identity and another token."""
    liste = scene.fil.get(f"{BASE}/patient/prescriptions", jeton=scene.jeton_patient(), voie="patient", qui="patient")
    recit.promettre("the patient's own list shows it", numero in liste.texte, voie="patient")


def _copie(scene: Scene, recit: Recit, document: dict[str, Any], pdf: bytes) -> None:
    """The software files the copy under the uniqueId of the base (eprescription.md §4.7)."""
    instant = scene.maintenant()
    doc = ordonnance(document["uniqueId"], pdf, scene.patient, scene.acquis["oid"], scene.medecin, instant)
    dmp.alimenter(scene, recit, doc)
    dmp.vu_par_le_patient(scene, recit, doc)


def prescription(scene: Scene, numero: str) -> dict[str, Any]:
    """Two boxes of a drug of the public base, consultation of deliveries allowed (OUI)."""
    medecin, patient = scene.medecin, scene.patient
    structure = structure_de(medecin)
    traits = patient.traits
    return {
        "numero": numero,
        "type": "PRODUITS_SANTE",
        "contexte": "VILLE",
        "dateRedaction": scene.horodatage(),
        "validite": {"debut": scene.maintenant().date().isoformat()},
        "consultationExecution": "OUI",
        "signature": f"{medecin.prenom} {medecin.nom}",
        "prescripteur": {
            "rpps": str(medecin.rpps),
            "profession": f"G15_{medecin.profession}",
            "specialite": medecin.savoir_faire,
            "nom": medecin.nom,
            "prenom": medecin.prenom,
            "am": medecin.facturation.numero if medecin.facturation else None,
            "finess": structure.finess or None,
            "structure": structure.raison_sociale,
            "adresse": structure.adresse.ville,
            "telephone": medecin.telephone or structure.telephone or "0199000000",
        },
        "patient": {
            "ins": {"matricule": patient.matricule_ins, "oid": scene.acquis["oid"], "statut": "QUALIFIEE"},
            "nomNaissance": traits.nom_naissance,
            "prenoms": " ".join(traits.prenoms),
            "sexe": str(traits.sexe),
            "dateNaissance": traits.date_naissance,
        },
        "lignes": [
            {
                "rang": 1,
                "famille": "MED",
                "ald": False,
                "nonRemboursable": False,
                "produit": {"cis": "60234100", "cip13": CIP13, "libelle": "DOLIPRANE 1000 mg, comprimé"},
                "posologie": {"texte": "1 comprimé toutes les six heures si douleur, trois par jour au plus"},
                "voie": "20053000",
                "dureeJours": 5,
                "quantite": {"valeur": 2, "conditionnement": "30009000"},
                "renouvellements": 0,
            }
        ],
    }
