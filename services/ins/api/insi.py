"""The JSON façade of INSi: the same engine as ``/lps``, HTTP 200 for 00, 01 and 02 (insi.md §14)."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from services.ins import usecases
from services.ins.api import schemas
from services.ins.api.deps import AppelantDep, InterrogerDep, ReglagesDep, appelant, interroger
from services.ins.store import lots
from shared.decision import operation
from shared.web.asgi import entete
from shared.web.deps import BacDep, IdsDep, LectureDep
from shared.web.reponses import JSONReponse

router = APIRouter(prefix="/insi/v1", tags=["INSi"])


@router.post("/recherche-traits", summary="Recherche de l'INS avec les traits d'identité")
async def recherche_traits(
    demande: schemas.RechercheTraits, appelant: AppelantDep, interroger: InterrogerDep
) -> dict[str, Any]:
    operation("RECSANSVITALE", appelant=appelant)
    return schemas.resultat(await interroger.par_traits(demande.to_domain()), interroger.bac.reglages.oid_mode)


async def recherche_traits_directe(request: Request) -> Response | None:
    """The same, without the ceremony of a route: the hottest exchange of the service (architecture §10). What is not
    a plain request well formed is left to the route, which words the refusal."""
    scope = request.scope
    if scope["query_string"] or not (entete(scope, b"content-type") or "").startswith("application/json"):
        return None
    try:
        demande = schemas.RechercheTraits.model_validate_json(await request.body())
    except ValidationError:
        return None
    qui, ou = await appelant(request), await interroger(request)
    return JSONReponse(await recherche_traits(demande, qui, ou))


@router.post("/recherche-vitale", summary="Recherche de l'INS avec la carte Vitale")
async def recherche_vitale(
    demande: schemas.RechercheVitale, appelant: AppelantDep, interroger: InterrogerDep
) -> dict[str, Any]:
    operation("RECVITALE", appelant=appelant)
    return schemas.resultat(await interroger.par_carte(demande.to_domain()), interroger.bac.reglages.oid_mode)


@router.post("/verification", summary="Vérification unitaire d'une INS")
async def verification(
    demande: schemas.Verification, appelant: AppelantDep, interroger: InterrogerDep, reglages: ReglagesDep
) -> dict[str, Any]:
    """00 or 01, never which trait differs (insi.md §6)."""
    operation("IndividuVerifie", appelant=appelant)
    reponse = await interroger.verifier(demande.to_domain(), controle_cle=reglages.controle_cle)
    return schemas.resultat_verification(reponse)


@router.post("/lots", status_code=202, summary="Vérification par lot (bac à sable)")
async def deposer_lot(
    depot: schemas.DepotLot,
    appelant: AppelantDep,
    interroger: InterrogerDep,
    reglages: ReglagesDep,
    ids: IdsDep,
) -> dict[str, Any]:
    operation("LOT", appelant=appelant, items=len(depot.items))
    lot = await usecases.deposer_lot(
        interroger,
        ids,
        [item.to_domain() for item in depot.items],
        taille_max=reglages.lot_max,
        demandeur=depot.demandeur.finess,
        controle_cle=reglages.controle_cle,
    )
    return schemas.lot(lot, "EN_COURS")


@router.get("/lots/{id_lot}", summary="Résultats d'un lot (bac à sable)")
async def lire_lot(
    id_lot: Annotated[str, Path(pattern=r"^[0-9A-Za-z-]{1,36}$")],
    appelant: AppelantDep,
    reglages: ReglagesDep,
    bac: BacDep,
    session: LectureDep,
) -> dict[str, Any]:
    lot = await lots.lire(session, id_lot)
    return schemas.lot(lot, lot.etat(bac.now(), reglages.lot_delai))
