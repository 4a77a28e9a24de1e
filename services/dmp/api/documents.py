"""/fhir/dmp: ITI-65, 66, 67, 68, 105 and PATCH (PDSm 3.1.1, MHD 4.2.3; dmp.md §5)."""

import base64
from typing import Any, Final

import orjson
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from services.dmp.api import criteres as criteres_fhir
from services.dmp.api.appel import AppelDep, appel_direct, ecrire
from services.dmp.api.criteres import Demande
from services.dmp.api.texte import TexteInterdit, adresse_propre, corps_propre, est_propre
from services.dmp.domain.lot import Ins
from services.dmp.domain.refus import refuser
from services.dmp.domain.situation import TypeActeur
from services.dmp.fhir import lot as lot_fhir
from services.dmp.fhir import ressources
from services.dmp.fhir.lecture import oid_de
from services.dmp.fhir.lot import LotFhir
from services.dmp.store import documents
from services.dmp.store.documents import DocumentRow, Ligne
from services.dmp.store.registre import Rendu
from services.dmp.usecases import alimentation, consultation, recherche
from services.dmp.usecases.ouverture import visiter
from services.dmp.usecases.visite import Appel
from shared.db.unit_of_work import UnitOfWork
from shared.decision import operation
from shared.edge.bac import Profil
from shared.errors import TypeNonSupporte
from shared.fhir.bundle import Entree, ReponseEntree, searchset, transaction_response
from shared.fhir.negociation import FormatNonAcceptable, accepte, negocier
from shared.fhir.outcome import avertissement, enveloppe
from shared.fhir.reponse import FhirResponse
from shared.fhir.validation import lire_ressource

router = APIRouter(prefix="/fhir/dmp", tags=["FHIR"], dependencies=[Depends(adresse_propre)])

CORPS_MAX: Final = 60_000_000
DEMANDES_MAX: Final = 256
_DEMANDES: dict[tuple[bytes, str | None, str | None, Profil], Demande] = {}


def base(appel: Appel) -> str:
    return f"{appel.bac.base_url}/fhir/dmp"


# ── ITI-65, ITI-105: feed ───────────────────────────────────────────────────────────────────────────────────────────


@router.post("", tags=["ITI-65"], response_class=FhirResponse)
@router.post("/", tags=["ITI-65"], response_class=FhirResponse, include_in_schema=False)
async def provide_document_bundle(request: Request, appel: AppelDep) -> Response:
    """Feed a lot: one List, its DocumentReferences and their Binaries; all or nothing."""
    return await _alimenter(request, appel)


async def alimenter_direct(request: Request) -> Response:
    """ITI-65 without the ceremony of a route (architecture §10)."""
    await adresse_propre(request)
    return await _alimenter(request, await appel_direct(request))


async def _alimenter(request: Request, appel: Appel) -> Response:
    operation("ITI-65")
    negocier(request.headers.get("accept"), request.query_params.get("_format"))
    ressource, _ = lire_ressource(
        await corps_propre(request), request.headers.get("content-type"), "Bundle", limite=CORPS_MAX
    )
    lu = lot_fhir.avec_remplacements(lot_fhir.lire_bundle(ressource))
    patient = _patient_du_lot(lu)
    operation("ITI-65", documents=len(lu.lot.entrees), lot=lu.lot.unique_id)
    depot = await ecrire(request, appel, lambda uow: _deposer(uow, appel, lot_fhir.completer(lu, patient), patient))
    return FhirResponse(_reponse_transaction(lu, depot), 200)


@router.post("/DocumentReference", tags=["ITI-105"], response_class=FhirResponse, status_code=201)
async def publier(request: Request, appel: AppelDep) -> Response:
    """Feed one document whose bytes are inline (Simplified Publish)."""
    operation("ITI-105")
    ressource, _ = lire_ressource(
        await corps_propre(request), request.headers.get("content-type"), "DocumentReference", limite=CORPS_MAX
    )
    lu = lot_fhir.lire_seul(ressource)
    patient = _patient_du_lot(lu)
    depot = await ecrire(request, appel, lambda uow: _deposer(uow, appel, lu, patient))
    [row] = depot.documents.values()
    return FhirResponse(
        ressources.servir(row.ressource, base(appel)),
        201,
        location=f"{base(appel)}/DocumentReference/{row.id}/_history/{row.version}",
        version=row.version,
        modifie=row.modifie_le,
    )


def _patient_du_lot(lu: LotFhir) -> Ins:
    if (patient := lu.patient) is None:
        raise refuser(
            "XDSPatientIdDoesNotMatch",
            "no INS: subject.identifier carries the matricule and its OID",
            "aucun INS : subject.identifier porte le matricule et son OID",
            regle="MD-02",
            champ="subject",
        )
    return patient


async def _deposer(uow: UnitOfWork, appel: Appel, lu: LotFhir, patient: Ins) -> alimentation.Depot:
    visite = await visiter(uow, appel, patient.matricule, patient.oid)
    return await alimentation.deposer(visite, lu.lot, lu.soumises, lu.liste)


def _reponse_transaction(lu: LotFhir, depot: alimentation.Depot) -> bytes:
    """One entry per request entry, in order; warnings travel in the outcome of the List (§5.3, §5.5)."""
    issues = [
        avertissement(c.regle, fr=c.fr, en=c.en, champ=c.champ, code="business-rule") for c in depot.avertissements
    ]
    if depot.remplaces and not lu.patches:
        issues.append(
            avertissement(
                "ITI-65-PATCH",
                fr="aucune entrée PATCH : la version remplacée a été rendue obsolète d'office",
                en="no PATCH entry: the replaced version was made superseded anyway",
            )
        )
    return transaction_response(_une_reponse(r.rang, lu, depot, issues) for r in lu.requetes)


def _une_reponse(rang: int, lu: LotFhir, depot: alimentation.Depot, issues: list[dict[str, Any]]) -> ReponseEntree:
    if rang in lu.patches:
        version = depot.remplaces.get(lu.patches[rang], 2)
        return ReponseEntree("200 OK", f"DocumentReference/{lu.patches[rang]}/_history/{version}", f'W/"{version}"')
    if rang in lu.dossiers:
        ignore = avertissement(
            "PartialFolderContentNotProcessed", fr="les dossiers (folder) sont ignorés", en="folders are not processed"
        )
        return ReponseEntree("200 OK", outcome=_octets(enveloppe([ignore])))
    requete = lu.requetes[rang]
    genre = str(requete.ressource["resourceType"])
    if genre == "List":
        outcome = _octets(enveloppe(issues)) if issues else None
        return ReponseEntree("201 Created", f"List/{depot.lot_id}/_history/1", 'W/"1"', outcome=outcome)
    row = depot.documents.get(lu.ref_de.get(rang, ""))
    if row is None:  # a Patient sent along: known already, nothing is created
        return ReponseEntree("200 OK")
    return ReponseEntree("201 Created", f"{genre}/{row.id}/_history/1", 'W/"1"', row.modifie_le)


def _octets(valeur: dict[str, Any]) -> bytes:
    return orjson.dumps(valeur)


# ── ITI-67: search entries ──────────────────────────────────────────────────────────────────────────────────────────


@router.get("/DocumentReference", tags=["ITI-67"], response_class=FhirResponse)
async def chercher(request: Request, appel: AppelDep) -> Response:
    """Find document entries (ITI-67)."""
    return await _chercher(request, appel, _demande(request, appel))


async def chercher_directe(request: Request) -> Response:
    """ITI-67 without the ceremony of a route (architecture §10)."""
    await adresse_propre(request)
    appel = await appel_direct(request)
    return await _chercher(request, appel, _demande(request, appel))


@router.post("/DocumentReference/_search", tags=["ITI-67"], response_class=FhirResponse)
async def chercher_post(request: Request, appel: AppelDep) -> Response:
    """Find document entries, criteria in a form (ITI-67)."""
    couples = await formulaire(request)
    return await _chercher(request, appel, _lire_demande(request, appel, couples))


def _demande(request: Request, appel: Appel) -> Demande:
    """What the address asks; the same one is read once, as a list is often asked for again."""
    entetes = request.headers
    cle = (
        request.scope["query_string"],
        entetes.get("accept"),
        entetes.get("prefer"),
        appel.bac.reglages.profil,
    )
    if (demande := _DEMANDES.get(cle)) is not None:
        operation("ITI-67")
        return demande
    demande = _lire_demande(request, appel, list(request.query_params.multi_items()))
    if not demande.recherche.ignores:  # what was ignored is noted at each reading
        if len(_DEMANDES) >= DEMANDES_MAX:
            _DEMANDES.clear()
        _DEMANDES[cle] = demande
    return demande


def _lire_demande(request: Request, appel: Appel, couples: list[tuple[str, str]]) -> Demande:
    operation("ITI-67")
    negocier(request.headers.get("accept"), dict(couples).get("_format"))
    lue = criteres_fhir.lire(
        couples,
        criteres_fhir.DOCUMENT,
        prefer=request.headers.get("prefer"),
        profil=appel.bac.reglages.profil,
    )
    return Demande(lue, *criteres_fhir.patient(lue))


async def _chercher(request: Request, appel: Appel, demande: Demande) -> Response:
    lue, matricule, oid = demande.recherche, demande.matricule, demande.oid
    if appel.acteur.type in {TypeActeur.CPE, TypeActeur.STRUCTURE}:
        return await _references(request, appel, lue, matricule, oid)
    criteres = demande.criteres(appel.tables.valeurs, appel.bac.reglages.profil)
    racine = base(appel)
    rendu = Rendu(racine, lambda id, octets: ressources.entree(id, octets, racine))

    async def faire(uow: UnitOfWork) -> recherche.Page:
        return await recherche.rechercher(await visiter(uow, appel, matricule, oid), criteres, rendu)

    page = await ecrire(request, appel, faire)
    operation("ITI-67", resultats=page.total)
    return FhirResponse(ressources.searchset(demande.tete(f"{racine}/DocumentReference", page.total), page.entrees))


async def _references(request: Request, appel: Appel, lue: Any, matricule: str, oid: str | None) -> Response:
    """TD3.1b: a structure gets the id of its own deposits from their uniqueId, without metadata (AD-034)."""
    uniques = [oid_de(j.code) for p in lue.parametres if p.nom == "identifier" for j in p.jetons()]
    if not uniques:
        raise refuser(
            "XDSStoredQueryMissingParam",
            "a structure searches by identifier only (reference search)",
            "une structure ne recherche que par identifier (référence seule)",
            regle="DMP-AD-034",
            champ="identifier",
        )

    async def faire(uow: UnitOfWork) -> list[DocumentRow]:
        visite = await visiter(uow, appel, matricule, oid)
        return [row for u in uniques if u for row in await recherche.references(visite, u)]

    rows = await ecrire(request, appel, faire)
    corps = [
        Entree(
            f"{base(appel)}/DocumentReference/{r.id}",
            _octets({"resourceType": "DocumentReference", "id": r.id, "meta": {"tag": [{"code": "SUBSETTED"}]}}),
        )
        for r in rows
    ]
    return FhirResponse(searchset(corps, total=len(corps)))


async def formulaire(request: Request) -> list[tuple[str, str]]:
    media = request.headers.get("content-type", "").partition(";")[0].strip()
    if media != "application/x-www-form-urlencoded":
        raise TypeNonSupporte(
            "_search takes application/x-www-form-urlencoded",
            "_search attend application/x-www-form-urlencoded",
            champ="Content-Type",
        )
    formulaire = await request.form()
    corps = [(nom, str(valeur)) for nom, valeur in formulaire.multi_items()]
    if not all(est_propre(v) for couple in corps for v in couple):
        raise TexteInterdit("NUL is not a character here", "le caractère NUL est refusé", champ="corps")
    return [*request.query_params.multi_items(), *corps]


# ── read, ITI-68, PATCH ─────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/DocumentReference/{id}", tags=["FHIR read"], response_class=FhirResponse)
async def lire_entree(id: str, request: Request, appel: AppelDep) -> Response:
    """One document entry."""
    operation("ITI-67", lecture=True)
    negocier(request.headers.get("accept"), request.query_params.get("_format"))

    async def faire(uow: UnitOfWork) -> tuple[bytes, Ligne]:
        row = await consultation.trouver(uow, id)
        visite = await visiter(uow, appel, row.matricule_ins)
        return await consultation.metadonnees(visite, row), row

    octets, row = await ecrire(request, appel, faire)
    return FhirResponse(ressources.servir(octets, base(appel)), version=row.version, modifie=row.modifie_le)


@router.get("/DocumentReference/{id}/_history/{version}", tags=["FHIR read"], response_class=FhirResponse)
async def lire_version(id: str, version: int, request: Request, appel: AppelDep) -> Response:
    """A metadata version: the current one, or a former one that stays resolvable (P4D: same logicalId)."""
    operation("ITI-67", lecture=True)

    async def faire(uow: UnitOfWork) -> bytes:
        row = await consultation.trouver(uow, id)
        visite = await visiter(uow, appel, row.matricule_ins)
        courante = await consultation.metadonnees(visite, row)
        if version == row.version:
            return courante
        if (ancienne := await documents.version(uow.session, row.id, version)) is None:
            raise consultation.DocumentIntrouvable(f"{id}/_history/{version}")
        return ancienne

    return FhirResponse(ressources.servir(await ecrire(request, appel, faire), base(appel)), version=version)


@router.get("/Binary/{id}", tags=["ITI-68"], response_class=Response)
async def lire_binaire(id: str, request: Request, appel: AppelDep) -> Response:
    """The bytes in their own type, or as a FHIR Binary when the caller only accepts FHIR."""
    return await _lire_binaire(id, request, appel)


async def lire_binaire_direct(request: Request) -> Response | None:
    """ITI-68 without the ceremony of a route (architecture §10)."""
    id = request.scope["path"].rpartition("/")[2]
    if not est_propre(id):
        return None
    await adresse_propre(request)
    return await _lire_binaire(id, request, await appel_direct(request))


async def _lire_binaire(id: str, request: Request, appel: Appel) -> Response:
    operation("ITI-68")
    accept = request.headers.get("accept")

    async def faire(uow: UnitOfWork) -> tuple[bytes, Ligne]:
        row = await consultation.trouver(uow, id)
        natif = accepte(accept, row.mime) and request.query_params.get("_format") is None
        if not natif:
            try:
                negocier(accept, request.query_params.get("_format"))
            except FormatNonAcceptable:
                raise FormatNonAcceptable(
                    f"this document is {row.mime}",
                    f"ce document est du {row.mime}",
                    champ="Accept",
                    regle="ITI-68-ACCEPT",
                ) from None
        visite = await visiter(uow, appel, row.matricule_ins)
        return await consultation.lire(visite, row), row

    contenu, row = await ecrire(request, appel, faire)
    entetes = {"ETag": f'W/"{row.version}"', "X-Content-Type-Options": "nosniff"}
    if accepte(accept, row.mime) and request.query_params.get("_format") is None:
        return Response(contenu, media_type=row.mime, headers={**entetes, "Content-Disposition": "attachment"})
    binaire = {
        "resourceType": "Binary",
        "id": row.id,
        "contentType": row.mime,
        "securityContext": {"reference": f"DocumentReference/{row.id}"},
        "data": base64.b64encode(contenu).decode(),
    }
    return FhirResponse(binaire, headers=entetes)
