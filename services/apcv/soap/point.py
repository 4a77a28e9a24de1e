"""``POST /lps``: the four apCV operations, dispatched on ``wsa:Action``; ``GET /lps?wsdl=apcv`` serves our WSDL."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.apcv.domain.contexte import Professionnel
from services.apcv.domain.refus import refus
from services.apcv.soap import messages
from services.apcv.usecases import contextes, signatures
from services.apcv.usecases.praticiens import identifier
from shared.db.unit_of_work import UnitOfWork
from shared.decision import avertir, operation
from shared.errors import Introuvable, NonAuthentifie
from shared.ids import Ids
from shared.soap.gabarit import Xml
from shared.soap.wsdl import MEDIA_TYPE, servir_wsdl
from shared.web.deps import BacDep, IdsDep, contexte
from shared.web.lps import AppelLps, lire_appel, repondre_lps

router = APIRouter(tags=["apCV SOAP"])


@router.get("/lps", summary="WSDL of the SI apCV", response_class=Response)
async def contrat(request: Request, bac: BacDep) -> Response:
    """The contract of ApCV_AUTH and ApCV_SIGN, addressed to this bac."""
    if "wsdl" not in request.query_params:
        raise Introuvable("GET /lps serves ?wsdl=apcv", "GET /lps sert ?wsdl=apcv", champ="wsdl")
    return Response(servir_wsdl("services.apcv.soap.wsdl", "apcv.wsdl", f"{bac.base_url}/lps"), media_type=MEDIA_TYPE)


@router.post("/lps", summary="SI apCV (SOAP 1.2)", response_class=Response)
async def lps(request: Request, bac: BacDep, ids: IdsDep) -> Response:
    """``authentifierUtilisateurProximite``, ``restituerContexteApCV``, ``detruireContexteApCV``, ``signerVitale``."""
    appel = await _lire(request)
    operation(appel.action.rpartition(":")[2], emetteur=appel.emetteur, idam=appel.lps.idam if appel.lps else None)
    async with contexte(request).transaction(bac) as uow:
        corps = await OPERATIONS[appel.action](uow, ids, appel)
    return repondre_lps(appel, corps)


async def _lire(request: Request) -> AppelLps:
    """No ContexteBAM on this wire (apcv.md §3); a caller who proves nothing gets the code of this service."""
    try:
        return await lire_appel(request, SANS_BAM)
    except NonAuthentifie as erreur:
        raise refus("APCV-111", erreur.fr, erreur.en, champ=erreur.champ) from erreur


async def _professionnel(
    uow: UnitOfWork, appel: AppelLps, annonce: str | None, specialite: str | None = None
) -> Professionnel:
    """The billing identity of the body and that of the card are one (APCV-111)."""
    porte = appel.identifiant_facturation
    if porte and annonce and porte != annonce:
        erreur = refus(
            "APCV-111",
            f"La CPS porte {porte}, le message {annonce}.",
            f"The card says {porte}, the message {annonce}.",
            champ="ProfessionnelSante/IdentifiantFacturation",
        )
        if uow.bac.reglages.profil != "lenient":
            raise erreur
        avertir(erreur.regle, fr=erreur.fr, en=erreur.en)
    return await identifier(
        uow.session,
        uow.bac,
        identifiant_facturation=annonce or porte,
        code_specialite=specialite or (appel.assertion.code_specialite if appel.assertion else None),
    )


async def _authentifier(uow: UnitOfWork, _ids: Ids, appel: AppelLps) -> Xml:
    requete = messages.lire_authentifier(appel.enveloppe.corps)
    ps = await _professionnel(uow, appel, requete.identifiant_facturation, requete.code_specialite)
    vue = await contextes.ouvrir(uow, requete.donnees, ps)
    return messages.rendre_contexte("AuthentifierUtilisateurProximiteRep", vue)


async def _restituer(uow: UnitOfWork, _ids: Ids, appel: AppelLps) -> Xml:
    messages.exiger_racine(appel.enveloppe.corps, messages.RESTITUER)
    vue = await contextes.restituer(uow.session, uow.bac, await _professionnel(uow, appel, None))
    return messages.rendre_contexte("RestituerContexteApCVRep", vue) if vue else messages.rendre_aucun_contexte()


async def _detruire(uow: UnitOfWork, _ids: Ids, appel: AppelLps) -> Xml:
    identifiant = messages.lire_detruire(appel.enveloppe.corps)
    await contextes.detruire(uow, identifiant, await _professionnel(uow, appel, None))
    return messages.rendre_detruit()


async def _signer(uow: UnitOfWork, ids: Ids, appel: AppelLps) -> Xml:
    requete = messages.lire_signer(appel.enveloppe.corps)
    ps = await _professionnel(uow, appel, requete.professionnel.identifiant_facturation)
    signature = await signatures.signer(uow, ids, requete.contexte_id, ps, requete.demande)
    return messages.rendre_signature(signature)


OPERATIONS: Mapping[str, Callable[[UnitOfWork, Ids, AppelLps], Awaitable[Xml]]] = MappingProxyType(
    {
        messages.AUTHENTIFIER: _authentifier,
        messages.RESTITUER: _restituer,
        messages.DETRUIRE: _detruire,
        messages.SIGNER: _signer,
    }
)
SANS_BAM: Mapping[str, bool] = MappingProxyType(dict.fromkeys(OPERATIONS, False))
