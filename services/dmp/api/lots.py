"""/fhir/dmp/List: ITI-66, search and read submission sets (dmp.md §4.2, §5.2)."""

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from services.dmp.api import criteres as criteres_fhir
from services.dmp.api.appel import AppelDep, ecrire
from services.dmp.api.documents import base, formulaire
from services.dmp.api.texte import adresse_propre
from services.dmp.fhir import ressources
from services.dmp.store.documents import LotRow
from services.dmp.usecases import consultation, recherche
from services.dmp.usecases.ouverture import visiter
from services.dmp.usecases.visite import Appel
from shared.db.unit_of_work import UnitOfWork
from shared.decision import operation
from shared.fhir.bundle import Entree, searchset
from shared.fhir.negociation import negocier
from shared.fhir.reponse import FhirResponse

router = APIRouter(prefix="/fhir/dmp", tags=["FHIR"], dependencies=[Depends(adresse_propre)])


# ── ITI-66: lots ────────────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/List", tags=["ITI-66"], response_class=FhirResponse)
async def chercher_lots(request: Request, appel: AppelDep) -> Response:
    """Find submission sets (ITI-66)."""
    return await _chercher_lots(request, appel, list(request.query_params.multi_items()))


@router.post("/List/_search", tags=["ITI-66"], response_class=FhirResponse)
async def chercher_lots_post(request: Request, appel: AppelDep) -> Response:
    """Find submission sets, criteria in a form (ITI-66)."""
    return await _chercher_lots(request, appel, await formulaire(request))


async def _chercher_lots(request: Request, appel: Appel, couples: list[tuple[str, str]]) -> Response:
    operation("ITI-66")
    negocier(request.headers.get("accept"), dict(couples).get("_format"))
    profil = appel.bac.reglages.profil
    lue = criteres_fhir.lire(couples, criteres_fhir.LISTE, prefer=request.headers.get("prefer"), profil=profil)
    matricule, oid = criteres_fhir.patient(lue)
    tests = criteres_fhir.lots(lue)

    async def faire(uow: UnitOfWork) -> tuple[list[LotRow], int]:
        visite = await visiter(uow, appel, matricule, oid)
        return await recherche.lots(visite, tests, lue.count, lue.offset)

    trouves, total = await ecrire(request, appel, faire)
    racine = base(appel)
    entrees = [Entree(f"{racine}/List/{lot.id}", ressources.servir(lot.ressource, racine)) for lot in trouves]
    return FhirResponse(searchset(entrees, total=total, liens=lue.liens(f"{racine}/List", total=total)))


@router.get("/List/{id}", tags=["ITI-66"], response_class=FhirResponse)
async def lire_lot(id: str, request: Request, appel: AppelDep) -> Response:
    """One submission set."""
    operation("ITI-66", lecture=True)

    async def faire(uow: UnitOfWork) -> bytes:
        lot = await uow.session.get(LotRow, id)
        if lot is None:
            raise consultation.DocumentIntrouvable(id)
        visite = await visiter(uow, appel, lot.matricule_ins)
        trouves, _ = await recherche.lots(visite, [lambda candidat: candidat.id == id], 1, 0)
        if not trouves:
            raise consultation.DocumentIntrouvable(id)
        return trouves[0].ressource

    return FhirResponse(ressources.servir(await ecrire(request, appel, faire), base(appel)), version=1)
