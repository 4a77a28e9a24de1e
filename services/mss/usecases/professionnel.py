"""What a professional does over the JSON face: send, read, delete. The mail face shares everything below it."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.mss.domain.adresses import Adresse
from services.mss.domain.composition import Brouillon, composer
from services.mss.store import boites, dossiers, messages
from services.mss.store.boites import Boite
from services.mss.store.messages import MessageRow
from services.mss.usecases.distribution import Enveloppe, deposer
from services.mss.usecases.envoi import Depot, envoyer, preparer, verifier_destinataire
from services.mss.usecases.patient import retrouver
from shared.auth.principal import Professionnel
from shared.db.unit_of_work import UnitOfWork
from shared.errors import Interdit
from shared.ids import Ids


class BoiteInterdite(Interdit):
    """The same words whether the mailbox exists or not: existence is not revealed."""

    slug, regle = "boite-interdite", "MSS-AUTH-02"

    def __init__(self, adresse: str) -> None:
        super().__init__(
            f"no mailbox {adresse} that you may open",
            f"aucune boîte {adresse} que vous puissiez ouvrir",
            champ="boite",
            membres={"smtp": 535, "statut": "5.7.8"},
        )


async def boite_de(session: AsyncSession, id_nat: str, adresse: str | None = None) -> Boite:
    """The mailbox someone may open: the one they name, else their preferred one."""
    if adresse is None:
        if not (siennes := await boites.accessibles(session, id_nat)):
            raise BoiteInterdite(f"({id_nat})")
        return siennes[0]
    boite = await boites.trouver(session, adresse)
    if boite is None or not boite.ouverte or not await boites.peut_ouvrir(session, boite, id_nat):
        raise BoiteInterdite(adresse)
    return boite


async def envoyer_brouillon(
    uow: UnitOfWork, ids: Ids, professionnel: Professionnel, boite: Boite, brouillon: Brouillon
) -> Depot:
    """Send what the JSON face was given; a copy is kept in ``Sent``."""
    cibles = [Adresse.lire(a, champ="a") for a in (*brouillon.a, *brouillon.cc)]
    for cible in cibles:
        await verifier_destinataire(uow.session, cible)
    brut = composer(
        brouillon,
        de=boite.adresse,
        libelle=boite.libelle or f"{professionnel.prenom.title()}_{professionnel.nom.upper()}",
        message_id=f"<{ids.uuid()}@{boite.adresse.partition('@')[2]}>",
        instant=uow.now(),
    )
    depot = await envoyer(uow, ids, boite, preparer(brut), [Enveloppe(cible) for cible in cibles])
    copie = await messages.exiger(uow.session, depot.message_id)
    await deposer(uow, boite.adresse, copie, dossier="Sent", drapeaux=frozenset({"\\Seen"}))
    return depot


async def lire(uow: UnitOfWork, boite: Boite, message_id: str) -> MessageRow:
    """Open a message: it becomes read."""
    dossier, entree, message = await retrouver(uow.session, boite.adresse, message_id)
    if "\\Seen" not in entree.drapeaux:
        await dossiers.poser_drapeaux(uow.session, dossier.id, entree.uid, entree.drapeaux | {"\\Seen"})
    return message


async def supprimer(uow: UnitOfWork, boite: Boite, message_id: str) -> None:
    """Move a message to ``Trash``; a message that is already there is removed for good."""
    dossier, entree, message = await retrouver(uow.session, boite.adresse, message_id)
    if dossier.usage != "\\Trash":
        await dossiers.placer(
            uow.session,
            boite.adresse,
            "Trash",
            message.id,
            taille=entree.taille,
            recu_le=entree.recu_le,
            drapeaux=entree.drapeaux,
        )
        await dossiers.retirer(uow.session, dossier.id, {entree.uid})
        return
    liberes = await dossiers.retirer(uow.session, dossier.id, {entree.uid})
    await boites.peser(uow.session, boite.adresse, -liberes)
