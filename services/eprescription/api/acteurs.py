"""Who is calling: the Pro Santé Connect principal as the sheet's actor (§2.1), and its software."""

from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import Request

from services.eprescription.domain.erreurs import refus
from services.eprescription.domain.habilitation import Acteur
from services.eprescription.domain.tables import par_code
from shared.auth.deps import principal
from shared.auth.principal import Patient, Principal, Professionnel
from shared.decision import avertir
from shared.errors import NonAuthentifie
from shared.web.deps import BacDep

EXPIRE = "BAC-JETON-05"


def profession(pro: Professionnel) -> str:
    """``G15_10``, ``G15_21/A`` (section of the order of pharmacists), ``G15_60/SI01`` (IPA), ``G16_10`` (intern)."""
    exercices: list[dict[str, Any]] = (pro.userinfo.get("SubjectRefPro") or {}).get("exercices") or [{}]
    exercice = exercices[0]
    table = par_code("professions_habilitations")
    if exercice.get("codeCategorieProfessionnelle") == "E" and f"G16_{pro.profession_code}" in table:
        return f"G16_{pro.profession_code}"
    base = f"G15_{pro.profession_code}"
    sections = [a.brut.get("codeSectionPharmacien") for a in pro.activites if a.profession_code == pro.profession_code]
    for detail in (*sections, *pro.savoir_faire):
        if detail and f"{base}/{detail}" in table:
            return f"{base}/{detail}"
    return base


def acteur_de(pro: Professionnel, logiciel: str | None = None) -> Acteur:
    premiere = next((a for a in pro.activites if a.structure_id), None)
    return Acteur(
        id_nat=pro.id_nat,
        nom=pro.nom,
        prenom=pro.prenom,
        profession=profession(pro),
        specialites=frozenset(pro.savoir_faire),
        structure_id=pro.structure_id,
        structure_nom=premiere.structure_nom if premiere else None,
        structures=frozenset(pro.structures),
        logiciel=logiciel,
    )


def _logiciel(request: Request, profil: str) -> str | None:
    """``X-Logiciel: nom/version; agrement=…``; only ``homologation`` insists."""
    entete = request.headers.get("x-logiciel", "").strip()[:255]
    if entete:
        return entete
    if profil == "homologation":
        raise refus("EP-403-06", champ="X-Logiciel")
    avertir("EP-403-06", fr="En-tête X-Logiciel absent.", en="Header X-Logiciel is missing.", champ="X-Logiciel")
    return None


async def identite(request: Request) -> Principal:
    """The bearer of the token; a refusal also carries the code of the sheet (§4.4)."""
    try:
        return await principal(request)
    except NonAuthentifie as refuse:
        refuse.membres["code"] = "EP-401-02" if refuse.regle == EXPIRE else "EP-401-01"
        raise


async def acteur(request: Request, bac: BacDep) -> Acteur:
    qui = await identite(request)
    if isinstance(qui, Patient):
        raise refus("EP-403-01", fr="Le jeton est celui d'un patient.", en="The token belongs to a patient.")
    return acteur_de(qui, _logiciel(request, bac.reglages.profil))


async def assure(request: Request) -> Patient:
    qui = await identite(request)
    if not isinstance(qui, Patient):
        raise refus("EP-403-01", fr="Face réservée à l'usager.", en="This face is for the person.")
    return qui


async def lecteur(request: Request, bac: BacDep) -> Principal | str:
    """A professional, the person, or a sibling service (architecture §11.13), by name."""
    if nom := request.headers.get("bac-service"):
        return nom
    return await identite(request)


ActeurDep = Annotated[Acteur, Depends(acteur)]
LecteurDep = Annotated[Principal | str, Depends(lecteur)]
AssureDep = Annotated[Patient, Depends(assure)]
