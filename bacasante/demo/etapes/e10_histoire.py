"""10. The patient's history shows who did what, and the bac can say why."""

from bacasante.demo import dmp
from bacasante.demo.documents import Document
from bacasante.demo.etapes.e05_prescription import BASE, VOIE
from bacasante.demo.modele import Recit
from bacasante.demo.oidc import rafraichir, se_deconnecter
from bacasante.demo.scene import Scene


def jouer(scene: Scene, recit: Recit) -> None:
    scene.reposer()
    traces = dmp.historique_du_patient(scene)
    medecin = [t for t in traces if scene.medecin.nom in str(t).upper()]
    doc: Document = scene.acquis["compte_rendu"]
    recit.promettre("the history names the doctor", medecin, voie=dmp.VOIE_PATIENT, recu=len(traces))
    recit.promettre(
        "… and what was fed",
        [t for t in traces if doc.unique_id in str(t)],
        voie=dmp.VOIE_PATIENT,
        attendu=doc.unique_id,
    )
    _evenements(scene, recit)
    _pourquoi(scene, recit)
    _deconnexion(scene, recit)


def _evenements(scene: Scene, recit: Recit) -> None:
    """The network heard of every act of the consultation."""
    sujets = {str(e["subject"]) for e in scene.evenements()}
    attendus = {
        "apcv.contexte.ouvert",
        "apcv.contexte.consomme",
        "apcv.facture.signee",
        "dmp.document.depose",
        "dmp.dossier.consulte",
        "eprescription.prescription.creee",
        "eprescription.delivrance.enregistree",
        "mss.message.remis",
    }
    recit.promettre(
        "every act was told on the network", attendus <= sujets, voie="events", recu=sorted(attendus - sujets)
    )


def _pourquoi(scene: Scene, recit: Recit) -> None:
    """The refused second invoice is explained in both languages."""
    refuses = scene.fil.get("/_bac/journal", params={"rule": "APCV-211", "limit": "1"}, voie="journal")["entries"]
    recit.promettre("the journal kept the refused invoice", refuses, voie="journal")
    pourquoi = scene.fil.get(f"/_bac/why/{refuses[0]['id']}", voie="why").json()
    recit.egal("why: the rule", pourquoi["rule"], "APCV-211", voie="why")
    recit.promettre("why: in French and English", all(pourquoi["explanation"].values()), voie="why")


def _deconnexion(scene: Scene, recit: Recit) -> None:
    """The pharmacist signs out: the token, still young, opens nothing any more in any service."""
    identite = scene.sessions[scene.pharmacien.slug]
    jeton = rafraichir(scene.fil, identite)
    chemin = f"{BASE}/prescriptions/{scene.acquis['numero']}"
    scene.fil.get(chemin, jeton=jeton, voie=VOIE, qui=identite.qui, attendu=(200,))
    se_deconnecter(scene.fil, recit, identite)
    scene.reposer()
    scene.fil.get(chemin, jeton=jeton, voie=VOIE, qui=identite.qui, attendu=(401,))
    recit.promettre("a token of the closed session opens nothing", True, voie=VOIE)
