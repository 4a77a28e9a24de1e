"""D1 to D6 and P11: the executant's side."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from services.eprescription.api import ressources
from services.eprescription.api.acteurs import ActeurDep
from services.eprescription.api.contrat import REFUS, corps_de
from services.eprescription.api.corps import CorpsDep, if_match, lire
from services.eprescription.api.idempotence import reponse, une_fois
from services.eprescription.api.prescriptions import etag, reglages
from services.eprescription.api.schemas import (
    AnnulationExecution,
    DemandeAccord,
    DemandePriseEnCharge,
    ExecutionPapier,
    LectureQr,
    ReponseAccord,
)
from services.eprescription.domain import numero as numeros
from services.eprescription.domain import qr as codes_qr
from services.eprescription.domain.erreurs import refus
from services.eprescription.domain.execution import Execution
from services.eprescription.domain.habilitation import types_executes, types_prescrits
from services.eprescription.usecases import accorder, consulter, dispenser, papier, prise_en_charge
from shared.decision import operation
from shared.web.deps import BacDep, IdsDep, LectureDep, UowDep

router = APIRouter(prefix="/eprescription/v1", tags=["exécutant"], responses=REFUS)

Identifiant = Annotated[str, Path(pattern=r"^[a-z]{3}-[0-9A-Za-z-]{1,60}$")]
JETON_MAX = 200
JetonDep = Annotated[str | None, Header(alias="X-Prise-En-Charge", max_length=JETON_MAX)]


@router.post("/qr/lecture", openapi_extra=corps_de(LectureQr))
async def lire_qr(acteur: ActeurDep, corps: CorpsDep, bac: BacDep) -> Response:
    """D1. Decode a scanned code; no lock, nothing is read from the base."""
    operation("D1")
    if not types_executes(acteur) and not types_prescrits(acteur.profession):
        raise refus("EP-403-01", regle="DSP-19", profession=acteur.profession)
    lecture = codes_qr.lire(lire(LectureQr, corps, bac).contenu)
    contenu: dict[str, Any] = {
        "numero": lecture.numero,
        "numeroAffiche": numeros.grouper(lecture.numero),
        "mode": lecture.mode,
        "authentique": lecture.mode == "signe" or None,
        "dateRedaction": lecture.date_redaction.isoformat() if lecture.date_redaction else None,
        "kid": lecture.kid,
    }
    return reponse(contenu)


def _numero(demande: DemandePriseEnCharge) -> str:
    if demande.qr is not None:
        return codes_qr.lire(demande.qr).numero
    return numeros.lire(demande.numero or "")


@router.post("/prises-en-charge", status_code=201, openapi_extra=corps_de(DemandePriseEnCharge))
async def prendre_en_charge(request: Request, acteur: ActeurDep, corps: CorpsDep, uow: UowDep) -> Response:
    """D2. 201 when the lock is new, 200 when the same structure recovers it; 423 for a rival."""
    operation("D2")
    demande = lire(DemandePriseEnCharge, corps, uow.bac)
    pec = await prise_en_charge.prendre_en_charge(
        uow,
        acteur,
        _numero(demande),
        reglages(request),
        structure=demande.structure,
        controle_ins=demande.controle_ins,
        exceptionnelle=demande.exceptionnelle,
    )
    operation("D2", numero=pec.row.numero)
    return reponse(ressources.prise_en_charge(pec), 200 if pec.recuperee else 201, ETag=etag(pec.row))


@router.put("/prises-en-charge/{identifiant}")
async def prolonger(
    request: Request, identifiant: Identifiant, acteur: ActeurDep, uow: UowDep, jeton: JetonDep = None
) -> Response:
    """D3. A whole new delay, the same token."""
    operation("D3")
    expire_a = await prise_en_charge.prolonger(uow, acteur, identifiant, jeton, reglages(request))
    return reponse({"id": identifiant, "expireA": expire_a.isoformat()})


@router.delete("/prises-en-charge/{identifiant}", status_code=204)
async def liberer(identifiant: Identifiant, acteur: ActeurDep, uow: UowDep, jeton: JetonDep = None) -> Response:
    """D3. Free choice is legal: another pharmacy may take over."""
    operation("D3")
    await prise_en_charge.liberer(uow, acteur, identifiant, jeton)
    return Response(status_code=204)


@router.post("/executions", status_code=201, openapi_extra=corps_de(Execution))
async def delivrer(
    request: Request, acteur: ActeurDep, corps: CorpsDep, uow: UowDep, ids: IdsDep, jeton: JetonDep = None
) -> Response:
    """D4. Needs the token of the prise en charge; several deliveries until everything is handed over."""
    operation("D4")
    e = lire(Execution, corps, uow.bac)
    e = e.model_copy(update={"numero": numeros.lire(e.numero)})

    async def agir() -> Response:
        version = if_match(request, uow.bac) if "if-match" in request.headers else None
        fait = await dispenser.delivrer(uow, acteur, e, jeton, reglages(request), ids, if_match=version)
        operation("D4", numero=fait.row.numero, statut=fait.row.statut)
        lien = f"{ressources.BASE}/executions/{fait.execution.id}"
        return reponse(ressources.delivrance(fait), 201, ETag=etag(fait.row), Location=lien)

    return await une_fois(request, uow, acteur.id_nat, corps, reglages(request), agir)


@router.get("/executions/{identifiant}")
async def lire_execution(identifiant: Identifiant, acteur: ActeurDep, session: LectureDep) -> Response:
    """D5."""
    operation("D5")
    return reponse(ressources.execution(await consulter.execution(session, acteur, identifiant)))


@router.post("/executions/{identifiant}/annulation", openapi_extra=corps_de(AnnulationExecution, requis=False))
async def annuler_execution(
    request: Request, identifiant: Identifiant, acteur: ActeurDep, corps: CorpsDep, uow: UowDep
) -> Response:
    """D5. The same structure, within 24 hours: the counters come back."""
    operation("D5")
    demande = lire(AnnulationExecution, corps or b"{}", uow.bac)

    async def agir() -> Response:
        fait = await dispenser.annuler_delivrance(uow, acteur, identifiant, reglages(request), demande.motif)
        return reponse(ressources.delivrance(fait), ETag=etag(fait.row))

    return await une_fois(request, uow, acteur.id_nat, corps, reglages(request), agir)


@router.post("/executions-papier", status_code=201, openapi_extra=corps_de(ExecutionPapier))
async def declarer_papier(request: Request, acteur: ActeurDep, corps: CorpsDep, uow: UowDep, ids: IdsDep) -> Response:
    """D7. The paper road of R.4073-2, with its reason (GEN-23)."""
    operation("D7")
    e = lire(ExecutionPapier, corps, uow.bac)

    async def agir() -> Response:
        row = await papier.declarer(
            uow,
            acteur,
            type_prescription=e.type,
            matricule=e.matricule_ins,
            motif=e.motif,
            le=e.date,
            structure=e.structure,
            contenu=e.model_dump(mode="json", by_alias=True, exclude_unset=True),
            ids=ids,
        )
        return reponse({"id": row.id, "motif": row.motif, "date": row.date.isoformat()}, 201)

    return await une_fois(request, uow, acteur.id_nat, corps, reglages(request), agir)


@router.post("/demandes-accord", status_code=201, openapi_extra=corps_de(DemandeAccord))
async def demander_accord(acteur: ActeurDep, corps: CorpsDep, uow: UowDep, ids: IdsDep) -> Response:
    """D6. The prescriber answers by P11; the id is quoted in ``adaptation.accord.demandeId``."""
    operation("D6")
    d = lire(DemandeAccord, corps, uow.bac)
    demande = await accorder.demander(uow, acteur, numeros.lire(d.numero), d.rang, d.adaptation, ids)
    return reponse(demande.to_json(), 201, Location=f"{ressources.BASE}/demandes-accord/{demande.id}")


@router.get("/demandes-accord")
async def lister_demandes(
    acteur: ActeurDep, session: LectureDep, statut: Annotated[str | None, Query(pattern=r"^[A-Z_]{1,12}$")] = None
) -> Response:
    """P11."""
    operation("P11")
    return reponse([d.to_json() for d in await accorder.lister(session, acteur, statut)])


@router.get("/demandes-accord/{identifiant}")
async def lire_demande(identifiant: Identifiant, acteur: ActeurDep, session: LectureDep) -> Response:
    """D6, P11: one request, for the prescriber and for the structure that asked."""
    return reponse((await accorder.lire(session, acteur, identifiant)).to_json())


@router.post("/demandes-accord/{identifiant}/reponse", openapi_extra=corps_de(ReponseAccord))
async def repondre(identifiant: Identifiant, acteur: ActeurDep, corps: CorpsDep, uow: UowDep) -> Response:
    """P11."""
    operation("P11")
    r = lire(ReponseAccord, corps, uow.bac)
    return reponse((await accorder.repondre(uow, acteur, identifiant, r.reponse, r.commentaire)).to_json())
