"""``/mss/v1``: secure mail over JSON for professionals. The same use cases as SMTP and IMAP."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from services.mss.api import rendu
from services.mss.api.deps import Avant, BoiteDep, NomDossier, Taille
from services.mss.api.schemas import MessageSortant
from services.mss.domain import mime
from services.mss.domain.reception import pieces, resumer
from services.mss.store import annuaire, boites, dossiers, messages
from services.mss.store.messages import MessageIntrouvable
from services.mss.usecases import professionnel as usecases
from services.mss.usecases.patient import retrouver
from shared.auth.deps import ProfessionnelDep, ServiceDep
from shared.decision import operation
from shared.web.deps import IdsDep, LectureDep, UowDep
from shared.web.reponses import JSONReponse

router = APIRouter(prefix="/mss/v1", tags=["MSSanté"])

MessageId = Annotated[str, Path(pattern=r"^[0-9a-f-]{1,36}$")]
Rang = Annotated[int, Path(ge=1, le=500)]


@router.get("/boites")
async def lister_boites(professionnel: ProfessionnelDep, session: LectureDep) -> Response:
    """The mailboxes the caller may open."""
    siennes = await boites.accessibles(session, professionnel.id_nat)
    return JSONReponse({"boites": [rendu.boite(b) for b in siennes]})


@router.get("/dossiers")
async def lister_dossiers(boite: BoiteDep, session: LectureDep) -> Response:
    """The folders of the mailbox, with their number of messages."""
    trouves = []
    for dossier in await dossiers.lister(session, boite.adresse):
        nombre = await dossiers.compter(session, dossier.id)
        trouves.append({"nom": dossier.nom, "usage": dossier.usage or None, "messages": nombre})
    return JSONReponse({"boite": boite.adresse, "dossiers": trouves})


@router.get("/messages")
async def lister_messages(
    boite: BoiteDep, session: LectureDep, dossier: NomDossier = dossiers.INBOX, count: Taille = 50, avant: Avant = None
) -> Response:
    """Messages of a folder, newest first."""
    lus = await dossiers.page(session, boite.adresse, dossier, taille=count, avant=avant)
    return JSONReponse({"boite": boite.adresse, "dossier": dossier, "messages": [rendu.resume(e, m) for e, m in lus]})


@router.post("/messages", status_code=201)
async def envoyer(corps: MessageSortant, professionnel: ProfessionnelDep, uow: UowDep, ids: IdsDep) -> Response:
    """Send a message; ``sorts`` says what became of each recipient, ``constats`` what the conformity lint found."""
    operation("MSS ENVOI", destinataires=len(corps.a) + len(corps.cc))
    boite = await usecases.boite_de(uow.session, professionnel.id_nat, corps.boite.lower() if corps.boite else None)
    repond_a = None
    if corps.en_reponse_a:
        _, _, original = await retrouver(uow.session, boite.adresse, corps.en_reponse_a)
        repond_a = original.entete_id
    depot = await usecases.envoyer_brouillon(uow, ids, professionnel, boite, corps.brouillon(repond_a))
    return JSONReponse({"boite": boite.adresse, **rendu.depot(depot)}, status_code=201)


@router.get("/messages/{message_id}")
async def lire(message_id: MessageId, boite: BoiteDep, uow: UowDep) -> Response:
    """Open a message: it becomes read."""
    message = await usecases.lire(uow, boite, message_id)
    racine = mime.lire(await messages.octets(uow.session, message.sha256))
    return JSONReponse(rendu.detail(message, resumer(racine)))


@router.get("/messages/{message_id}/brut")
async def lire_brut(message_id: MessageId, boite: BoiteDep, session: LectureDep) -> Response:
    """The message as it was received."""
    _, _, message = await retrouver(session, boite.adresse, message_id)
    return Response(await messages.octets(session, message.sha256), media_type="message/rfc822")


@router.get("/messages/{message_id}/pieces/{rang}")
async def lire_piece(message_id: MessageId, rang: Rang, boite: BoiteDep, session: LectureDep) -> Response:
    """One attachment."""
    _, _, message = await retrouver(session, boite.adresse, message_id)
    return piece_jointe(await messages.octets(session, message.sha256), rang)


@router.get("/messages/{message_id}/lint")
async def lire_constats(message_id: MessageId, boite: BoiteDep, session: LectureDep) -> Response:
    """The conformity findings (L01 to L22, X01 to X15) and the fate of each recipient, for sender and receiver."""
    message = await messages.exiger(session, message_id)
    if message.expediteur != boite.adresse:
        await retrouver(session, boite.adresse, message_id)
    sorts = await messages.sorts(session, message_id)
    return JSONReponse({"id": message_id, "constats": message.constats, "sorts": [rendu.sort(s) for s in sorts]})


@router.delete("/messages/{message_id}", status_code=204)
async def supprimer(message_id: MessageId, boite: BoiteDep, uow: UowDep) -> Response:
    """To ``Trash`` first, for good from there."""
    await usecases.supprimer(uow, boite, message_id)
    return Response(status_code=204)


@router.get("/adresses")
async def chercher_adresses(
    professionnel: ProfessionnelDep,
    session: LectureDep,
    q: Annotated[str, Query(min_length=2, max_length=100, pattern=r"^[^\x00]*$")],
    count: Taille = 20,
) -> Response:
    """The address book: published mailboxes whose address, holder or structure begins like ``q`` (ANN/va1.04)."""
    trouvees = await annuaire.chercher_adresses(session, q, taille=count)
    return JSONReponse(
        {
            "adresses": [
                {
                    "adresse": row.adresse,
                    "type": row.type_bal,
                    "libelle": nom,
                    "id_nat": row.id_nat,
                    "structure_id": row.structure_id,
                }
                for row, nom in trouvees
            ]
        }
    )


@router.get("/interne/messages/{message_id}/pieces/{rang}", include_in_schema=False)
async def servir_piece(message_id: MessageId, rang: Rang, service: ServiceDep, session: LectureDep) -> Response:
    """The bytes of an attachment a patient keeps, for the service that files it (architecture §11.13)."""
    message = await messages.exiger(session, message_id)
    return piece_jointe(await messages.octets(session, message.sha256), rang)


def piece_jointe(brut: bytes, rang: int) -> Response:
    for piece, partie in pieces(mime.lire(brut)):
        if piece.rang == rang:
            return Response(
                partie.contenu(),
                media_type=piece.type_mime,
                headers={
                    "Content-Disposition": f"attachment; filename*=UTF-8''{quote(piece.nom)}",
                    "X-Content-Type-Options": "nosniff",
                },
            )
    raise MessageIntrouvable(f"no attachment {rang}", f"aucune pièce jointe {rang}", champ="rang")
