"""4. The doctor reads the DMP: one document for all, one masked; the reading is traced and notified."""

from typing import Any

from bacasante.demo import dmp
from bacasante.demo.modele import PromesseRompue, Recit
from bacasante.demo.oidc import se_connecter
from bacasante.demo.scene import COLLEGUE, Scene
from shared.monde.professionnels import PROFESSIONNELS

MASQUE_PS = "MASQUE_PS"
VOIE_PRIVEE = "private inbox"


def jouer(scene: Scene, recit: Recit) -> None:
    _prevenir_a_chaque_fois(scene)
    avant = len(_avis(scene))
    fiches = dmp.chercher(scene, scene.medecin.slug)
    masques = [f for f in fiches if MASQUE_PS in str(f["securityLabel"])]
    visibles = [f for f in fiches if MASQUE_PS not in str(f["securityLabel"])]
    recit.promettre("the family doctor finds a document", visibles, voie=dmp.VOIE, recu=len(fiches))
    recit.promettre("… and one that is masked, marked as such", masques, voie=dmp.VOIE, recu=len(fiches))

    contenu = dmp.octets(scene, scene.medecin.slug, visibles[-1])
    recit.promettre("the document is a CDA", b"ClinicalDocument" in contenu, voie=dmp.VOIE)
    _collegue(scene, recit, masques[0], visibles[-1])
    scene.reposer()
    _trace(scene, recit)
    _notification(scene, recit, avant)


def _prevenir_a_chaque_fois(scene: Scene) -> None:
    """The patient asks to be told of every consultation, not only of the first (mon-espace-sante.md §6.3)."""
    scene.fil.appeler(
        "PATCH",
        "/mes/v1/reglages",
        json={"notification_acces": "chaque"},
        jeton=scene.jeton_patient(),
        voie=dmp.VOIE_PATIENT,
        qui="patient",
    )


def _collegue(scene: Scene, recit: Recit, masque: dict[str, Any], visible: dict[str, Any]) -> None:
    """Another authorised doctor: the masked document is not even listed."""
    collegue = PROFESSIONNELS[COLLEGUE]
    scene.sessions[COLLEGUE] = se_connecter(scene.fil, recit, collegue, par_ecps=False)
    vus = {dmp.unique_id(f) for f in dmp.chercher(scene, COLLEGUE)}
    recit.promettre("a colleague finds the first", dmp.unique_id(visible) in vus, voie="colleague's DMP")
    recit.promettre("… and never the masked one", dmp.unique_id(masque) not in vus, voie="colleague's DMP")


def _trace(scene: Scene, recit: Recit) -> None:
    """The patient reads in Mon espace santé who opened the dossier."""
    traces = dmp.historique_du_patient(scene)
    siennes = [t for t in traces if scene.medecin.nom in str(t).upper()]
    recit.promettre("the patient's history names the reader", siennes, voie=dmp.VOIE_PATIENT, recu=len(traces))


def _notification(scene: Scene, recit: Recit, avant: int) -> None:
    """… and an e-mail outside the trust space says so, without health data."""
    avis = _avis(scene)
    recit.promettre(
        "an e-mail tells the patient the dossier was consulted",
        len(avis) > avant and any(scene.medecin.nom in m["texte"].upper() for m in avis),
        voie=VOIE_PRIVEE,
        attendu=f"more than {avant}",
        recu=len(avis),
    )


def _avis(scene: Scene) -> list[dict[str, Any]]:
    return [m for m in prives(scene) if m["motif"] == "DOC_CONSULTED"]


def prives(scene: Scene) -> list[dict[str, Any]]:
    """The person's private inbox: notices and codes."""
    recus = scene.fil.get(
        f"/mss/v1/prive/{scene.patient.slug}", params={"count": "200"}, voie=VOIE_PRIVEE, qui="patient"
    )["messages"]
    if not isinstance(recus, list):
        raise PromesseRompue("the private inbox lists messages", voie=VOIE_PRIVEE, recu=recus)
    return recus
