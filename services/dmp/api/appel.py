"""From a Pro Santé Connect identity to the caller of the access decision (dmp.md §2.1, §2.2)."""

import contextlib
from collections.abc import Awaitable, Callable
from typing import Annotated, Final, TypeVar
from urllib.parse import unquote

from fastapi import Depends
from starlette.requests import Request

from services.dmp.config import DmpSettings
from services.dmp.domain.situation import Acteur, ModeAcces, TypeActeur
from services.dmp.store import traces
from services.dmp.usecases.visite import Appel, RefusTrace
from shared.auth.deps import PatientDep, ProfessionnelDep, professionnel
from shared.auth.principal import Patient, Professionnel
from shared.db.unit_of_work import UnitOfWork
from shared.edge.bac import Bac
from shared.errors import Invalide
from shared.web.deps import BacDep, contexte
from shared.web.entree import bac_de

T = TypeVar("T")

ENTETE_MODE: Final = "Mode-Acces"
ENTETE_RAISON: Final = "Mode-Acces-Raison"
ENTETE_CODE: Final = "Code-Acces"
_STRUCTURE_DE: Final = {"3": "1", "4": "2", "5": "3"}
_SYSTEMES: Final = {"71": "R95", "72": "R95", "73": "R95", "93": "R95", "97": "R95"}


class ModeInconnu(Invalide):
    regle = "DMP-V7"


def reglages(request: Request) -> DmpSettings:
    settings = contexte(request).settings
    assert isinstance(settings, DmpSettings)
    return settings


def acteur_de(pro: Professionnel) -> Acteur:
    """PSC claims as VIHF attributes: profession, speciality, structure, sector, regulation right."""
    prefixe, _, suffixe = pro.id_nat.partition("/")
    employe = bool(suffixe) and prefixe[:1] in _STRUCTURE_DE
    premiere = pro.activites[0] if pro.activites else None
    structure = pro.structure_id
    if structure is None and employe:
        structure = f"{_STRUCTURE_DE[prefixe[0]]}{prefixe[1:]}"
    type_ = TypeActeur.PS
    if employe:
        type_ = TypeActeur.CPE if suffixe.startswith("CP") else TypeActeur.STRUCTURE
    profession, systeme = pro.profession_code, _systeme(pro.profession_code)
    role = str(premiere.brut.get("codeRole") or "") if premiere else ""
    if profession == "99" and role:
        profession, systeme = role, "R85"
    return Acteur(
        type=type_,
        id_nat=pro.id_nat,
        nom=f"{pro.prenom} {pro.nom}".strip(),
        profession=profession or None,
        systeme_profession=systeme,
        specialite=pro.savoir_faire[0] if pro.savoir_faire else None,
        structure_id=structure,
        structure_nom=premiere.structure_nom if premiere else None,
        structures=frozenset({*pro.structures, *([structure] if structure else [])}),
        secteur=premiere.secteur if premiere else None,
        regulateur=str(pro.userinfo.get("Acces_Regulation_Medicale", "")).upper() == "VRAI",
    )


def _systeme(code: str) -> str:
    if code in _SYSTEMES:
        return _SYSTEMES[code]
    return "R94" if code.isdigit() and 41 <= int(code) <= 53 and code != "50" else "G15"


def mode_de(request: Request, pro: Professionnel) -> tuple[ModeAcces, str | None]:
    """The access mode: headers of the call first, then the claims of the token (V7)."""
    raison = _texte(request.headers.get(ENTETE_RAISON)) or str(pro.userinfo.get("Mode_Acces_Raison") or "") or None
    brut = request.headers.get(ENTETE_MODE)
    if brut is None:
        return ModeAcces.NORMAL, raison
    try:
        return ModeAcces(brut.strip().lower()), raison
    except ValueError:
        admis = ", ".join(m.value for m in ModeAcces)
        raise ModeInconnu(
            f"{ENTETE_MODE} {brut!r} is not one of {admis}",
            f"{ENTETE_MODE} {brut!r} n'est pas parmi {admis}",
            champ=ENTETE_MODE,
        ) from None


def _texte(valeur: str | None) -> str | None:
    """A header in UTF-8 (raw or percent-encoded)."""
    if valeur is None:
        return None
    with contextlib.suppress(UnicodeDecodeError):
        valeur = valeur.encode("latin-1").decode()
    return unquote(valeur).replace("\x00", "").strip()[:400] or None


async def appel_professionnel(request: Request, pro: ProfessionnelDep, bac: BacDep) -> Appel:
    mode, motif = mode_de(request, pro)
    return Appel(
        acteur=acteur_de(pro),
        bac=bac,
        settings=reglages(request),
        mode=mode,
        motif=motif,
        logiciel=pro.client_id or None,
        code_acces=_texte(request.headers.get(ENTETE_CODE)),
    )


async def appel_direct(request: Request) -> Appel:
    """The same for a handler called before any routing."""
    return await appel_professionnel(request, await professionnel(request), bac_de(request.scope))


def acteur_patient(patient: Patient, *, representant: bool = False) -> Acteur:
    return Acteur(
        type=TypeActeur.REPRESENTANT if representant else TypeActeur.PATIENT,
        id_nat=patient.matricule_ins,
        nom=f"{patient.prenom} {patient.nom}".strip(),
    )


async def appel_patient(request: Request, patient: PatientDep, bac: BacDep) -> Appel:
    return Appel(
        acteur=acteur_patient(patient), bac=bac, settings=reglages(request), logiciel=patient.client_id or None
    )


AppelDep = Annotated[Appel, Depends(appel_professionnel)]
AppelPatientDep = Annotated[Appel, Depends(appel_patient)]


async def ecrire(request: Request, appel: Appel, faire: Callable[[UnitOfWork], Awaitable[T]]) -> T:
    return await ecrire_bac(request, appel.bac, faire)


async def ecrire_bac(request: Request, bac: Bac, faire: Callable[[UnitOfWork], Awaitable[T]]) -> T:
    """Run a use case in its own transaction. A refused access rolls nothing back: it commits the trace it left."""
    space = await contexte(request).spaces.open(bac.nom)
    async with space.transaction(bac) as uow:
        try:
            return await faire(uow)
        except RefusTrace as refuse:
            if refuse.trace is not None:
                await traces.ecrire(uow.session, refuse.trace)
            refus = refuse.refus
    raise refus
