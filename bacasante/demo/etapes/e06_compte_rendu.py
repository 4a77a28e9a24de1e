"""6. A consultation report (CDA) is fed to the DMP, and comes back byte for byte on another wire."""

from bacasante.demo import dmp
from bacasante.demo.documents import compte_rendu
from bacasante.demo.modele import Recit
from bacasante.demo.scene import Scene


def jouer(scene: Scene, recit: Recit) -> None:
    doc = compte_rendu(scene.patient, scene.acquis["oid"], scene.medecin, scene.maintenant())
    scene.acquis["compte_rendu"] = doc
    dmp.alimenter(scene, recit, doc)
    dmp.vu_par_le_patient(scene, recit, doc)

    trouvees = [f for f in dmp.chercher(scene, scene.medecin.slug) if dmp.unique_id(f) == doc.unique_id]
    recit.egal("the doctor finds it", len(trouvees), 1, voie=dmp.VOIE)
    recit.promettre(
        "… and reads the same bytes", dmp.octets(scene, scene.medecin.slug, trouvees[0]) == doc.contenu, voie=dmp.VOIE
    )
