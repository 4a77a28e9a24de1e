"""/fhir/dmp/Patient (TD0.2), /AuditEvent, /metadata, and /dmp/v1: authorisations as JSON (dmp.md §3.1, §3.2)."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from services.dmp.api import criteres
from services.dmp.api.appel import AppelDep, ecrire
from services.dmp.api.documents import base
from services.dmp.api.texte import Corps, adresse_propre
from services.dmp.domain.refus import refuser
from services.dmp.fhir import patient as rendu
from services.dmp.fhir.lecture import oid_de
from services.dmp.fhir.ressources import instant
from services.dmp.store import dossiers
from services.dmp.usecases import autorisations, historique
from services.dmp.usecases.ouverture import visiter
from services.dmp.usecases.visite import Appel, oid_attendu
from shared.db.unit_of_work import UnitOfWork
from shared.decision import operation
from shared.fhir.bundle import Entree, searchset
from shared.fhir.reponse import FhirResponse
from shared.web.deps import BacDep
from shared.web.reponses import JSONReponse

router = APIRouter(tags=["TD0.2", "TD0.3"], dependencies=[Depends(adresse_propre)])


@router.get("/fhir/dmp/metadata", tags=["FHIR"], response_class=FhirResponse)
async def metadata(bac: BacDep) -> Response:
    """What this FHIR face can do (CapabilityStatement)."""
    return FhirResponse(rendu.capacites(f"{bac.base_url}/fhir/dmp", criteres.DOCUMENT, criteres.LISTE, bac.now()))


@router.get("/fhir/dmp/Patient", response_class=FhirResponse)
async def tester_existence(request: Request, appel: AppelDep) -> Response:
    """TD0.2 in FHIR: 0 entry when there is no DMP; the caller's authorisation comes along as a Consent."""
    operation("TD0.2")
    systeme, _, matricule = request.query_params.get("identifier", "").rpartition("|")
    if not matricule:
        raise refuser(
            "XDSStoredQueryMissingParam",
            "identifier=urn:oid:<OID>|<matricule> is mandatory",
            "identifier=urn:oid:<OID>|<matricule> est obligatoire",
            regle="TD0.2-IDENTIFIER",
            champ="identifier",
        )

    async def faire(uow: UnitOfWork) -> list[Entree]:
        visite = await visiter(uow, appel, matricule, oid_de(systeme) or None)
        vu = await autorisations.tester_existence(visite)
        if not vu.trouve or vu.dossier is None:
            return []
        oid = oid_attendu(vu.dossier, appel.bac)
        ressource = rendu.patient(vu.dossier, oid, actif=vu.actif, medecin_traitant=vu.medecin_traitant)
        entrees = [_entree(appel, "Patient", ressource)]
        if vu.actif and appel.acteur.id_nat:
            depuis = visite.titre.derniere_action if visite.titre else appel.now
            consent = rendu.consent(matricule, oid, appel.acteur.id_nat, vu.autorisation, depuis)
            entrees.append(_entree(appel, "Consent", consent, mode="include"))
        return entrees

    entrees = await ecrire(request, appel, faire)
    return FhirResponse(searchset(entrees, total=min(len(entrees), 1)))


@router.get("/fhir/dmp/AuditEvent", tags=["AD-065"], response_class=FhirResponse)
async def audit(request: Request, appel: AppelDep) -> Response:
    """The history as AuditEvent: all of it for the médecin traitant, one's own acts for the others."""
    operation("HISTORIQUE")
    couples = list(request.query_params.multi_items())
    lue = criteres.lire(
        couples,
        {"patient": "reference", "patient.identifier": "token", "date": "date"},
        prefer=request.headers.get("prefer"),
        profil=appel.bac.reglages.profil,
    )
    matricule, oid = criteres.patient(lue)
    depuis, jusqu = None, None
    for p in lue.parametres:
        if p.nom == "date":
            bas, haut = p.dates()[0].bornes()
            depuis, jusqu = bas or depuis, haut or jusqu

    async def faire(uow: UnitOfWork) -> tuple[list[dict[str, Any]], int]:
        visite = await visiter(uow, appel, matricule, oid)
        filtre = historique.Filtre(depuis, jusqu, limite=lue.count, offset=lue.offset)
        rows, total = await historique.lire(visite, filtre)
        affiche = oid_attendu(visite.dossier, appel.bac) if visite.dossier else ""
        return [rendu.audit_event(t, affiche) for t in rows], total

    trouves, total = await ecrire(request, appel, faire)
    entrees = [_entree(appel, "AuditEvent", r) for r in trouves]
    return FhirResponse(searchset(entrees, total=total, liens=lue.liens(f"{base(appel)}/AuditEvent", total=total)))


def _entree(
    appel: Appel, genre: str, ressource: dict[str, Any], *, mode: Literal["match", "include"] = "match"
) -> Entree:
    return Entree(f"{base(appel)}/{genre}/{ressource['id']}", orjson.dumps(ressource), mode)


# ── /dmp/v1: TD0.3, TD0.4, TD1.6, blocking, history, as JSON ────────────────────────────────────────────────────────


class DemandeAutorisation(Corps):
    """``setAuthorization`` of the published service, as JSON."""

    action: Literal["AJOUT", "SUPPRESSION"]
    role: Literal["MEDECIN_TRAITANT"] | None = None
    occasionnelle: bool = Field(False, description="Ends at the end of the day (professional outside the care team)")


class DemandeBlocage(Corps):
    titulaire: str = Field(min_length=3, max_length=60, description="PS_IdNat or Struct_IdNat")
    bloque: bool = True
    nom: str = Field("", max_length=100)


@router.post("/dmp/v1/patients/{matricule}/autorisations", tags=["TD0.3"])
async def set_authorization(
    matricule: str, demande: DemandeAutorisation, request: Request, appel: AppelDep
) -> Response:
    """Say that the patient agreed to this professional's access (TD0.3)."""
    operation("TD0.3", action=demande.action, role=demande.role)
    mt = demande.role is not None
    fin = None
    if demande.occasionnelle:
        jour = appel.now.replace(hour=0, minute=0, second=0, microsecond=0)
        fin = jour + timedelta(days=1)

    async def faire(uow: UnitOfWork) -> dict[str, Any]:
        visite = await visiter(uow, appel, matricule)
        if demande.action == "AJOUT":
            row = await autorisations.ajouter(visite, medecin_traitant=mt, fin=fin)
        else:
            row = await autorisations.retirer(visite, medecin_traitant=mt)
        return {"status": "OK", "context": rendu.autorisation(row)}

    return JSONReponse(await ecrire(request, appel, faire))


@router.get("/dmp/v1/patients/{matricule}/autorisations", tags=["TD1.6"])
async def list_authorizations(
    matricule: str,
    request: Request,
    appel: AppelDep,
    mode: Annotated[Literal["ACTIVE", "INTERDITE", "TOUTE"], Query()] = "TOUTE",
) -> Response:
    """Who may read this record, and who is blocked."""
    operation("TD1.6", mode=mode)

    async def faire(uow: UnitOfWork) -> dict[str, Any]:
        rows = await autorisations.lister(await visiter(uow, appel, matricule), mode)
        return {"autorisations": [rendu.autorisation(r) for r in rows]}

    return JSONReponse(await ecrire(request, appel, faire))


@router.post("/dmp/v1/patients/{matricule}/blocages", tags=["AD-014"])
async def bloquer(matricule: str, demande: DemandeBlocage, request: Request, appel: AppelDep) -> Response:
    """The médecin traitant blocks or unblocks a professional, at the patient's request."""
    operation("BLOCAGE", bloque=demande.bloque)

    async def faire(uow: UnitOfWork) -> dict[str, Any]:
        visite = await visiter(uow, appel, matricule)
        row = await autorisations.bloquer(visite, demande.titulaire, bloque=demande.bloque, nom=demande.nom)
        return rendu.autorisation(row)

    return JSONReponse(await ecrire(request, appel, faire))


@router.get("/dmp/v1/patients", tags=["TD0.4"])
async def patient_list(
    request: Request,
    appel: AppelDep,
    depuis: Annotated[datetime | None, Query(description="Authorisations acted upon since this instant")] = None,
) -> Response:
    """TD0.4: the patients who authorised the caller."""
    operation("TD0.4")

    async def faire(uow: UnitOfWork) -> dict[str, Any]:
        rows = await dossiers.patients_de(uow.session, appel.acteur.id_nat or "", depuis)
        trouves = [(r, await dossiers.dossier(uow.session, r.matricule_ins)) for r in rows]
        return {
            "patients": [
                {
                    "matricule_ins": r.matricule_ins,
                    "oid": oid_attendu(d, appel.bac),
                    "nom_naissance": d.nom_naissance,
                    "prenom": d.prenom,
                    "dateOfBirth": d.date_naissance,
                    "MT": r.medecin_traitant,
                    "lastAuthorization": instant(r.derniere_action),
                }
                for r, d in trouves
                if d is not None and d.profil().vu.value == "open"
            ]
        }

    return JSONReponse(await ecrire(request, appel, faire))
