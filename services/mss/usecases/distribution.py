"""Where a message goes: a copy in each mailbox, the Mon espace santé decision for a patient, bounces and reports."""

from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from services.mss.domain import rapports
from services.mss.domain.adresses import Adresse, TypeBal, adresse_patient, matricule_bien_forme
from services.mss.domain.lint import ContenuXdm
from services.mss.domain.mes import (
    LIMITE_MES,
    Arrivee,
    Etat,
    Fermeture,
    Issue,
    Jugement,
    decider_arrivee,
    fermeture,
)
from services.mss.domain.mime import Partie
from services.mss.domain.notifications import activation_invitee, message_recu
from services.mss.domain.rapports import Demande, Sort
from services.mss.domain.reception import Courrier, cible_de_reponse, lire_courrier
from services.mss.domain.refus import (
    HorsListeBlanche,
)
from services.mss.store import boites, dossiers, messages, patients
from services.mss.store.boites import Boite
from services.mss.store.messages import Destin, MessageRow
from services.mss.store.patients import Profil
from services.mss.usecases.prive import prevenir
from shared.contracts.mss import MessageClos, MessageRefuse, MessageRemis
from shared.db.unit_of_work import UnitOfWork
from shared.decision import noter
from shared.ids import Ids


@dataclass(frozen=True, slots=True)
class Enveloppe:
    """One recipient of an envelope, with what was asked about its delivery."""

    adresse: Adresse
    demande: Demande = field(default_factory=Demande)


@dataclass(frozen=True, slots=True)
class Prepare:
    """A message read outside any transaction: parsing takes time, the write lock does not wait for it."""

    brut: bytes
    racine: Partie
    courrier: Courrier
    archive: ContenuXdm | None


class Distribution:
    """One message on its way to its recipients."""

    def __init__(self, uow: UnitOfWork, ids: Ids, boite: Boite, prepare: Prepare, message: MessageRow) -> None:
        self.uow = uow
        self.ids = ids
        self.boite = boite
        self.prepare = prepare
        self.message = message

    async def distribuer(self, destinataire: Enveloppe) -> Destin:
        if destinataire.adresse.est_patient:
            destin = await self._au_patient(destinataire)
        else:
            destin = await self._au_professionnel(destinataire)
        await messages.noter_sort(self.uow.session, self.message.id, destin)
        return destin

    async def _au_professionnel(self, destinataire: Enveloppe) -> Destin:
        adresse = str(destinataire.adresse)
        await deposer(self.uow, adresse, self.message)
        self._dire_remis(adresse, None)
        await self._si_succes_demande(destinataire)
        return Destin(adresse, "MSS-REMISE", str(Issue.REMETTRE), "2.1.5")

    async def _au_patient(self, destinataire: Enveloppe) -> Destin:
        matricule = destinataire.adresse.matricule
        profil = await patients.profil(self.uow.session, matricule)
        jugement = await self._juger(matricule, profil)
        noter(jugement.decision())
        adresse = adresse_patient(matricule)
        if jugement.issue is Issue.REFUSER:
            raise HorsListeBlanche(self.boite.adresse.partition("@")[2], "expediteur")
        if jugement.issue is Issue.REBONDIR or profil is None:
            await self._rebondir(destinataire, jugement)
            return Destin(adresse, jugement.regle, str(Issue.REBONDIR), jugement.ligne.statut)
        en_attente = jugement.issue is Issue.CONSERVER
        await self._chez_le_patient(profil, adresse, en_attente=en_attente)
        lien = f"{self.uow.bac.base_url}/mes"
        if jugement.regle != "MES-09":
            await prevenir(self.uow, profil, activation_invitee(lien) if en_attente else message_recu(lien))
        await self._si_succes_demande(destinataire)
        return Destin(adresse, jugement.regle, str(jugement.issue), "2.1.5")

    async def _juger(self, matricule: str, profil: Profil | None) -> Jugement:
        return decider_arrivee(
            Arrivee(
                domaine_en_liste=await boites.est_en_liste(self.uow.session, self.boite.adresse.partition("@")[2]),
                trop_gros=len(self.prepare.brut) > LIMITE_MES,
                # Official samples carry wrong keys: the key is checked for people nobody knows (§1.3).
                adresse_valide=matricule_bien_forme(matricule, cle_stricte=profil is None),
                etat=profil.etat if profil else Etat.INCONNU,
                courriel_connu=profil is not None and await _joignable(self.uow.session, profil),
            )
        )

    async def _chez_le_patient(self, profil: Profil, adresse: str, *, en_attente: bool) -> None:
        session = self.uow.session
        await _ouvrir_boite_patient(self.uow, profil, adresse)
        await deposer(self.uow, adresse, self.message, en_attente=en_attente)
        portee = fermeture(self.prepare.courrier.objet, self.prepare.racine.entete("x-mss-mes"))
        if portee is Fermeture.TOUS:
            await patients.clore_fils(session, profil.matricule_ins, self.boite.adresse)
        contact = self.boite.adresse
        if self.prepare.courrier.reponse_a:
            contact = cible_de_reponse(self.prepare.courrier, contact, await boites.liste_blanche(session))
        await patients.ouvrir_fil(
            session,
            profil.matricule_ins,
            self.message.id,
            self.boite.adresse,
            contact,
            portee is not Fermeture.AUCUNE,
        )
        self._dire_remis(adresse, profil.matricule_ins, en_attente=en_attente)
        if portee is not Fermeture.AUCUNE:
            self._dire_clos(adresse, profil.matricule_ins, portee)

    async def _rebondir(self, destinataire: Enveloppe, jugement: Jugement) -> None:
        adresse = adresse_patient(destinataire.adresse.matricule)
        sort = rapports.sort_de_la_ligne(jugement.ligne, adresse, len(self.prepare.brut))
        matricule = destinataire.adresse.matricule
        self.uow.emit(
            MessageRefuse(
                message_id=self.message.id,
                expediteur=self.boite.adresse,
                destinataire=adresse,
                objet=self.message.objet,
                regle=jugement.regle,
                cause=jugement.ligne.fr,
                statut=sort.statut,
                matricule_ins=matricule if matricule_bien_forme(matricule, cle_stricte=False) else None,
                occurred_at=self.uow.now(),
            )
        )
        if destinataire.demande.veut_echec:
            await self._rapporter(sort, destinataire.demande)

    async def _si_succes_demande(self, destinataire: Enveloppe) -> None:
        demande_libre = self.prepare.racine.entete("return-receipt-to") is not None
        if destinataire.demande.veut_succes or demande_libre:
            await self._rapporter(rapports.sort_remis(str(destinataire.adresse)), destinataire.demande)

    async def _rapporter(self, sort: Sort, demande: Demande) -> None:
        if not rapports.peut_recevoir_un_rapport(self.boite.adresse, self.prepare.racine):
            return
        rapport = rapports.rapport_de_remise(
            self.prepare.racine,
            sort=sort,
            a=self.boite.adresse,
            message_id=f"<{self.ids.uuid()}@{sort.destinataire.rpartition('@')[2]}>",
            instant=self.uow.now(),
            demande=demande,
        )
        await deposer_automatique(self.uow, self.ids, self.boite.adresse, rapport)

    def _dire_remis(self, adresse: str, matricule: str | None, *, en_attente: bool = False) -> None:
        self.uow.emit(
            MessageRemis(
                message_id=self.message.id,
                expediteur=self.boite.adresse,
                destinataire=adresse,
                objet=self.message.objet,
                pieces=len(self.message.pieces),
                matricule_ins=matricule,
                en_attente=en_attente,
                occurred_at=self.uow.now(),
            )
        )

    def _dire_clos(self, adresse: str, matricule: str, portee: Fermeture) -> None:
        self.uow.emit(
            MessageClos(
                message_id=self.message.id,
                expediteur=self.boite.adresse,
                destinataire=adresse,
                matricule_ins=matricule,
                portee=str(portee),
                occurred_at=self.uow.now(),
            )
        )


async def deposer(
    uow: UnitOfWork,
    adresse: str,
    message: MessageRow,
    *,
    dossier: str = dossiers.INBOX,
    drapeaux: frozenset[str] = frozenset(),
    en_attente: bool = False,
) -> None:
    """Place a message in a folder of a mailbox."""
    await dossiers.garnir(uow.session, adresse, le=uow.now())
    await dossiers.placer(
        uow.session,
        adresse,
        dossier,
        message.id,
        taille=message.taille,
        recu_le=uow.now(),
        drapeaux=drapeaux,
        en_attente=en_attente,
    )
    await boites.peser(uow.session, adresse, message.taille)


async def deposer_automatique(uow: UnitOfWork, ids: Ids, adresse: str, brut: bytes) -> str:
    """Keep an automatic mail (bounce, receipt, notice to a professional) and place it in a mailbox; its id."""
    message = await messages.conserver(
        uow.session,
        brut,
        lire_courrier(brut),
        message_id=ids.uuid(),
        chemin_de_retour="",
        recu_le=uow.now(),
        constats=[],
    )
    await deposer(uow, adresse, message)
    return message.id


async def _ouvrir_boite_patient(uow: UnitOfWork, profil: Profil, adresse: str) -> None:
    """A patient's mailbox takes room only once something arrived in it."""
    if await boites.trouver(uow.session, adresse) is None:
        boite = Boite(
            adresse,
            TypeBal.PATIENT,
            None,
            None,
            profil.matricule_ins,
            None,
            profil.nom,
            True,
            boites.QUOTA_PAR_DEFAUT,
            0,
        )
        await boites.creer(uow.session, boite, le=uow.now())


async def _joignable(session: AsyncSession, profil: Profil) -> bool:
    """Whether a notice can reach the person, or the parents of a minor (MES-09, MES-20)."""
    if not profil.representants:
        return profil.courriel is not None
    for matricule in profil.representants:
        parent = await patients.profil(session, matricule)
        if parent is not None and parent.courriel:
            return True
    return False
