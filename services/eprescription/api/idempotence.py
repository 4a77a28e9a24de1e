"""``Idempotency-Key``: the same key and body get the first answer again (e-prescription §2.5.6)."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, update
from starlette.requests import Request
from starlette.responses import Response

from services.eprescription.api.corps import cle_idempotence
from services.eprescription.config import EprescriptionSettings
from services.eprescription.domain.erreurs import refus
from services.eprescription.store.annexes import IdempotenceRow
from shared.db.directe import Directe
from shared.db.unit_of_work import UnitOfWork
from shared.db.upsert import inserer_si_absent
from shared.web.reponses import JSONReponse

REJOUE = "Idempotency-Replayed"


def reponse(contenu: Any, status: int = 200, **entetes: str) -> Response:
    return JSONReponse(contenu, status_code=status, headers={k.replace("_", "-"): v for k, v in entetes.items()})


async def une_fois(
    request: Request,
    uow: UnitOfWork,
    appelant: str,
    corps: bytes,
    settings: EprescriptionSettings,
    agir: Callable[[], Awaitable[Response]],
) -> Response:
    """Run ``agir`` unless this key already did; another body under the same key is EP-409-02.

    The key is claimed before acting, in the same transaction: of two simultaneous submissions the second waits for
    the first, then reads its answer; a refusal rolls the claim back.
    """
    cle = cle_idempotence(request, uow.bac)
    if cle is None:
        return await agir()
    empreinte = hashlib.sha256(f"{request.method} {request.scope['path']}\n".encode() + corps).hexdigest()
    qui = {"appelant": appelant[:64], "cle": cle}
    row = await _reserver(uow, qui, empreinte, settings)
    if row is not None:
        if row.requete != empreinte:
            raise refus("EP-409-02", champ="Idempotency-Key")
        return Response(row.reponse, row.statut, {**row.entetes, REJOUE: "true"})
    sortie = await agir()
    entetes = {k: v for k, v in sortie.headers.items() if k.lower() not in {"content-length"}}
    donnee = {"statut": sortie.status_code, "reponse": bytes(sortie.body), "entetes": entetes}
    await _REPONDU.jouer(uow.session, {"le_sien": qui["appelant"], "la_sienne": cle, **donnee})
    return sortie


_IDEMPOTENCE: Any = IdempotenceRow.__table__
_REPONDU = Directe(
    update(_IDEMPOTENCE).where(
        _IDEMPOTENCE.c.appelant == bindparam("le_sien"), _IDEMPOTENCE.c.cle == bindparam("la_sienne")
    )
)


async def _reserver(
    uow: UnitOfWork, qui: dict[str, str], empreinte: str, settings: EprescriptionSettings
) -> IdempotenceRow | None:
    """Claim the key (None), or the row of whoever claimed it first; a key too old is claimed anew."""
    valeurs = {"requete": empreinte, "statut": 0, "reponse": b"null", "entetes": {}, "cree_le": uow.now()}
    while not await inserer_si_absent(uow.session, _IDEMPOTENCE, **qui, **valeurs):
        ancienne = await uow.session.get_one(IdempotenceRow, (qui["appelant"], qui["cle"]), populate_existing=True)
        if uow.now() - ancienne.cree_le < timedelta(hours=settings.idempotence_heures):
            return ancienne
        await uow.session.delete(ancienne)
        await uow.session.flush()
    return None
