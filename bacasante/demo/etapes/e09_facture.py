"""9. The FSE is signed online: receipt on the phone, and the context is spent."""

import base64
import hashlib
from typing import Any

from bacasante.demo import dmp
from bacasante.demo.etapes.e02_carte_vitale import VOIE_TELEPHONE
from bacasante.demo.lps import FauteLps, Lps, facturation_de
from bacasante.demo.modele import PromesseRompue, Recit
from bacasante.demo.scene import Scene

MONTANT, PART_AMO = "30.00", "21.00"  # consultation G, 70 % (apcv.md §10.3)


def jouer(scene: Scene, recit: Recit) -> None:
    contexte = scene.acquis["contexte"]["ContexteApCV"]["Identifiant"]
    avant = _recus(scene)
    deja = len(dmp.soins_du_patient(scene, "remboursement"))
    demande = _demande(scene, contexte)
    lps = Lps(scene, "apcv", scene.medecin)
    signee = lps.appeler("signerVitale", port="ApCV_SIGN", **demande)
    recit.promettre("the FSE is signed", signee["ValeurFSE"], voie="SOAP apcv")
    recit.promettre("the context is spent", signee["Contexte"]["consomme"], voie="SOAP apcv")

    scene.reposer()
    nouveaux = [r for r in _recus(scene) if r not in avant]
    recit.egal("the phone shows one more receipt", len(nouveaux), 1, voie=VOIE_TELEPHONE)
    recit.promettre(
        "… with the amount paid",
        MONTANT in str(nouveaux[0]) or "30.0" in str(nouveaux[0]),
        voie=VOIE_TELEPHONE,
        recu=nouveaux,
    )
    soins = dmp.soins_du_patient(scene, "remboursement")
    recit.promettre("the patient's care history shows the reimbursement", len(soins) > deja, voie=dmp.VOIE_PATIENT)
    _seconde_facture(lps, demande, recit)


def _seconde_facture(lps: Lps, demande: dict[str, Any], recit: Recit) -> None:
    """One invoice a context: the same call again is refused by the published rule (apcv.md §7.D)."""
    try:
        lps.appeler("signerVitale", port="ApCV_SIGN", **demande)
    except FauteLps as faute:
        recit.egal("a second invoice is refused", faute.code, "APCV-211", voie="SOAP fault")
    else:
        raise PromesseRompue("a second invoice on the same context is refused", voie="SOAP apcv", attendu="APCV-211")


def _recus(scene: Scene) -> list[Any]:
    chemin = f"/apcv/phone/v1/applis/{scene.acquis['appli']}/recus"
    recus: list[Any] = scene.fil.get(chemin, voie=VOIE_TELEPHONE, qui="patient")["recus"]
    return recus


def _demande(scene: Scene, contexte: str) -> dict[str, Any]:
    matricule, traits = scene.patient.matricule_ins, scene.patient.traits
    numero, _, _ = facturation_de(scene.medecin)
    nir = {"_value_1": matricule[:13], "cle": matricule[13:]}
    empreinte = base64.b64encode(hashlib.sha256(f"{contexte}:{MONTANT}".encode()).digest()).decode()
    return {
        "ContexteApCV": {"Identifiant": contexte},
        "Facture": {"type": "FSE", "NIRAssure": nir, "DonneeFSE": empreinte},
        "ResumeFacture": {
            "ProfessionnelSante": {
                "IdentifiantFacturation": numero,
                "IdNatPS": scene.medecin.id_nat,
                "Nom": f"{scene.medecin.nom} {scene.medecin.prenom}",
            },
            "Beneficiaire": {
                "NomUsage": scene.patient.nom_usage or traits.nom_naissance,
                "NomFamille": traits.nom_naissance,
                "Prenom": traits.prenom,
                "NIRCertifie": nir,
            },
            "Prestation": [
                {
                    "CodeActe": "G",
                    "Libelle": "Consultation",
                    "Date": scene.maintenant().date().isoformat(),
                    "Montant": MONTANT,
                    "PartAMO": PART_AMO,
                    "PartAMC": "0.00",
                }
            ],
        },
    }
