"""``/mss/v1/patient``: the citizen's mailbox of Mon espace santé, acted on by the person or a parent."""

from fastapi import APIRouter
from starlette.responses import Response

from services.mss.api import rendu
from services.mss.api.deps import Avant, NomDossier, ProfilDep, Taille
from services.mss.api.professionnel import MessageId, Rang, piece_jointe
from services.mss.api.schemas import MessagePatient, ReponsePatient
from services.mss.domain import mime
from services.mss.domain.adresses import adresse_patient
from services.mss.domain.reception import resumer
from services.mss.store import boites, dossiers, messages, patients
from services.mss.usecases import patient as usecases
from shared.decision import operation
from shared.web.deps import BacDep, IdsDep, LectureDep, UowDep
from shared.web.reponses import JSONReponse

router = APIRouter(prefix="/mss/v1/patient", tags=["Messagerie Mon espace santé"])


@router.get("/messages")
async def lister(
    profil: ProfilDep,
    session: LectureDep,
    dossier: NomDossier = dossiers.INBOX,
    count: Taille = 50,
    avant: Avant = None,
) -> Response:
    """The messages of the patient's mailbox, newest first."""
    adresse = adresse_patient(profil.matricule_ins)
    lus = await dossiers.page(session, adresse, dossier, taille=count, avant=avant)
    rendus = []
    for entree, message in lus:
        fil = await patients.fil(session, profil.matricule_ins, message.id)
        reponse = {"reponse_possible": fil is not None and not fil.clos, "contact": fil.contact if fil else None}
        rendus.append(rendu.resume(entree, message) | reponse)
    return JSONReponse({"adresse": adresse, "messages": rendus})


@router.post("/messages", status_code=201)
async def ecrire(corps: MessagePatient, profil: ProfilDep, uow: UowDep, ids: IdsDep) -> Response:
    """Write first: to a pharmacy (MES-33) or to a contact whose exchange is open."""
    operation("MES ECRIRE")
    jointes = tuple(piece.lire() for piece in corps.pieces)
    depot = await usecases.ecrire(uow, ids, profil, corps.a, corps.objet, corps.texte, jointes)
    return JSONReponse(rendu.depot(depot), status_code=201)


@router.get("/messages/{message_id}")
async def ouvrir(message_id: MessageId, profil: ProfilDep, uow: UowDep, ids: IdsDep) -> Response:
    """Open a message: the sender gets the receipt it asked for."""
    operation("MES OUVRIR", message_id=message_id)
    message = await usecases.ouvrir(uow, ids, profil, message_id)
    racine = mime.lire(await messages.octets(uow.session, message.sha256))
    return JSONReponse(rendu.detail(message, resumer(racine)))


@router.get("/messages/{message_id}/pieces/{rang}")
async def lire_piece(message_id: MessageId, rang: Rang, profil: ProfilDep, session: LectureDep) -> Response:
    """One attachment."""
    _, _, message = await usecases.retrouver(session, adresse_patient(profil.matricule_ins), message_id)
    return piece_jointe(await messages.octets(session, message.sha256), rang)


@router.post("/messages/{message_id}/reponse", status_code=201)
async def repondre(
    message_id: MessageId, corps: ReponsePatient, profil: ProfilDep, uow: UowDep, ids: IdsDep
) -> Response:
    """Answer a professional who wrote."""
    operation("MES REPONDRE", message_id=message_id)
    jointes = tuple(piece.lire() for piece in corps.pieces)
    depot = await usecases.repondre(uow, ids, profil, message_id, corps.texte, jointes)
    return JSONReponse(rendu.depot(depot), status_code=201)


@router.post("/messages/{message_id}/pieces/{rang}/enregistrer", status_code=202)
async def enregistrer(message_id: MessageId, rang: Rang, profil: ProfilDep, uow: UowDep) -> Response:
    """Keep an attachment: it is filed in the dossier (MES-19)."""
    operation("MES ENREGISTRER", message_id=message_id)
    piece = await usecases.enregistrer_piece(uow, profil, message_id, rang)
    return JSONReponse({"piece_id": piece.piece_id, "nom": piece.nom_fichier}, status_code=202)


@router.delete("/messages/{message_id}", status_code=204)
async def supprimer(message_id: MessageId, profil: ProfilDep, uow: UowDep) -> Response:
    """Delete a message of the patient's mailbox."""
    adresse = adresse_patient(profil.matricule_ins)
    dossier, entree, _ = await usecases.retrouver(uow.session, adresse, message_id)
    liberes = await dossiers.retirer(uow.session, dossier.id, {entree.uid})
    await boites.peser(uow.session, adresse, -liberes)
    return Response(status_code=204)


@router.get("/contacts")
async def lister_contacts(profil: ProfilDep, session: LectureDep) -> Response:
    """Who the patient may answer, and whether an exchange with them is still open."""
    connus = await patients.contacts(session, profil.matricule_ins)
    return JSONReponse({"contacts": [{"adresse": adresse, "ouvert": ouvert} for adresse, ouvert in connus]})


@router.get("/officines")
async def lister_officines(profil: ProfilDep, session: LectureDep, bac: BacDep) -> Response:
    """The pharmacies the patient may write to first (MES-33 to MES-35)."""
    proposees = await usecases.officines(session, profil, bac.now())
    return JSONReponse(
        {"officines": [{"adresse": o.adresse, "nom": o.nom, "structure_id": o.structure_id} for o in proposees]}
    )
