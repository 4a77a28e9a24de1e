"""P1 to P10 and E1: the prescriber's side, and reading by number."""

import base64
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.eprescription.api import ressources
from services.eprescription.api.acteurs import ActeurDep, LecteurDep, acteur_de
from services.eprescription.api.contrat import REFUS, corps_de
from services.eprescription.api.corps import CorpsDep, if_match, lire
from services.eprescription.api.idempotence import reponse, une_fois
from services.eprescription.api.schemas import Annulation, Consentement, Remplacement
from services.eprescription.config import EprescriptionSettings
from services.eprescription.domain import numero as numeros
from services.eprescription.domain import qr as codes_qr
from services.eprescription.domain.calendrier import jour
from services.eprescription.domain.erreurs import refus
from services.eprescription.domain.habilitation import exiger_prescripteur
from services.eprescription.domain.modele import Prescription
from services.eprescription.domain.regles.catalogue import catalogue as toutes_les_regles
from services.eprescription.domain.regles.catalogue import regles_appliquees, severite
from services.eprescription.rendu import cda, fhir, qr
from services.eprescription.store.prescriptions import FichePrescription
from services.eprescription.usecases import citoyen, consulter, prescrire, renoncer
from services.eprescription.usecases.commun import executions_consultables
from shared.auth.principal import Patient
from shared.decision import operation
from shared.edge.bac import Bac
from shared.web.deps import BacDep, LectureDep, UowDep, contexte
from shared.web.reponses import JSONReponse

router = APIRouter(prefix="/eprescription/v1", tags=["prescripteur"], responses=REFUS)

Format = Literal["json", "pdf", "fhir", "cda"]
_MEDIAS = {
    "application/pdf": "pdf",
    "application/fhir+json": "fhir",
    "application/json": "json",
    "application/xml": "cda",
    "text/xml": "cda",
}


def reglages(request: Request) -> EprescriptionSettings:
    settings = contexte(request).settings
    assert isinstance(settings, EprescriptionSettings)
    return settings


def etag(row: FichePrescription) -> str:
    return f'"{row.version}"'


def _copie_par(bac: Bac, row: FichePrescription) -> str:
    if row.copie_dmp:
        return "BASE"
    return "LOGICIEL" if bac.reglages.copie_dmp == "logiciel" else "AUCUN"


@router.post("/numeros", status_code=201)
async def creer_numero(acteur: ActeurDep, bac: BacDep) -> Response:
    """P1. A number and both contents of its QR code; nothing is stored."""
    operation("P1")
    exiger_prescripteur(acteur)
    numero = numeros.generer()
    contenus = {mode: codes_qr.contenu(numero, jour(bac.now()), mode) for mode in ("compat", "signe")}
    image = base64.b64encode(qr.png(contenus["compat"])).decode()
    return reponse({"numero": numero, "numeroAffiche": numeros.grouper(numero), "qr": contenus, "png": image}, 201)


@router.get("/cles")
async def cles() -> Response:
    """The public keys of signed QR codes, as a JWK set (RFC 8037)."""
    return reponse(codes_qr.jwks())


@router.get("/regles")
async def regles(bac: BacDep) -> Response:
    """The catalogue, with the severity of each rule in this bac and whether it is decided here."""
    appliquees = regles_appliquees()
    return reponse(
        [
            {
                "id": r.id,
                "phase": r.phase,
                "severite": severite(r, bac.reglages.profil),
                "message": r.fr,
                "messageEn": r.en,
                "declencheur": r.declencheur,
                "source": r.source,
                "appliquee": r.id in appliquees,
            }
            for r in toutes_les_regles()
        ]
    )


@router.post("/prescriptions/controle", openapi_extra=corps_de(Prescription))
async def controler(request: Request, acteur: ActeurDep, corps: CorpsDep, bac: BacDep, session: LectureDep) -> Response:
    """P2. The dry run: every rule fired, whatever its severity; nothing is stored."""
    operation("P2")
    p = lire(Prescription, corps, bac)
    bilan = await prescrire.controler(session, bac, acteur, p, reglages(request))
    acceptable = not bilan.de_severite("B") and not bilan.de_severite("J")
    return reponse({"acceptable": acceptable, "regles": bilan.to_json(), "examinees": list(bilan.examinees)})


@router.post("/prescriptions", status_code=201, openapi_extra=corps_de(Prescription))
async def creer(request: Request, acteur: ActeurDep, corps: CorpsDep, uow: UowDep) -> Response:
    """P3. 201 the first time; the same number and content again is 200."""
    operation("P3")
    p = lire(Prescription, corps, uow.bac)

    async def agir() -> Response:
        fait = await prescrire.recevoir(uow, acteur, p, reglages(request))
        operation("P3", numero=fait.row.numero, statut=fait.row.statut)
        contenu = ressources.accuse(fait.row, copie_par=_copie_par(uow.bac, fait.row))
        lien = contenu["liens"]["self"]
        return reponse(contenu, 201 if fait.nouvelle else 200, ETag=etag(fait.row), Location=lien)

    return await une_fois(request, uow, acteur.id_nat, corps, reglages(request), agir)


@router.get("/prescriptions")
async def lister(
    request: Request,
    acteur: ActeurDep,
    bac: BacDep,
    auteur: Annotated[str | None, Query(max_length=20)] = None,
    depuis: datetime | None = None,
    ins: Annotated[str | None, Query(pattern=r"^[0-9AB]{15}$")] = None,
    statut: Annotated[str | None, Query(pattern=r"^[A-Z_]{1,12}$")] = None,
    type: Annotated[str | None, Query(pattern=r"^[A-Z_]{1,30}$")] = None,
) -> Response:
    """P10 ``?auteur=moi``: what I prescribed. E1 ``?ins=``: one person's prescriptions, for their care team."""
    space = await contexte(request).spaces.open(bac.nom)
    if ins is not None:
        operation("E1")
        async with space.transaction(bac) as uow:
            rows = await consulter.rechercher(uow, acteur, ins, statut=statut, type_=type)
            return reponse([ressources.resume(row, executions=False) for row in rows])
    operation("P10")
    if auteur not in {None, "moi"}:
        raise refus("EP-400-02", champ="auteur", fr="Seule valeur : moi.", en="Only value: moi.")
    if depuis is not None and (depuis.tzinfo is None or not 1900 <= depuis.year <= 2200):
        raise refus("EP-400-02", champ="depuis", fr="Instant avec fuseau attendu.", en="An offset is expected.")
    async with space.lecture() as session:
        rows = await consulter.suivre(session, acteur, depuis)
        visibles = [await executions_consultables(session, row) for row in rows]
        return reponse([ressources.resume(r, executions=v) for r, v in zip(rows, visibles, strict=True)])


def _format(request: Request, demande: str | None) -> Format:
    if demande is not None:
        if demande not in _MEDIAS.values():
            raise refus("EP-400-02", champ="format", fr="json, pdf, fhir ou cda.", en="json, pdf, fhir or cda.")
        return demande  # type: ignore[return-value]  # one of the literals, just checked
    for media in request.headers.get("accept", "").split(","):
        if (trouve := _MEDIAS.get(media.partition(";")[0].strip())) is not None:
            return trouve  # type: ignore[return-value]  # a value of the table
    return "json"


async def vue_de(lecteur: LecteurDep, numero: str, uow: UowDep) -> consulter.Vue:
    if isinstance(lecteur, str):
        row = await consulter.interne(uow.session, numero)
        return consulter.Vue(row, "INTERNE", executions=True)
    if isinstance(lecteur, Patient):
        row = await citoyen.ma_prescription(uow.session, lecteur.matricule_ins, numero)
        return consulter.Vue(row, "PATIENT", executions=True)
    return await consulter.consulter(uow, acteur_de(lecteur), numero)


@router.get("/prescriptions/{numero}")
async def consulter_prescription(
    request: Request, numero: str, lecteur: LecteurDep, uow: UowDep, format: str | None = None
) -> Response:
    """P4. ``Accept`` or ``?format=``: json, pdf, fhir, cda."""
    propre = numeros.lire(numero)
    operation("P4", numero=propre)
    voulu = _format(request, format)
    vue = await vue_de(lecteur, propre, uow)
    entetes = {"ETag": etag(vue.row)}
    if voulu == "pdf":
        return reponse_pdf(request, vue.row)
    if voulu == "cda":
        return _reponse_cda(vue.row)
    if voulu == "fhir":
        bundle = fhir.bundle_prescription(vue.row, uow.bac, executions=vue.executions)
        return JSONReponse(bundle, media_type="application/fhir+json", headers=entetes)
    return JSONReponse(ressources.prescription(vue), headers=entetes)


def _reponse_cda(row: FichePrescription) -> Response:
    """The eP-MED-DM document, which exists for products only."""
    if row.type != "PRODUITS_SANTE":
        raise refus(
            "EP-415-01",
            champ="format",
            fr="Pas de modèle CDA structuré public pour ce type.",
            en="No public structured CDA model for this type.",
        )
    return Response(cda.document(row), media_type=cda.MEDIA_TYPE, headers={"ETag": etag(row)})


def reponse_pdf(request: Request, row: FichePrescription) -> Response:
    """The printed ordonnance, as the settings print its QR code."""
    from services.eprescription.rendu.ordonnance import mention_de, pdf  # its drawing library is slow to load

    octets = pdf(row.prescription(), row.numero, mode_qr=reglages(request).qr, mention=mention_de(row.statut))
    nom = f'inline; filename="ordonnance-{row.numero}.pdf"'
    entetes = {"ETag": etag(row), "Content-Disposition": nom}
    return Response(octets, media_type="application/pdf", headers=entetes)


@router.get("/prescriptions/{numero}/pdf")
async def telecharger(request: Request, numero: str, lecteur: LecteurDep, uow: UowDep) -> Response:
    """The PDF under an address of its own: what ``dmp`` fetches when the base files the copy (architecture §11.13)."""
    operation("P4")
    return reponse_pdf(request, (await vue_de(lecteur, numeros.lire(numero), uow)).row)


@router.get("/prescriptions/{numero}/qr")
async def code_qr(
    numero: str,
    lecteur: LecteurDep,
    uow: UowDep,
    mode: codes_qr.Mode = "compat",
    format: Literal["png", "svg", "texte"] = "png",
) -> Response:
    """The QR code as an image or as its text."""
    vue = await vue_de(lecteur, numeros.lire(numero), uow)
    contenu = codes_qr.contenu(vue.row.numero, vue.row.prescription().date_de_redaction, mode)
    match format:
        case "texte":
            return Response(contenu, media_type="text/plain; charset=utf-8")
        case "svg":
            return Response(qr.svg(contenu), media_type="image/svg+xml")
    return Response(qr.png(contenu), media_type="image/png")


@router.post("/prescriptions/{numero}/annulation", openapi_extra=corps_de(Annulation))
async def annuler(request: Request, numero: str, acteur: ActeurDep, corps: CorpsDep, uow: UowDep) -> Response:
    """P5. 202 when a pharmacy holds it: the cancellation waits for the release."""
    operation("P5")
    demande = lire(Annulation, corps, uow.bac)

    async def agir() -> Response:
        row = await renoncer.annuler(
            uow,
            acteur,
            numeros.lire(numero),
            motif=demande.motif,
            texte=demande.texte,
            rangs=tuple(demande.rangs),
            if_match=if_match(request, uow.bac),
        )
        return _changee(row, 202 if row.annulation_en_attente else 200)

    return await une_fois(request, uow, acteur.id_nat, corps, reglages(request), agir)


@router.post("/prescriptions/{numero}/arret", openapi_extra=corps_de(Annulation))
async def arreter(request: Request, numero: str, acteur: ActeurDep, corps: CorpsDep, uow: UowDep) -> Response:
    """Stop what is left after a first execution (§2.7); what was executed stays readable."""
    operation("P5-ARRET")
    demande = lire(Annulation, corps, uow.bac)

    async def agir() -> Response:
        row = await renoncer.arreter(
            uow,
            acteur,
            numeros.lire(numero),
            motif=demande.motif,
            texte=demande.texte,
            if_match=if_match(request, uow.bac),
        )
        return _changee(row, 202 if row.annulation_en_attente else 200)

    return await une_fois(request, uow, acteur.id_nat, corps, reglages(request), agir)


@router.post("/prescriptions/{numero}/remplacement", status_code=201, openapi_extra=corps_de(Remplacement))
async def remplacer(request: Request, numero: str, acteur: ActeurDep, corps: CorpsDep, uow: UowDep) -> Response:
    """P6. Body ``{"prescription": {…}, "motif"?}``: the new one is recorded and the old cancelled, or neither."""
    operation("P6")
    demande = lire(Remplacement, corps, uow.bac)

    async def agir() -> Response:
        fait = await prescrire.remplacer(
            uow,
            acteur,
            numeros.lire(numero),
            demande.prescription,
            reglages(request),
            motif=renoncer.motif_valide(demande.motif),
            if_match=if_match(request, uow.bac),
        )
        contenu = ressources.accuse(fait.row, copie_par=_copie_par(uow.bac, fait.row))
        return reponse(contenu, 201, ETag=etag(fait.row), Location=contenu["liens"]["self"])

    return await une_fois(request, uow, acteur.id_nat, corps, reglages(request), agir)


@router.put("/prescriptions/{numero}/consentement", openapi_extra=corps_de(Consentement))
async def consentir(request: Request, numero: str, acteur: ActeurDep, corps: CorpsDep, uow: UowDep) -> Response:
    """P7."""
    operation("P7")
    choix = lire(Consentement, corps, uow.bac).consultation_execution
    row = await renoncer.consentir(uow, acteur, numeros.lire(numero), choix, if_match(request, uow.bac))
    return _changee(row)


@router.get("/prescriptions/{numero}/executions")
async def executions(numero: str, acteur: ActeurDep, uow: UowDep) -> Response:
    """P8. EP-403-03 when the patient said NON."""
    operation("P8")
    row, faites = await consulter.consulter_executions(uow, acteur, numeros.lire(numero))
    contenu = {"numero": row.numero, "statut": row.statut, "lignes": row.lignes}
    return reponse(contenu | {"executions": ressources.executions(faites)}, ETag=etag(row))


@router.post("/prescriptions/{numero}/lignes/{rang}/suspension")
async def suspendre(request: Request, numero: str, rang: int, acteur: ActeurDep, uow: UowDep) -> Response:
    """P9."""
    operation("P9")
    return _changee(await renoncer.suspendre(uow, acteur, numeros.lire(numero), rang, if_match(request, uow.bac)))


@router.post("/prescriptions/{numero}/lignes/{rang}/reprise")
async def reprendre(request: Request, numero: str, rang: int, acteur: ActeurDep, uow: UowDep) -> Response:
    """P9."""
    operation("P9")
    return _changee(await renoncer.reprendre(uow, acteur, numeros.lire(numero), rang, if_match(request, uow.bac)))


def _changee(row: FichePrescription, status: int = 200) -> Response:
    contenu = {
        "numero": row.numero,
        "statut": row.statut,
        "version": row.version,
        "consultationExecution": row.consultation_execution,
        "annulationEnAttente": row.annulation_en_attente is not None,
        "lignes": [{"rang": ligne["rang"], "statut": ligne["statut"]} for ligne in row.lignes],
    }
    return reponse(contenu, status, ETag=etag(row))
