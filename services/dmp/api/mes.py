"""/mes/v1: the citizen's own space (mon-espace-sante.md §5 and §6). Every route takes a patient token."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from services.dmp.api import rendus
from services.dmp.api.appel import AppelPatientDep, ecrire
from services.dmp.api.texte import Corps, adresse_propre
from services.dmp.fhir.patient import autorisation as rendre_autorisation
from services.dmp.fhir.ressources import instant
from services.dmp.store import dossiers, mes
from services.dmp.usecases import autorisations, citoyen, historique
from services.dmp.usecases.visite import est_mineur
from shared.db.unit_of_work import UnitOfWork
from shared.decision import operation
from shared.errors import Invalide
from shared.web.reponses import JSONReponse

router = APIRouter(prefix="/mes/v1", tags=["Mon espace santé"], dependencies=[Depends(adresse_propre)])

ProfilQuery = Annotated[
    str | None, Query(alias="profil", pattern=r"^[0-9AB]{15}$", description="A person one represents (minor, ward)")
]


# ── profile ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/profil")
async def profil(request: Request, appel: AppelPatientDep, profil: ProfilQuery = None) -> Response:
    """State and settings of the profile, and the profiles one represents."""
    operation("MES-PROFIL")

    async def faire(uow: UnitOfWork) -> dict[str, Any]:
        visite = await citoyen.chez(uow, appel, profil, actif=False)
        enfants = await dossiers.representes(uow.session, appel.acteur.id_nat or "") if profil is None else []
        return {
            **rendus.profil(await citoyen.dossier(visite)),
            "represente": [
                {"profil": r.matricule_ins, "prenom": r.prenom, "etat": r.etat, "nature": lien.nature}
                for lien, r in enfants
                if lien.nature != "parent" or est_mineur(r.date_naissance, appel.now)
            ],
        }

    return JSONReponse(await ecrire(request, appel, faire))


class Fermeture(Corps):
    raison: str | None = Field(None, max_length=400)
    express: bool = Field(False, description="Ask for the deletion of the data within three months")


@router.post("/profil/fermeture")
async def fermer(demande: Fermeture, request: Request, appel: AppelPatientDep, profil: ProfilQuery = None) -> Response:
    """Close the profile; it can be reopened."""
    operation("MES-FERMETURE", express=demande.express)

    async def faire(uow: UnitOfWork) -> dict[str, Any]:
        visite = await citoyen.chez(uow, appel, profil, actif=False)
        return rendus.profil(await citoyen.fermer(visite, raison=demande.raison, express=demande.express))

    return JSONReponse(await ecrire(request, appel, faire))


@router.post("/profil/reouverture")
async def rouvrir(request: Request, appel: AppelPatientDep, profil: ProfilQuery = None) -> Response:
    """A closed space comes back with its archive; a suspension is contested; an opposition is reversed."""
    operation("MES-REOUVERTURE")

    async def faire(uow: UnitOfWork) -> dict[str, Any]:
        return rendus.profil(await citoyen.rouvrir(await citoyen.chez(uow, appel, profil, actif=False)))

    return JSONReponse(await ecrire(request, appel, faire))


class Reglages(Corps):
    bris_de_glace: bool | None = Field(None, description="Let professionals break the glass")
    centre_15: bool | None = Field(None, description="Let the regulating doctor of the SAMU read")
    masques_en_urgence: bool | None = Field(None, description="Show masked documents in an emergency")
    notification_acces: Literal["premier", "chaque_jour", "chaque"] | None = None
    email: str | None = Field(None, max_length=200, pattern=r"^[^@\s]+@[^@\s]+$")


@router.patch("/reglages")
async def regler(demande: Reglages, request: Request, appel: AppelPatientDep, profil: ProfilQuery = None) -> Response:
    """Change what is notified, and how."""
    operation("MES-REGLAGES")

    async def faire(uow: UnitOfWork) -> dict[str, Any]:
        visite = await citoyen.chez(uow, appel, profil)
        return rendus.profil(await citoyen.regler(visite, demande.model_dump(exclude_none=True)))

    return JSONReponse(await ecrire(request, appel, faire))


# ── who did what, and who may ───────────────────────────────────────────────────────────────────────────────────────


@router.get("/historique")
async def qui_a_consulte(
    request: Request,
    appel: AppelPatientDep,
    profil: ProfilQuery = None,
    depuis: Annotated[datetime | None, Query()] = None,
    jusqu: Annotated[datetime | None, Query()] = None,
    acteur: Annotated[str | None, Query(max_length=60)] = None,
    evenement: Annotated[str | None, Query(max_length=40)] = None,
    limite: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """« Qui a consulté mes documents ? »: every act of professionals and third parties (§6.2)."""
    operation("MES-HISTORIQUE")
    if any(d is not None and d.tzinfo is None for d in (depuis, jusqu)):
        raise Invalide(
            "depuis and jusqu carry a time zone",
            "depuis et jusqu portent un fuseau",
            regle="BAC-REQ-02",
            champ="depuis",
        )
    filtre = historique.Filtre(depuis, jusqu, acteur, evenement, limite, offset)

    async def faire(uow: UnitOfWork) -> dict[str, Any]:
        visite = await citoyen.chez(uow, appel, profil, actif=False)
        rows, total = await historique.lire(visite, filtre)
        return {"total": total, "activites": [rendus.trace(t) for t in rows]}

    return JSONReponse(await ecrire(request, appel, faire))


class Blocage(Corps):
    titulaire: str = Field(min_length=3, max_length=60, description="PS_IdNat or Struct_IdNat")
    nom: str = Field("", max_length=100)
    prenom: str = Field("", max_length=100)
    type: Literal["ps", "structure"] = "ps"


@router.get("/autorisations")
async def autorisations_du_profil(request: Request, appel: AppelPatientDep, profil: ProfilQuery = None) -> Response:
    """Who may read the record, and who is blocked."""
    operation("MES-AUTORISATIONS")

    async def faire(uow: UnitOfWork) -> dict[str, Any]:
        visite = await citoyen.chez(uow, appel, profil)
        rows = await dossiers.autorisations(uow.session, visite.matricule_ins)
        return {"autorisations": [rendre_autorisation(r) for r in rows]}

    return JSONReponse(await ecrire(request, appel, faire))


@router.post("/blocages", status_code=201)
async def bloquer(demande: Blocage, request: Request, appel: AppelPatientDep, profil: ProfilQuery = None) -> Response:
    """AD-071: any professional or structure, the médecin traitant included (switch ``mt_blocable``)."""
    operation("MES-BLOCAGE")

    async def faire(uow: UnitOfWork) -> dict[str, Any]:
        visite = await citoyen.chez(uow, appel, profil)
        row = await autorisations.bloquer(
            visite, demande.titulaire, bloque=True, nom=demande.nom, prenom=demande.prenom, type_=demande.type
        )
        return rendre_autorisation(row)

    return JSONReponse(await ecrire(request, appel, faire), 201)


@router.delete("/blocages/{titulaire:path}")
async def debloquer(titulaire: str, request: Request, appel: AppelPatientDep, profil: ProfilQuery = None) -> Response:
    """Let a blocked professional read again."""
    operation("MES-DEBLOCAGE")

    async def faire(uow: UnitOfWork) -> dict[str, Any]:
        visite = await citoyen.chez(uow, appel, profil)
        return rendre_autorisation(await autorisations.bloquer(visite, titulaire, bloque=False))

    return JSONReponse(await ecrire(request, appel, faire))


class DemandeCode(Corps):
    durationMinutes: int = Field(60, ge=1, le=citoyen.DUREE_MAX_MINUTES)
    scope: list[Literal["documents", "profile"]] = Field(default=["documents", "profile"], min_length=1, max_length=2)


@router.post("/codes-acces", status_code=201)
async def creer_code(
    demande: DemandeCode, request: Request, appel: AppelPatientDep, profil: ProfilQuery = None
) -> Response:
    """A temporary access code: the professional sends it as ``Code-Acces`` with his requests."""
    operation("MES-CODE")

    async def faire(uow: UnitOfWork) -> dict[str, Any]:
        visite = await citoyen.chez(uow, appel, profil)
        row = await citoyen.creer_code(visite, minutes=demande.durationMinutes, portee=list(demande.scope))
        return rendus.code(row, appel.now)

    return JSONReponse(await ecrire(request, appel, faire), 201)


@router.get("/codes-acces")
async def lister_codes(request: Request, appel: AppelPatientDep, profil: ProfilQuery = None) -> Response:
    """The access codes given out and still valid."""

    async def faire(uow: UnitOfWork) -> dict[str, Any]:
        visite = await citoyen.chez(uow, appel, profil)
        return {"codes": [rendus.code(c, appel.now) for c in await citoyen.codes(visite)]}

    return JSONReponse(await ecrire(request, appel, faire))


@router.delete("/codes-acces/{id}")
async def revoquer_code(id: str, request: Request, appel: AppelPatientDep, profil: ProfilQuery = None) -> Response:
    """Withdraw an access code."""

    async def faire(uow: UnitOfWork) -> dict[str, Any]:
        visite = await citoyen.chez(uow, appel, profil)
        return rendus.code(await citoyen.revoquer_code(visite, id), appel.now)

    return JSONReponse(await ecrire(request, appel, faire))


@router.get("/soins")
async def soins(
    request: Request,
    appel: AppelPatientDep,
    profil: ProfilQuery = None,
    famille: Annotated[Literal["remboursement", "delivrance"] | None, Query()] = None,
) -> Response:
    """The care history: reimbursements and deliveries (§5.5)."""
    operation("MES-SOINS")

    async def faire(uow: UnitOfWork) -> dict[str, Any]:
        visite = await citoyen.chez(uow, appel, profil)
        rows = await mes.soins(uow.session, visite.matricule_ins, famille)
        return {
            "soins": [
                {
                    "id": s.id,
                    "famille": s.famille,
                    "date": instant(s.date),
                    "libelle": s.libelle,
                    "annule": s.annule,
                    **s.donnees,
                }
                for s in rows
            ]
        }

    return JSONReponse(await ecrire(request, appel, faire))
