"""``ProfessionnelDep`` and ``PatientDep``: authorisation as a type in a route's signature."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from shared.auth.principal import Patient, Principal, Professionnel
from shared.auth.tokens import JetonRefuse
from shared.errors import Interdit
from shared.web.asgi import entete
from shared.web.deps import contexte
from shared.web.entree import bac_de


async def principal(request: Request) -> Principal:
    schema, _, jeton = (entete(request.scope, b"authorization") or "").partition(" ")
    if schema.lower() != "bearer" or not jeton.strip():
        raise JetonRefuse(
            "BAC-JETON-01",
            "Token missing: send Authorization: Bearer <access_token>",
            "Jeton absent : envoyez Authorization: Bearer <access_token>",
        )
    return await contexte(request).jetons.verifier(jeton.strip(), bac_de(request.scope))


async def professionnel(request: Request) -> Professionnel:
    trouve = await principal(request)
    if not isinstance(trouve, Professionnel):
        raise Interdit(
            "this face is for professionals; the token belongs to a patient",
            "cette face est celle des professionnels ; le jeton est celui d'un patient",
            regle="BAC-AUTH-03",
        )
    return trouve


async def patient(request: Request) -> Patient:
    trouve = await principal(request)
    if not isinstance(trouve, Patient):
        raise Interdit(
            "this face is for the person; the token belongs to a professional",
            "cette face est celle de l'usager ; le jeton est celui d'un professionnel",
            regle="BAC-AUTH-04",
        )
    return trouve


async def service_interne(request: Request) -> str:
    """The name of the sibling service that asks, over the gateway's internal upstream (architecture §11.13)."""
    nom = request.headers.get("bac-service")
    if not nom:
        raise Interdit("internal callers only", "appels internes seulement", regle="BAC-AUTH-05")
    return nom


PrincipalDep = Annotated[Principal, Depends(principal)]
ProfessionnelDep = Annotated[Professionnel, Depends(professionnel)]
PatientDep = Annotated[Patient, Depends(patient)]
ServiceDep = Annotated[str, Depends(service_interne)]
