"""What ``adri`` hears: people of ``ins`` begin their rights here, contexts of ``apcv`` allow to ask."""

from dataclasses import replace

from services.adri.domain import vie
from services.adri.domain.contexte import ContexteApcv, EtatContexte
from services.adri.domain.droits import Beneficiaire
from services.adri.store import beneficiaires, contextes
from shared.contracts.apcv import ContexteConsomme, ContexteExpire, ContexteOuvert, ContexteRevoque
from shared.contracts.ins import MatriculeChange, PersonneCreee, PersonneModifiee
from shared.db.unit_of_work import UnitOfWork
from shared.events.consumer import Subscription
from shared.identite.cles import cle_matricule


async def ouvrir_droits(uow: UnitOfWork, event: PersonneCreee) -> None:
    """Ordinary rights for a new NIR; a NIA is a registration still pending and has none (adri.md §6.1)."""
    await _par_defaut(uow, event, event.ouvreurs_droit)


async def _par_defaut(uow: UnitOfWork, event: PersonneCreee | PersonneModifiee, ouvreurs_droit: list[str]) -> None:
    matricule = event.matricule_ins
    if event.type_matricule != "NIR" or await beneficiaires.de_la_personne(uow.session, matricule):
        return
    for nir in ouvreurs_droit or [matricule[:13]]:
        foyer = await beneficiaires.foyer(uow.session, nir)
        organisme = foyer[0].affiliation(uow.now().date()).organisme if foyer else vie.ORGANISME_DEFAUT
        beneficiaire = vie.droits_par_defaut(
            matricule,
            nom=event.nom_naissance,
            prenoms=tuple(event.liste_prenoms.split()),
            date_naissance=event.date_naissance,
            rang=event.rang_naissance,
            at=uow.now().date(),
            assure=(nir, matricule[13:] if nir == matricule[:13] else cle_matricule(nir)),
            organisme=organisme,
            numero=len(foyer) + 1,
        )
        await beneficiaires.ajouter(uow.session, beneficiaire)
        _dire(uow, beneficiaire)


async def corriger(uow: UnitOfWork, event: PersonneModifiee) -> None:
    """Corrected traits; somebody who has just been given a NIR begins their rights here."""
    connus = await beneficiaires.de_la_personne(uow.session, event.matricule_ins, verrou=True)
    if not connus:
        await _par_defaut(uow, event, [])
    for beneficiaire in connus:
        await beneficiaires.enregistrer(
            uow.session,
            replace(
                beneficiaire,
                nom=event.nom_naissance,
                prenoms=tuple(event.liste_prenoms.split()),
                date_naissance=event.date_naissance,
            ),
        )


async def renumeroter(uow: UnitOfWork, event: MatriculeChange) -> None:
    """The person keeps their rights under the new matricule, and so do those attached to them."""
    ancien, nouveau = event.ancien_matricule_ins, event.matricule_ins
    touches = {b.id: b for b in await beneficiaires.foyer(uow.session, ancien[:13])}
    touches |= {b.id: b for b in await beneficiaires.de_la_personne(uow.session, ancien, verrou=True)}
    for beneficiaire in touches.values():
        change = beneficiaire
        if change.matricule == ancien:
            change = replace(change, matricule=nouveau)
        if change.assure_nir == ancien[:13]:
            change = replace(change, assure_nir=nouveau[:13], assure_cle=nouveau[13:])
        await beneficiaires.enregistrer(uow.session, change)
        _dire(uow, change)


async def apcv_ouvert(uow: UnitOfWork, event: ContexteOuvert) -> None:
    await contextes.enregistrer(
        uow.session,
        ContexteApcv(
            event.contexte_id, "ouvert", event.expire_le, tuple(event.beneficiaires), event.identifiant_facturation
        ),
    )


async def apcv_consomme(uow: UnitOfWork, event: ContexteConsomme) -> None:
    await _fermer(uow, event, "consomme")


async def apcv_expire(uow: UnitOfWork, event: ContexteExpire) -> None:
    await _fermer(uow, event, "expire")


async def apcv_revoque(uow: UnitOfWork, event: ContexteRevoque) -> None:
    await _fermer(uow, event, "revoque")


async def _fermer(
    uow: UnitOfWork, event: ContexteConsomme | ContexteExpire | ContexteRevoque, etat: EtatContexte
) -> None:
    await contextes.enregistrer(
        uow.session,
        ContexteApcv(
            event.contexte_id, etat, event.occurred_at, tuple(event.beneficiaires), event.identifiant_facturation
        ),
    )


def _dire(uow: UnitOfWork, beneficiaire: Beneficiaire) -> None:
    if (fait := vie.modification(beneficiaire, at=uow.now())) is not None:
        uow.emit(fait)


ABONNEMENTS = (
    Subscription("adri.ouvrir-droits", PersonneCreee, ouvrir_droits),
    Subscription("adri.corriger-identite", PersonneModifiee, corriger),
    Subscription("adri.renumeroter", MatriculeChange, renumeroter),
    Subscription("adri.apcv-ouvert", ContexteOuvert, apcv_ouvert),
    Subscription("adri.apcv-consomme", ContexteConsomme, apcv_consomme),
    Subscription("adri.apcv-expire", ContexteExpire, apcv_expire),
    Subscription("adri.apcv-revoque", ContexteRevoque, apcv_revoque),
)
