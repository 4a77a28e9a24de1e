"""8. A pharmacist scans the QR code and delivers half of the prescription; the doctor sees what was delivered."""

import uuid

from bacasante.demo import courrier, dmp
from bacasante.demo.documents import structure_de
from bacasante.demo.etapes.e05_prescription import BASE, CIP13, VOIE
from bacasante.demo.etapes.e07_messagerie import VOIE_MES
from bacasante.demo.modele import Recit
from bacasante.demo.oidc import se_connecter
from bacasante.demo.scene import Scene


def jouer(scene: Scene, recit: Recit) -> None:
    pharmacien = scene.pharmacien
    scene.sessions[pharmacien.slug] = se_connecter(scene.fil, recit, pharmacien, par_ecps=False)
    numero, jeton = scene.acquis["numero"], scene.jeton(pharmacien.slug)
    qr = scene.fil.get(
        f"{BASE}/prescriptions/{numero}/qr",
        params={"format": "texte"},
        jeton=scene.jeton_patient(),
        voie="patient",
        qui="patient",
    ).texte
    lu = scene.fil.post(
        f"{BASE}/qr/lecture", jeton=jeton, json={"contenu": qr}, voie=VOIE, qui=pharmacien.slug, attendu=(200,)
    )
    recit.egal("the scanned code is this prescription", lu["numero"], numero, voie=VOIE)
    _delivrer(scene, recit, qr)
    _vu_par_le_prescripteur(scene, recit)
    _messagerie(scene, recit)


def _delivrer(scene: Scene, recit: Recit, qr: str) -> None:
    pharmacien = scene.pharmacien
    prise = scene.fil.post(
        f"{BASE}/prises-en-charge",
        jeton=scene.jeton(pharmacien.slug),
        json={"qr": qr},
        voie=VOIE,
        qui=pharmacien.slug,
        attendu=(201,),
    )
    faite = scene.fil.post(
        f"{BASE}/executions",
        jeton=scene.jeton(pharmacien.slug),
        entetes={"X-Prise-En-Charge": prise["jeton"], "Idempotency-Key": dmp.cle_unique()},
        json={
            "numero": scene.acquis["numero"],
            "date": scene.maintenant().date().isoformat(),
            "lignes": [
                {
                    "rang": 1,
                    "quantite": 1,
                    "dureeCouverteJours": 2,
                    "produitDelivre": {"cip13": CIP13, "lot": "BAC001", "peremption": "2099-12"},
                }
            ],
            "cloturer": True,
        },
        voie=VOIE,
        qui=pharmacien.slug,
        attendu=(201,),
    )
    recit.egal("half of it is delivered", faite["statut"], "EN_COURS", voie=VOIE)


def _vu_par_le_prescripteur(scene: Scene, recit: Recit) -> None:
    scene.reposer()
    vues = scene.fil.get(
        f"{BASE}/prescriptions/{scene.acquis['numero']}/executions",
        jeton=scene.jeton(scene.medecin.slug),
        voie="prescriber",
        qui=scene.medecin.slug,
    )
    recit.egal("the doctor sees one delivery", len(vues["executions"]), 1, voie="prescriber")
    recit.promettre("… of that product", CIP13 in vues.texte, voie="prescriber")
    soins = dmp.soins_du_patient(scene, "delivrance")
    recit.promettre(
        "the patient's care history shows the delivery",
        [s for s in soins if scene.acquis["numero"] in str(s)],
        voie=dmp.VOIE_PATIENT,
        recu=soins[:2],
    )


def _messagerie(scene: Scene, recit: Recit) -> None:
    """The delivery opens twelve months of mail to that pharmacy (MES-33): the patient writes, the pharmacy reads."""
    jeton = scene.jeton_patient()
    officines = scene.fil.get("/mss/v1/patient/officines", jeton=jeton, voie=VOIE_MES, qui="patient")["officines"]
    siennes = [o["adresse"] for o in officines if o["structure_id"] == str(structure_de(scene.pharmacien).structure_id)]
    recit.promettre("the patient may now write to the pharmacy", siennes, voie=VOIE_MES, recu=officines)
    objet = f"Question {uuid.uuid4().hex[:8]}"
    scene.fil.post(
        "/mss/v1/patient/messages",
        jeton=jeton,
        json={"a": siennes[0], "objet": objet, "texte": "Quand prendre le second comprimé ?"},
        voie=VOIE_MES,
        qui="patient",
        attendu=(201,),
    )
    scene.reposer()
    lus = courrier.lire(scene, siennes[0], scene.jeton(scene.pharmacien.slug))
    recit.promettre("the pharmacy reads it", [m for m in lus if str(m["Subject"]) == objet], voie="IMAP", recu=len(lus))
