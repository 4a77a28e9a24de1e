"""What a patient does in Mon espace santé's mailbox: open, answer, write to a pharmacy, keep an attachment."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.mss.domain import mime, rapports
from services.mss.domain.adresses import Adresse, TypeBal, adresse_patient
from services.mss.domain.composition import Brouillon, PieceAJoindre, composer
from services.mss.domain.mes import Ecriture, Etat, Issue, decider_ecriture, douze_mois_avant
from services.mss.domain.refus import EcritureInterdite
from services.mss.store import annuaire, boites, dossiers, messages, patients
from services.mss.store.boites import Boite
from services.mss.store.dossiers import Dossier, Entree
from services.mss.store.messages import MessageIntrouvable, MessageRow
from services.mss.store.patients import Profil
from services.mss.usecases.distribution import Enveloppe, deposer, deposer_automatique
from services.mss.usecases.envoi import Depot, envoyer, preparer
from shared.auth.principal import Patient
from shared.contracts.mss import PieceEnregistree
from shared.db.unit_of_work import UnitOfWork
from shared.decision import noter
from shared.errors import Interdit
from shared.ids import Ids

OFFICINES = frozenset({"SA33", "SA38", "SA39", "SA65"})
"""Sectors of activity of a pharmacy (mssante.md §4.3)."""


class ProfilFerme(Interdit):
    slug, regle = "profil-ferme", "MES-36"


@dataclass(frozen=True, slots=True)
class Officine:
    adresse: str
    nom: str
    structure_id: str


async def profil_lisible(session: AsyncSession, patient: Patient, matricule: str | None) -> Profil:
    """The profile a signed-in person reads: their own, or that of a child attached to it (MES-20)."""
    voulu = (matricule or patient.matricule_ins).upper()
    profil = await patients.profil(session, voulu)
    if profil is None or (voulu != patient.matricule_ins and patient.matricule_ins not in profil.representants):
        raise Interdit(
            "this profile is neither yours nor one of your children's",
            "ce profil n'est ni le vôtre ni celui d'un de vos enfants",
            regle="MES-20",
            champ="profil",
        )
    if profil.etat is not Etat.ACTIVE:
        raise ProfilFerme("this profile is not activated", "ce profil n'est pas activé", champ="profil")
    return profil


async def retrouver(session: AsyncSession, adresse: str, message_id: str) -> tuple[Dossier, Entree, MessageRow]:
    """A message of that mailbox, or a refusal that says nothing about other mailboxes."""
    place = await dossiers.ou_est(session, adresse, message_id)
    if place is None or place[1].en_attente:
        raise MessageIntrouvable(
            f"no message {message_id} in this mailbox",
            f"aucun message {message_id} dans cette boîte",
            champ="message_id",
        )
    return *place, await messages.exiger(session, message_id)


async def ouvrir(uow: UnitOfWork, ids: Ids, profil: Profil, message_id: str) -> MessageRow:
    """Read a message: it is marked as seen, and the sender gets the receipt it asked for (MES-17, MES-18)."""
    adresse = adresse_patient(profil.matricule_ins)
    dossier, entree, message = await retrouver(uow.session, adresse, message_id)
    if "\\Seen" not in entree.drapeaux:
        await dossiers.poser_drapeaux(uow.session, dossier.id, entree.uid, entree.drapeaux | {"\\Seen"})
    fil = await patients.fil(uow.session, profil.matricule_ins, message_id)
    if fil is not None and not fil.accuse:
        racine = mime.lire(await messages.octets(uow.session, message.sha256))
        if (a := rapports.adresse_de_l_accuse(racine, message.chemin_de_retour)) is not None:
            fil.accuse = True
            accuse = rapports.accuse_de_lecture(
                racine,
                boite=adresse,
                a=a,
                message_id=f"<{ids.uuid()}@patient.mssante.fr>",
                instant=uow.now(),
                disposition=rapports.LU_PAR_UN_PATIENT,
            )
            await deposer_automatique(uow, ids, a, accuse)
    return message


async def repondre(
    uow: UnitOfWork, ids: Ids, profil: Profil, message_id: str, texte: str, jointes: tuple[PieceAJoindre, ...]
) -> Depot:
    """Answer a received message (MES-31, MES-32): to its sender, or to the MSSanté address it named (MES-15)."""
    adresse = adresse_patient(profil.matricule_ins)
    _, _, message = await retrouver(uow.session, adresse, message_id)
    fil = await patients.fil(uow.session, profil.matricule_ins, message_id)
    contact = fil.contact if fil is not None else message.expediteur
    ecriture = await _situation(uow, profil, Adresse.lire(contact), reponse=True, recu=fil is not None)
    _autoriser(replace(ecriture, clos=fil is None or fil.clos))
    objet = message.objet if message.objet[:3].lower() == "re:" else f"Re: {message.objet}"
    brouillon = Brouillon(" ".join(objet.split()), texte, (contact,), pieces=jointes, en_reponse_a=message.entete_id)
    return await _partir(uow, ids, profil, brouillon, contact)


async def ecrire(
    uow: UnitOfWork, ids: Ids, profil: Profil, a: str, objet: str, texte: str, jointes: tuple[PieceAJoindre, ...]
) -> Depot:
    """Write first: to a pharmacy that delivered within 12 months, or to an open contact (MES-30 to MES-38)."""
    destinataire = Adresse.lire(a, champ="a")
    fils = await patients.fils_avec(uow.session, profil.matricule_ins, str(destinataire))
    ecriture = await _situation(uow, profil, destinataire, reponse=False, recu=bool(fils))
    _autoriser(replace(ecriture, clos=bool(fils) and all(fil.clos for fil in fils)))
    return await _partir(
        uow, ids, profil, Brouillon(objet, texte, (str(destinataire),), pieces=jointes), str(destinataire)
    )


async def enregistrer_piece(uow: UnitOfWork, profil: Profil, message_id: str, rang: int) -> PieceEnregistree:
    """Keep an attachment: the dossier files it on the event (MES-19)."""
    adresse = adresse_patient(profil.matricule_ins)
    _, _, message = await retrouver(uow.session, adresse, message_id)
    piece = next((p for p in message.pieces if p["rang"] == rang), None)
    if piece is None:
        raise MessageIntrouvable(f"no attachment {rang}", f"aucune pièce jointe {rang}", champ="rang")
    evenement = PieceEnregistree(
        message_id=message_id,
        piece_id=f"{message_id}:{rang}",
        matricule_ins=profil.matricule_ins,
        expediteur=message.expediteur,
        nom_fichier=piece["nom"],
        type_mime=piece["type_mime"],
        taille=piece["taille"],
        sha256=piece["sha256"],
        titre=message.objet,
        chemin=f"/mss/v1/interne/messages/{message_id}/pieces/{rang}",
        occurred_at=uow.now(),
    )
    uow.emit(evenement)
    return evenement


async def officines(session: AsyncSession, profil: Profil, instant: datetime) -> list[Officine]:
    """The pharmacies a patient may write to first: organisational mailbox, reimbursed dispensing within 12 months."""
    recentes = await patients.dispensations(
        session, profil.matricule_ins, depuis=douze_mois_avant(instant), jusque=instant
    )
    proposees: list[Officine] = []
    for structure_id in dict.fromkeys(dispensation.structure_id for dispensation in recentes):
        organisation = await annuaire.organisation(session, structure_id)
        if organisation is None or organisation.secteur not in OFFICINES:
            continue
        boites_org = [b for b in await boites.de_la_structure(session, structure_id) if b.type_bal is TypeBal.ORG]
        proposees += [Officine(boite.adresse, organisation.nom, structure_id) for boite in boites_org]
    return proposees


def _autoriser(ecriture: Ecriture) -> None:
    jugement = decider_ecriture(ecriture)
    noter(jugement.decision())
    if jugement.issue is Issue.INTERDIRE:
        raise EcritureInterdite(jugement.regle, jugement.ligne.en, jugement.ligne.fr)


async def _partir(uow: UnitOfWork, ids: Ids, profil: Profil, brouillon: Brouillon, contact: str) -> Depot:
    adresse = adresse_patient(profil.matricule_ins)
    identifiant = f"<{ids.uuid()}@patient.mssante.fr>"
    prepare = preparer(composer(brouillon, de=adresse, libelle="", message_id=identifiant, instant=uow.now()))
    boite = Boite(
        adresse, TypeBal.PATIENT, None, None, profil.matricule_ins, None, profil.nom, True, boites.QUOTA_PAR_DEFAUT, 0
    )
    await boites.creer(uow.session, boite, le=uow.now())
    depot = await envoyer(uow, ids, boite, prepare, [Enveloppe(Adresse.lire(contact))])
    await deposer(
        uow,
        adresse,
        await messages.exiger(uow.session, depot.message_id),
        dossier="Sent",
        drapeaux=frozenset({"\\Seen"}),
    )
    return depot


async def _situation(uow: UnitOfWork, profil: Profil, destinataire: Adresse, *, reponse: bool, recu: bool) -> Ecriture:
    session = uow.session
    if destinataire.est_patient:
        genre = "patient"
    else:
        genre = "professionnel" if await boites.est_en_liste(session, destinataire.domaine) else "exterieur"
    boite = await boites.trouver(session, str(destinataire))
    structures = await _structures_d_officine(session, boite)
    recentes = await patients.dispensations(
        session, profil.matricule_ins, depuis=douze_mois_avant(uow.now()), jusque=uow.now()
    )
    return Ecriture(
        etat=profil.etat,
        destinataire=genre,
        reponse=reponse,
        deja_recu=recu,
        clos=False,
        officine=bool(structures),
        bal_org=boite is not None and boite.type_bal is TypeBal.ORG,
        dispensation_12_mois=any(d.structure_id in structures for d in recentes),
    )


async def _structures_d_officine(session: AsyncSession, boite: Boite | None) -> set[str]:
    """The pharmacies behind a mailbox: the structure of a shared one, the workplaces of a personal one."""
    if boite is None:
        return set()
    if boite.structure_id is not None:
        candidates = (
            [organisation] if (organisation := await annuaire.organisation(session, boite.structure_id)) else []
        )
    else:
        candidates = await annuaire.lieux_d_exercice(session, boite.id_nat or "")
    return {o.structure_id for o in candidates if o.secteur in OFFICINES}
