"""/mes/v1/enrolment: activation of Mon espace santé (mon-espace-sante.md §2.2)."""

import asyncio
import os
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from services.dmp.api.appel import ecrire_bac, reglages
from services.dmp.api.texte import Corps, adresse_propre
from services.dmp.domain.activation import CodeRefuse, hacher, mot_de_passe_faible
from services.dmp.store import dossiers
from services.dmp.usecases import activation
from shared.db.unit_of_work import UnitOfWork
from shared.decision import operation
from shared.web.deps import BacDep
from shared.web.reponses import JSONReponse

router = APIRouter(prefix="/mes/v1", tags=["MES activation"], dependencies=[Depends(adresse_propre)])

_Texte = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class Enrolement(Corps):
    nir: str = Field(pattern=r"^[0-9AB ]{13,20}$", description="13 digits and the key; blanks are ignored")
    birthDate: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")  # the wire's own spelling
    vitaleFormat: Literal["photo", "nophoto"]
    vitaleSerial: str = Field(max_length=20)


class Decision(Corps):
    profileRef: str | None = Field(None, max_length=4)
    decision: Literal["activate", "oppose"]
    termsAccepted: bool = False


class Envoi(Corps):
    channel: Literal["sms", "email", "post"]


class Confirmation(Corps):
    code: str = Field(max_length=40)
    login: _Texte
    password: str = Field(max_length=200)
    email: str | None = Field(None, max_length=200, pattern=r"^[^@\s]+@[^@\s]+$")


@router.post("/enrolment", status_code=201)
async def ouvrir(demande: Enrolement, request: Request, bac: BacDep) -> Response:
    """Step 1: social security number, birth date and serial number of the Vitale card."""
    operation("MES-ACTIVATION", etape="identite")
    settings = reglages(request)
    nir = demande.nir.replace(" ", "")
    identite = activation.Identite(nir, demande.birthDate, demande.vitaleFormat, demande.vitaleSerial)

    async def faire(uow: UnitOfWork) -> dict[str, Any]:
        row, candidats = await activation.ouvrir(uow, settings, identite)
        porteur = await dossiers.dossier(uow.session, nir)
        assert porteur is not None
        return activation.resume(row, candidats, porteur)

    return JSONReponse(await ecrire_bac(request, bac, faire), 201)


@router.post("/enrolment/{id}/decision")
async def decider(id: str, demande: Decision, request: Request, bac: BacDep) -> Response:
    """Step 2: activate or oppose."""
    operation("MES-ACTIVATION", etape="decision", decision=demande.decision)
    settings = reglages(request)

    async def faire(uow: UnitOfWork) -> dict[str, Any]:
        row = await activation.decider(
            uow,
            settings,
            id,
            profil_ref=demande.profileRef,
            decision=demande.decision,
            conditions=demande.termsAccepted,
        )
        return {"state": row.etat}

    return JSONReponse(await ecrire_bac(request, bac, faire))


@router.post("/enrolment/{id}/code", status_code=202)
async def envoyer(id: str, demande: Envoi, request: Request, bac: BacDep) -> Response:
    """Step 3: the provisional code leaves by SMS, e-mail or post."""
    operation("MES-ACTIVATION", etape="code", canal=demande.channel)

    async def faire(uow: UnitOfWork) -> None:
        await activation.envoyer_code(uow, id, demande.channel)

    await ecrire_bac(request, bac, faire)
    return JSONReponse({"channel": demande.channel}, 202)


@router.post("/enrolment/{id}/confirm", status_code=201)
async def confirmer(id: str, demande: Confirmation, request: Request, bac: BacDep) -> Response:
    """Step 4: the code opens the account; the profile becomes ACTIVE."""
    operation("MES-ACTIVATION", etape="confirmation")
    settings = reglages(request)
    if (faiblesse := mot_de_passe_faible(demande.password)) is not None:
        raise CodeRefuse(
            "the password is too weak: 12 characters with a lower and an upper case letter, a digit and a sign",
            f"mot de passe trop faible : {faiblesse}",
            regle="MES-ACT-12",
            champ="password",
            membres={"code": "MES_PASSWORD_WEAK", "retryable": True},
        )
    empreinte = await asyncio.to_thread(hacher, demande.password, os.urandom(16))

    async def faire(uow: UnitOfWork) -> dict[str, Any]:
        row = await activation.confirmer(
            uow,
            settings,
            id,
            code=demande.code,
            identifiant=demande.login,
            mot_de_passe=empreinte,
            email=demande.email,
        )
        return {
            "profileId": row.matricule_ins,
            "state": row.etat,
            "patientMailbox": f"{row.matricule_ins}@patient.mssante.fr",
        }

    return JSONReponse(await ecrire_bac(request, bac, faire), 201)
