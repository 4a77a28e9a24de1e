"""``/fse/v1/lots``: batches, their ARL, their NOEMIE return, their B2 rendering (apcv.md §10.4, §10.5)."""

from typing import Any

from fastapi import APIRouter, Depends
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from services.apcv.api.appelant import appelant
from services.apcv.api.schemas import Lot
from services.apcv.api.texte import adresse_propre
from services.apcv.domain.contexte import Professionnel
from services.apcv.store import factures as store
from services.apcv.store.factures import LotRow
from services.apcv.usecases import lots
from shared.auth.deps import ProfessionnelDep
from shared.auth.principal import Professionnel as Titulaire
from shared.decision import operation
from shared.edge.bac import Bac
from shared.errors import Introuvable
from shared.web.deps import BacDep, IdsDep, LectureDep, UowDep

router = APIRouter(prefix="/fse/v1/lots", tags=["FSE"], dependencies=[Depends(adresse_propre)])


class RetourAttendu(Introuvable):
    slug = "retour-attendu"
    regle = "FSE-32"


@router.post("", status_code=201)
async def envoyer(corps: Lot, titulaire: ProfessionnelDep, uow: UowDep, ids: IdsDep) -> dict[str, Any]:
    """Send validated invoices to the body."""
    operation("envoyerLot")
    row = await store.verrouiller(uow.session, corps.factures[0])
    ps = await appelant(uow.session, uow.bac, titulaire, row.identifiant_facturation)
    return _lot(await lots.envoyer(uow, ids, ps, corps.factures))


@router.get("/{lot_id}")
async def lire(lot_id: str, titulaire: ProfessionnelDep, session: LectureDep, bac: BacDep) -> dict[str, Any]:
    """One batch of invoices and where it stands."""
    return _lot((await _lot_de(session, bac, titulaire, lot_id))[0])


@router.get("/{lot_id}/arl")
async def arl(lot_id: str, titulaire: ProfessionnelDep, session: LectureDep, bac: BacDep) -> dict[str, Any]:
    """The acknowledgement, ten seconds after the sending on the bac's clock."""
    lot, _ = await _lot_de(session, bac, titulaire, lot_id)
    return _exiger(lot.arl, "ARL")


@router.get("/{lot_id}/noemie")
async def noemie(lot_id: str, titulaire: ProfessionnelDep, session: LectureDep, bac: BacDep) -> dict[str, Any]:
    """Payments and rejections, two days after the sending on the bac's clock."""
    lot, _ = await _lot_de(session, bac, titulaire, lot_id)
    return _exiger(lot.noemie, "NOEMIE")


@router.get("/{lot_id}/b2", response_class=Response)
async def en_b2(lot_id: str, titulaire: ProfessionnelDep, session: LectureDep, bac: BacDep) -> Response:
    """The batch as it travels."""
    lot, ps = await _lot_de(session, bac, titulaire, lot_id)
    return Response(await lots.en_b2(session, lot, ps), media_type="text/plain; charset=us-ascii")


async def _lot_de(session: AsyncSession, bac: Bac, titulaire: Titulaire, lot_id: str) -> tuple[LotRow, Professionnel]:
    trouve = await store.verrouiller_lot(session, lot_id)
    ps = await appelant(session, bac, titulaire, trouve.identifiant_facturation)
    return await lots.lire(session, lot_id, ps), ps


def _exiger(retour: dict[str, Any] | None, nom: str) -> dict[str, Any]:
    if retour is None:
        raise RetourAttendu(f"No {nom} yet.", f"Pas encore de {nom}.", champ="lot")
    return retour


def _lot(lot: LotRow) -> dict[str, Any]:
    return {
        "id": lot.lot_id,
        "numero": lot.numero,
        "date": lot.cree_le.isoformat(),
        "factures": lot.factures,
        "arl": lot.arl["type"] if lot.arl else None,
        "noemie": lot.noemie is not None,
    }
