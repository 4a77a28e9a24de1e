"""The events mail listens to: who exists, what became of a profile, what a person must be told (architecture §6)."""

from services.mss.domain import notifications
from services.mss.domain.adresses import TypeBal, adresse_patient
from services.mss.domain.composition import Brouillon, composer
from services.mss.domain.mes import OUVERTS, Etat, etat_du_profil
from services.mss.domain.notifications import Avis
from services.mss.store import boites, dossiers, patients
from services.mss.store.boites import Boite
from services.mss.usecases.annuaire import inscrire_professionnel
from services.mss.usecases.distribution import deposer_automatique
from services.mss.usecases.prive import prevenir, remettre
from shared.contracts import dmp
from shared.contracts.eprescription import DelivranceAnnulee, DelivranceEnregistree
from shared.contracts.gateway import ProfessionnelCree, ProfessionnelModifie
from shared.contracts.ins import MatriculeChange, PersonneCreee
from shared.contracts.mss import MessageRemis
from shared.db.unit_of_work import UnitOfWork
from shared.events.consumer import Subscription
from shared.ids import RandomIds

EXPEDITEUR_MES = "ne-pas-repondre@patient.mssante.fr"


async def creer_adresse(uow: UnitOfWork, event: PersonneCreee) -> None:
    """Every person has an address from birth; until the profile opens, mail to it bounces."""
    await patients.inscrire(
        uow.session, event.matricule_ins, Etat.ELIGIBLE, nom=f"{event.prenom} {event.nom_naissance}"
    )


async def changer_adresse(uow: UnitOfWork, event: MatriculeChange) -> None:
    await patients.renommer(uow.session, event.ancien_matricule_ins, event.matricule_ins)


async def ouvrir_boite(uow: UnitOfWork, event: ProfessionnelCree | ProfessionnelModifie) -> None:
    """Directory entry first, then the mailbox it publishes."""
    await inscrire_professionnel(uow, event)
    if event.adresse_mss is None:
        return
    await boites.creer(
        uow.session,
        Boite(
            event.adresse_mss.lower(),
            TypeBal.PER,
            event.id_nat,
            None,
            None,
            None,
            f"{event.prenom.title()}_{event.nom.upper()}",
            True,
            boites.QUOTA_PAR_DEFAUT,
            0,
        ),
        le=uow.now(),
    )
    if event.structure_id:
        for partagee in await boites.de_la_structure(uow.session, event.structure_id):
            if partagee.type_bal is TypeBal.ORG:
                await boites.donner_acces(uow.session, partagee.adresse, event.id_nat)


async def suivre_profil(
    uow: UnitOfWork, event: dmp.ProfilOuvert | dmp.ProfilOppose | dmp.ProfilClos | dmp.ProfilInforme
) -> None:
    await patients.changer_etat(uow.session, event.matricule_ins, etat_du_profil(event.etat))


async def activer_profil(uow: UnitOfWork, event: dmp.ProfilActive) -> None:
    """MES-03: what was held for a profile that was not activated becomes readable."""
    await patients.changer_etat(uow.session, event.matricule_ins, Etat.ACTIVE, courriel=event.email)
    adresse = adresse_patient(event.matricule_ins)
    for _, message in await dossiers.en_attente(uow.session, adresse):
        uow.emit(
            MessageRemis(
                message_id=message.id,
                expediteur=message.expediteur,
                destinataire=adresse,
                objet=message.objet,
                pieces=len(message.pieces),
                matricule_ins=event.matricule_ins,
                occurred_at=uow.now(),
            )
        )
    await dossiers.lever_attente(uow.session, adresse)


def a_prevenir(event: dmp.DocumentDepose | dmp.DossierConsulte | dmp.AutorisationModifiee) -> bool:
    """The DMP has decided that the person is told."""
    return event.notifier


async def avertir_document(
    uow: UnitOfWork, event: dmp.DocumentDepose | dmp.DocumentRemplace | dmp.DocumentSupprime | dmp.DocumentMasque
) -> None:
    changement = event.changement if isinstance(event, dmp.DocumentMasque) else None
    avis = notifications.document(event.subject, event.auteur_nom, _lien(uow), changement=changement)
    await _prevenir(uow, event.matricule_ins, avis)


async def avertir_consultation(uow: UnitOfWork, event: dmp.DossierConsulte) -> None:
    profession = event.profession_code
    await _prevenir(
        uow,
        event.matricule_ins,
        notifications.dossier_consulte(event.auteur_nom, profession, event.mode_acces, event.motif, _lien(uow)),
    )


async def avertir_autorisation(uow: UnitOfWork, event: dmp.AutorisationModifiee) -> None:
    await _prevenir(uow, event.matricule_ins, notifications.autorisation(event.changement, _lien(uow)))


async def remettre_code(uow: UnitOfWork, event: dmp.CodeEnvoye) -> None:
    await remettre(
        uow,
        event.matricule_ins,
        notifications.code(event.motif, event.code, event.canal),
        destination=event.destination_masquee,
        concerne=event.concerne_ins,
    )


async def remettre_notification(uow: UnitOfWork, event: dmp.NotificationEmise) -> None:
    """A message whose text the DMP decided: for a person's private inbox, or for a professional's mailbox."""
    if event.destinataire_id_nat is None:
        await remettre(uow, event.matricule_ins, Avis(event.motif, event.objet, event.texte, event.canal))
        return
    boite = await boites.preferee(uow.session, event.destinataire_id_nat)
    if boite is None:
        return
    ids = RandomIds()
    brut = composer(
        Brouillon(
            " ".join(event.objet.split()),
            event.texte.replace("\x00", ""),
            (boite.adresse,),
            entetes=(("Auto-Submitted", "auto-generated"),),
        ),
        de=EXPEDITEUR_MES,
        libelle="Mon espace santé",
        message_id=f"<{ids.uuid()}@patient.mssante.fr>",
        instant=uow.now(),
    )
    await deposer_automatique(uow, ids, boite.adresse, brut)


async def ouvrir_exception(uow: UnitOfWork, event: DelivranceEnregistree) -> None:
    """MES-33: for twelve months the patient may write first to that pharmacy."""
    await patients.enregistrer_dispensation(
        uow.session,
        delivrance_id=event.delivrance_id,
        matricule_ins=event.matricule_ins,
        structure_id=event.structure_id,
        structure_nom=event.structure_nom or "",
        adresse_mss=event.pharmacie_adresse_mss,
        remboursee=event.remboursee,
        le=event.occurred_at,
    )


async def fermer_exception(uow: UnitOfWork, event: DelivranceAnnulee) -> None:
    await patients.annuler_dispensation(uow.session, event.delivrance_id)


async def _prevenir(uow: UnitOfWork, matricule: str, avis: Avis) -> None:
    profil = await patients.profil(uow.session, matricule)
    if profil is not None and profil.etat in OUVERTS:
        await prevenir(uow, profil, avis)


def _lien(uow: UnitOfWork) -> str:
    return f"{uow.bac.base_url}/mes"


ABONNEMENTS = (
    Subscription("mss.creer-adresse", PersonneCreee, creer_adresse),
    Subscription("mss.changer-adresse", MatriculeChange, changer_adresse),
    Subscription("mss.ouvrir-boite", ProfessionnelCree, ouvrir_boite),
    Subscription("mss.modifier-boite", ProfessionnelModifie, ouvrir_boite),
    Subscription("mss.profil-informe", dmp.ProfilInforme, suivre_profil),
    Subscription("mss.profil-ouvert", dmp.ProfilOuvert, suivre_profil),
    Subscription("mss.profil-active", dmp.ProfilActive, activer_profil),
    Subscription("mss.profil-oppose", dmp.ProfilOppose, suivre_profil),
    Subscription("mss.profil-clos", dmp.ProfilClos, suivre_profil),
    Subscription("mss.avertir-depot", dmp.DocumentDepose, avertir_document, si=a_prevenir),
    Subscription("mss.avertir-remplacement", dmp.DocumentRemplace, avertir_document, si=a_prevenir),
    Subscription("mss.avertir-suppression", dmp.DocumentSupprime, avertir_document, si=a_prevenir),
    Subscription("mss.avertir-masquage", dmp.DocumentMasque, avertir_document, si=a_prevenir),
    Subscription("mss.avertir-consultation", dmp.DossierConsulte, avertir_consultation, si=a_prevenir),
    Subscription("mss.avertir-autorisation", dmp.AutorisationModifiee, avertir_autorisation, si=a_prevenir),
    Subscription("mss.remettre-code", dmp.CodeEnvoye, remettre_code),
    Subscription("mss.remettre-notification", dmp.NotificationEmise, remettre_notification),
    Subscription("mss.ouvrir-exception", DelivranceEnregistree, ouvrir_exception),
    Subscription("mss.fermer-exception", DelivranceAnnulee, fermer_exception),
)
