"""Lending one's card to a person of trust (apcv.md §7.E)."""

from datetime import datetime

from services.apcv.domain import delegation as regles
from services.apcv.domain.appli import Appli
from services.apcv.domain.assure import Assure
from services.apcv.domain.delegation import Delegation
from services.apcv.store import applis, assures, contextes
from services.apcv.usecases.contextes import carte_de, revoquer
from shared.db.unit_of_work import UnitOfWork
from shared.errors import Interdit, RegleMetier
from shared.ids import Ids


class DelegueSansAppli(RegleMetier):
    slug = "delegue-sans-appli"
    regle = "APCV-DEL-03"


class PasLaSienne(Interdit):
    slug = "delegation-d-autrui"
    regle = "APCV-DEL-04"


async def proposer(
    uow: UnitOfWork,
    ids: Ids,
    titulaire: Appli,
    delegue: str,
    beneficiaires: tuple[str, ...],
    fin: datetime,
    *,
    copie_recu: bool = False,
) -> Delegation:
    """The delegate must have the app; only the people of the holder's own card can be lent."""
    mode = uow.bac.reglages.oid_mode
    assure = await assures.trouver(uow.session, titulaire.matricule_ins, mode)
    if not await applis.actives_de(uow.session, delegue):
        raise DelegueSansAppli(
            "The delegate must have an active app.", "Le délégué doit avoir une appli active.", champ="delegue"
        )
    carte: tuple[Assure, ...] = await carte_de(uow.session, uow.bac, assure) if assure else ()
    delegation = regles.proposer(
        ids.uuid(),
        titulaire.matricule_ins,
        delegue,
        beneficiaires,
        fin,
        ouverts=tuple(p.matricule_ins for p in carte),
        at=uow.now(),
        copie_recu=copie_recu,
    )
    uow.session.add(applis.nouvelle_delegation(delegation))
    return delegation


async def accepter(uow: UnitOfWork, delegue: Appli, delegation_id: str) -> Delegation:
    row = await applis.verrouiller_delegation(uow.session, delegation_id)
    _exiger_partie(row.delegue, delegue)
    acceptee = regles.accepter(row.to_domain(), at=uow.now())
    row.etat = acceptee.etat.value
    return acceptee


async def refuser(uow: UnitOfWork, delegue: Appli, delegation_id: str) -> Delegation:
    row = await applis.verrouiller_delegation(uow.session, delegation_id)
    _exiger_partie(row.delegue, delegue)
    refusee = regles.refuser(row.to_domain())
    row.etat = refusee.etat.value
    return refusee


async def revoquer_delegation(uow: UnitOfWork, titulaire: Appli, delegation_id: str) -> Delegation:
    """By the holder, at any time; the contexts that it opened die with it."""
    row = await applis.verrouiller_delegation(uow.session, delegation_id)
    _exiger_partie(row.titulaire, titulaire)
    revoquee = regles.revoquer(row.to_domain())
    row.etat = revoquee.etat.value
    revoquer(
        uow,
        await contextes.actifs_de_la_carte(uow.session, delegation_id=delegation_id),
        "delegation_revoquee",
    )
    return revoquee


def _exiger_partie(matricule: str, appli: Appli) -> None:
    if appli.matricule_ins != matricule:
        raise PasLaSienne(
            "This delegation belongs to somebody else.", "Cette délégation est celle d'un autre.", champ="delegation"
        )
