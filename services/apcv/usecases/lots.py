"""Sending invoices in batches and reading what comes back (apcv.md §7.B.9, §10.5)."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.apcv.domain import b2, retours
from services.apcv.domain.contexte import Professionnel
from services.apcv.domain.facture import Facture, Statut
from services.apcv.domain.retours import Constat
from services.apcv.store import assures, factures
from services.apcv.store.factures import LotRow
from services.apcv.usecases.factures import FactureDAutrui, est_envoyable
from shared.db.unit_of_work import UnitOfWork
from shared.errors import Conflit, Invalide
from shared.ids import Ids


class FactureNonEnvoyable(Conflit):
    slug = "facture-non-envoyable"
    regle = "FSE-30"


async def envoyer(uow: UnitOfWork, ids: Ids, ps: Professionnel, facture_ids: list[str]) -> LotRow:
    """Send validated invoices, or rejected ones again; the body answers later."""
    if len(set(facture_ids)) != len(facture_ids):
        raise Invalide("An invoice is named twice.", "Une facture est nommée deux fois.", champ="factures")
    lot = LotRow(
        lot_id=ids.uuid(),
        numero=await factures.prochain_lot(uow.session, ps.identifiant_facturation),
        identifiant_facturation=ps.identifiant_facturation,
        cree_le=uow.now(),
        factures=facture_ids,
        arl_du=uow.now() + retours.DELAI_ARL,
    )
    for facture_id in facture_ids:
        row = await factures.verrouiller(uow.session, facture_id)
        facture = row.to_domain()
        if not facture.professionnel.est_le_meme(ps):
            raise FactureDAutrui(
                "This invoice belongs to another professional.", "Cette facture est celle d'un autre professionnel."
            )
        if not est_envoyable(facture):
            raise FactureNonEnvoyable(
                f"Invoice {facture_id} is {facture.statut}: only validated or rejected ones are sent.",
                f"La facture {facture_id} est {facture.statut} : on envoie les validées et les rejetées.",
                champ="factures",
            )
        row.statut = Statut.SENT.value
        row.lot_id = lot.lot_id
    uow.session.add(lot)
    return lot


async def lire(session: AsyncSession, lot_id: str, ps: Professionnel) -> LotRow:
    lot = await factures.verrouiller_lot(session, lot_id)
    if lot.identifiant_facturation != ps.identifiant_facturation:
        raise FactureDAutrui(
            "This batch belongs to another professional.", "Ce lot est celui d'un autre professionnel."
        )
    return lot


async def en_b2(session: AsyncSession, lot: LotRow, ps: Professionnel) -> str:
    return b2.rendre(lot.numero, ps, [await _facture(session, f) for f in lot.factures])


async def echeances(uow: UnitOfWork) -> None:
    """Acknowledge and pay what is due on the bac's clock."""
    for lot in await factures.lots_dus(uow.session, uow.now()):
        constats = [await _constater(uow, facture_id) for facture_id in lot.factures]
        if lot.arl_du is not None and lot.arl_du <= uow.now():
            lot.arl, statut = retours.arl(lot.lot_id, lot.numero, lot.cree_le.date().isoformat(), constats)
            lot.arl_du = None
            await _poser(uow, dict.fromkeys(lot.factures, statut))
            if statut is Statut.ACCEPTED:
                lot.noemie_du = lot.cree_le + retours.DELAI_NOEMIE
        if lot.noemie_du is not None and lot.noemie_du <= uow.now():
            lot.noemie, statuts = retours.noemie(constats)
            lot.noemie_du = None
            await _poser(uow, statuts)


async def _poser(uow: UnitOfWork, statuts: dict[str, Statut]) -> None:
    for facture_id, statut in statuts.items():
        row = await factures.verrouiller(uow.session, facture_id)
        row.statut = statut.value


async def _constater(uow: UnitOfWork, facture_id: str) -> Constat:
    facture = await _facture(uow.session, facture_id)
    numero = facture.professionnel.identifiant_facturation
    assure = await assures.trouver(uow.session, facture.matricule_ins, uow.bac.reglages.oid_mode)
    soins = max((c.date for c in facture.cotations), default=facture.date_elaboration)
    return Constat(
        facture=facture,
        praticien_connu=await assures.praticien_par_facturation(uow.session, numero) is not None,
        droits_ouverts=assure is not None and assure.droits_ouverts(soins),
    )


async def _facture(session: AsyncSession, facture_id: str) -> Facture:
    return (await factures.verrouiller(session, facture_id)).to_domain()
