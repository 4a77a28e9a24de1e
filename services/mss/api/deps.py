"""What the mail routes ask for beside the shared dependencies."""

from typing import Annotated

from fastapi import Depends, Query
from starlette.requests import Request

from services.mss.store.boites import Boite
from services.mss.store.patients import Profil
from services.mss.usecases.patient import profil_lisible
from services.mss.usecases.professionnel import boite_de
from shared.auth.deps import PatientDep, ProfessionnelDep
from shared.web.deps import contexte
from shared.web.entree import bac_de

BoiteParam = Annotated[
    str | None,
    Query(alias="boite", max_length=254, pattern=r"^[^\x00]*$", description="Mailbox; the preferred one if absent"),
]
ProfilParam = Annotated[
    str | None, Query(alias="profil", pattern=r"^[0-9AB]{15}$", description="A child's profile; one's own if absent")
]
NomDossier = Annotated[str, Query(max_length=255, pattern=r"^[^\x00]*$", description="Folder name")]
Taille = Annotated[int, Query(alias="count", ge=1, le=200)]
Avant = Annotated[int | None, Query(ge=1, description="Only what comes before this uid or id")]


async def boite_ouverte(request: Request, professionnel: ProfessionnelDep, boite: BoiteParam = None) -> Boite:
    """The mailbox of the caller, read before any write lock is taken."""
    async with (await contexte(request).spaces.open(bac_de(request.scope).nom)).lecture() as session:
        return await boite_de(session, professionnel.id_nat, boite.lower() if boite else None)


async def profil_ouvert(request: Request, patient: PatientDep, profil: ProfilParam = None) -> Profil:
    async with (await contexte(request).spaces.open(bac_de(request.scope).nom)).lecture() as session:
        return await profil_lisible(session, patient, profil)


BoiteDep = Annotated[Boite, Depends(boite_ouverte)]
ProfilDep = Annotated[Profil, Depends(profil_ouvert)]
