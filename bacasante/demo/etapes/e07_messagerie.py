"""7. MSSanté: the doctor writes by SMTP, the patient answers in Mon espace santé, the doctor reads by IMAP."""

import email.utils
import uuid
from email.message import EmailMessage
from typing import Any

from bacasante.demo import courrier
from bacasante.demo.documents import Document
from bacasante.demo.etapes.e04_lecture_dmp import VOIE_PRIVEE, prives
from bacasante.demo.modele import PromesseRompue, Recit
from bacasante.demo.scene import Scene

VOIE_MES = "MES mailbox"


def jouer(scene: Scene, recit: Recit) -> None:
    adresse = adresse_du_medecin(scene)
    doc: Document = scene.acquis["compte_rendu"]
    objet = f"Votre compte rendu {uuid.uuid4().hex[:8]}"
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = adresse, scene.patient.adresse_mss, objet
    message["Message-ID"] = email.utils.make_msgid(domain=adresse.partition("@")[2])
    message["Date"] = email.utils.format_datetime(scene.maintenant())
    message.set_content("Bonjour,\n\nvoici le compte rendu de notre consultation.\n\nDr Verdier\n")
    message.add_attachment(doc.pdf, maintype="application", subtype="pdf", filename="compte-rendu.pdf")
    avant = len(prives(scene))
    courrier.envoyer(scene, adresse, scene.jeton(scene.medecin.slug), message)
    scene.acquis["message_id"] = message["Message-ID"]
    scene.reposer()

    recu = _boite_du_patient(scene, recit, objet, doc)
    nouveaux = prives(scene)[: max(0, len(prives(scene)) - avant)]
    recit.promettre(
        "a notice arrives on the patient's phone",
        [m for m in nouveaux if m["motif"] == "MSS_MESSAGE_RECU"],
        voie=VOIE_PRIVEE,
        recu=[m["motif"] for m in nouveaux],
    )
    _reponse(scene, recit, adresse, recu)


def adresse_du_medecin(scene: Scene) -> str:
    """The doctor's own mailbox, as the mail service lists it."""
    boites = scene.fil.get("/mss/v1/boites", jeton=scene.jeton(scene.medecin.slug), voie="MSS JSON")["boites"]
    personnelles = [b["adresse"] for b in boites if b["type"] == "PER"]
    if not personnelles:
        raise PromesseRompue("the doctor has a personal mailbox", voie="MSS JSON", recu=boites)
    return str(personnelles[0])


def _boite_du_patient(scene: Scene, recit: Recit, objet: str, doc: Document) -> dict[str, Any]:
    """The message and its attachment, seen from the citizen's side."""
    jeton = scene.jeton_patient()
    recus = scene.fil.get("/mss/v1/patient/messages", jeton=jeton, voie=VOIE_MES, qui="patient")["messages"]
    siens = [m for m in recus if m["objet"] == objet]
    recit.egal("the patient's mailbox has the message", len(siens), 1, voie=VOIE_MES)
    chemin = f"/mss/v1/patient/messages/{siens[0]['id']}"
    ouvert = scene.fil.get(chemin, jeton=jeton, voie=VOIE_MES, qui="patient").json()
    recit.promettre("… with the document attached", ouvert["pieces"], voie=VOIE_MES, recu=ouvert)
    piece = scene.fil.get(f"{chemin}/pieces/{ouvert['pieces'][0]['rang']}", jeton=jeton, voie=VOIE_MES, qui="patient")
    recit.promettre("… byte for byte", piece.octets == doc.pdf, voie=VOIE_MES)
    return dict(siens[0])


def _reponse(scene: Scene, recit: Recit, adresse: str, recu: dict[str, Any]) -> None:
    """The patient answers; the doctor's mail client finds it by IMAP."""
    texte = f"Merci docteur {uuid.uuid4().hex[:8]}"
    scene.fil.post(
        f"/mss/v1/patient/messages/{recu['id']}/reponse",
        jeton=scene.jeton_patient(),
        json={"texte": texte},
        voie=VOIE_MES,
        qui="patient",
        attendu=(201,),
    )
    scene.reposer()
    lus = courrier.lire(scene, adresse, scene.jeton(scene.medecin.slug))
    trouves = [m for m in lus if texte in _texte(m)]
    recit.promettre("the doctor reads the answer", trouves, voie="IMAP", recu=[str(m["Subject"]) for m in lus])


def _texte(message: Any) -> str:
    corps = message.get_body(preferencelist=("plain", "html"))
    return str(corps.get_content()) if corps is not None else ""
