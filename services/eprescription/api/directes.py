"""P3 and D4 answered at the door, without the ceremony of a route (architecture §10): the same functions, the same
answers; what a route would refuse by its signature is left to the route."""

from starlette.requests import Request
from starlette.responses import Response

from services.eprescription.api import dispensation, prescriptions
from services.eprescription.api.acteurs import acteur
from services.eprescription.api.corps import corps_json
from shared.web.deps import contexte, ids
from shared.web.entree import bac_de


async def creer(request: Request) -> Response:
    """P3."""
    bac = bac_de(request.scope)
    qui, corps = await acteur(request, bac), await corps_json(request)
    async with contexte(request).transaction(bac) as uow:
        return await prescriptions.creer(request, qui, corps, uow)


async def delivrer(request: Request) -> Response | None:
    """D4."""
    jeton = request.headers.get("x-prise-en-charge")
    if jeton is not None and len(jeton) > dispensation.JETON_MAX:
        return None
    bac = bac_de(request.scope)
    qui, corps = await acteur(request, bac), await corps_json(request)
    async with contexte(request).transaction(bac) as uow:
        return await dispensation.delivrer(request, qui, corps, uow, await ids(request), jeton)
