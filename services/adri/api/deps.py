"""What the routes of ``adri`` ask for."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from services.adri.config import AdriSettings
from services.adri.domain.acquisition import Demandeur
from services.adri.usecases import Interroger
from shared.auth.deps import professionnel
from shared.decision import avertir
from shared.errors import NonAuthentifie
from shared.monde.professionnels import PAR_ID_NAT
from shared.web.deps import contexte
from shared.web.entree import bac_de


def reglages(request: Request) -> AdriSettings:
    trouves = contexte(request).settings
    assert isinstance(trouves, AdriSettings)
    return trouves


async def interroger(request: Request) -> Interroger:
    bac = bac_de(request.scope)
    espace = await contexte(request).spaces.open(bac.nom)
    return Interroger(espace, bac, reglages(request).attente_contexte_ms / 1000)


async def demandeur(request: Request) -> Demandeur:
    """Who asks over JSON: a professional's token, a sibling service, or nobody in ``lenient``.

    A persona's billing number is known from the demonstration world, so a request need not repeat it.
    """
    if request.headers.get("bac-service") is not None:
        return Demandeur()
    try:
        id_nat = (await professionnel(request)).id_nat
    except NonAuthentifie as refus:
        if bac_de(request.scope).reglages.profil != "lenient":
            raise
        avertir(refus.regle, fr=refus.fr, en=refus.en)
        return Demandeur()
    persona = PAR_ID_NAT.get(id_nat)
    facturation = persona.facturation if persona else None
    return Demandeur(
        identifiant_facturation=facturation.numero if facturation else None,
        specialite=facturation.specialite if facturation else None,
        id_nat=id_nat,
    )


InterrogerDep = Annotated[Interroger, Depends(interroger)]
ReglagesDep = Annotated[AdriSettings, Depends(reglages)]
DemandeurDep = Annotated[Demandeur, Depends(demandeur)]
