"""U1 to U3: the person reads, opposes, and sees who accessed what."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.eprescription.api import ressources
from services.eprescription.api.acteurs import AssureDep
from services.eprescription.api.contrat import REFUS, corps_de
from services.eprescription.api.corps import CorpsDep, lire
from services.eprescription.api.idempotence import reponse
from services.eprescription.api.prescriptions import reponse_pdf
from services.eprescription.api.schemas import Oppositions
from services.eprescription.domain import numero as numeros
from services.eprescription.store import executions
from services.eprescription.usecases import citoyen
from services.eprescription.usecases.consulter import Vue
from shared.decision import operation
from shared.web.deps import LectureDep, UowDep

router = APIRouter(prefix="/eprescription/v1/patient", tags=["patient"], responses=REFUS)


@router.get("/prescriptions")
async def lister(patient: AssureDep, session: LectureDep) -> Response:
    """U1."""
    operation("U1")
    rows = await citoyen.mes_prescriptions(session, patient.matricule_ins)
    return reponse([ressources.resume(row, executions=True) for row in rows])


@router.get("/prescriptions/{numero}")
async def consulter(numero: str, patient: AssureDep, session: LectureDep) -> Response:
    """U1, with everything that was delivered."""
    operation("U1")
    row = await citoyen.ma_prescription(session, patient.matricule_ins, numeros.lire(numero))
    faites = await executions.de_la_prescription(session, row.numero)
    vue = ressources.prescription(Vue(row, "PATIENT", executions=True))
    return reponse(vue | {"executions": ressources.executions(faites)})


@router.get("/prescriptions/{numero}/pdf")
async def telecharger(request: Request, numero: str, patient: AssureDep, session: LectureDep) -> Response:
    """U1."""
    operation("U1")
    row = await citoyen.ma_prescription(session, patient.matricule_ins, numeros.lire(numero))
    return reponse_pdf(request, row)


@router.get("/oppositions")
async def mes_oppositions(patient: AssureDep, session: LectureDep) -> Response:
    """U2: who may not see what was delivered."""
    return reponse({"prescripteurs": await citoyen.mes_oppositions(session, patient.matricule_ins)})


@router.put("/oppositions", openapi_extra=corps_de(Oppositions))
async def s_opposer(patient: AssureDep, corps: CorpsDep, uow: UowDep) -> Response:
    """U2. The whole list; ``*`` is every prescriber. A later opposition wins over OUI (§4.2)."""
    operation("U2")
    voulus = lire(Oppositions, corps, uow.bac).prescripteurs
    return reponse({"prescripteurs": await citoyen.s_opposer(uow, patient.matricule_ins, voulus)})


@router.get("/acces")
async def mes_acces(patient: AssureDep, session: LectureDep) -> Response:
    """U3."""
    operation("U3")
    return reponse([t.to_json() for t in await citoyen.mes_acces(session, patient.matricule_ins)])
