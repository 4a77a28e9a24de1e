"""Receipts on the phone (apcv.md §7.B.10, §10.6)."""

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.apcv.domain import recu as regles
from services.apcv.domain.appli import Appli
from services.apcv.domain.assure import MAJORITE
from services.apcv.domain.recu import LigneRecu, Recu
from services.apcv.store import applis, assures, factures
from services.apcv.store.contextes import ContexteRow
from services.apcv.store.factures import RecuRow
from shared.contracts.apcv import FactureSignee
from shared.db.unit_of_work import UnitOfWork
from shared.edge.bac import Bac


async def deposer(uow: UnitOfWork, event: FactureSignee) -> None:
    """An invoice was signed: put its receipt on the phone of the holder, and of the parents of a minor."""
    if await uow.session.scalar(select(RecuRow.recu_id).where(RecuRow.facture_id == event.facture_id)):
        return
    assure = await assures.trouver(uow.session, event.matricule_ins, uow.bac.reglages.oid_mode)
    if assure is None:
        return
    recu = Recu(
        recu_id=event.facture_id,
        facture_id=event.facture_id,
        lecteurs=await _lecteurs(uow, event, mineur=assure.age(event.occurred_at.date()) < MAJORITE),
        date_soins=event.date_soins,
        ps_nom=event.professionnel_nom or event.identifiant_facturation,
        ps_specialite=event.specialite,
        beneficiaire_matricule=assure.matricule_ins,
        beneficiaire_nom=assure.nom_utilise or assure.nom_naissance,
        beneficiaire_prenom=assure.prenom,
        lignes=tuple(
            LigneRecu(a["libelle"], Decimal(a["montant"]), Decimal(a["amo"]), Decimal(a["amc"])) for a in event.actes
        ),
        avance=Decimal(event.avance or event.montant_total),
        emis_le=event.occurred_at,
    )
    factures.ajouter_recu(uow.session, recu)
    await uow.session.flush()
    factures.ajouter_lecteurs(uow.session, recu)


async def _lecteurs(uow: UnitOfWork, event: FactureSignee, *, mineur: bool) -> tuple[str, ...]:
    lecteurs = {event.titulaire_matricule_ins}
    if mineur:
        lecteurs.update(await assures.parents(uow.session, event.matricule_ins))
    contexte = await uow.session.get(ContexteRow, event.contexte_id)
    if contexte is not None and contexte.delegation_id:
        delegation = await applis.delegation(uow.session, contexte.delegation_id)
        if delegation is not None and delegation.copie_recu:
            lecteurs.add(delegation.delegue)
    return tuple(sorted(lecteurs))


async def lister(session: AsyncSession, bac: Bac, appli: Appli) -> list[Recu]:
    """What this phone still offers, or keeps."""
    recus = await factures.recus_de(session, appli.matricule_ins)
    return [recu for recu in recus if recu.est_lisible(appli.matricule_ins, at=bac.now())]


async def telecharger(uow: UnitOfWork, appli: Appli, recu_id: str) -> Recu:
    recu = regles.telecharger(await factures.recu(uow.session, recu_id), appli.matricule_ins, at=uow.now())
    await factures.noter_telechargement(uow.session, recu_id, appli.matricule_ins)
    return recu
