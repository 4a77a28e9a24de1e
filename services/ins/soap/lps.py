"""``/lps`` of INSi: the three operations of ServiceIdentiteCertifiee on the use cases of the JSON face."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.ins.api.deps import InterrogerDep, ReglagesDep
from services.ins.config import InsSettings
from services.ins.domain import vitale
from services.ins.domain.fautes import FauteINSi
from services.ins.soap import messages
from services.ins.usecases import Interroger
from shared.decision import avertir, operation
from shared.errors import Introuvable
from shared.soap.contexte import exiger_couverture_vide
from shared.soap.gabarit import Xml
from shared.soap.wsdl import MEDIA_TYPE, servir_wsdl
from shared.web.deps import BacDep
from shared.web.lps import AppelLps, lire_appel, repondre_lps

router = APIRouter(tags=["INSi SOAP"])


@router.post("/lps", summary="INSi (SOAP 1.2)", response_class=Response)
async def lps(request: Request, interroger: InterrogerDep, reglages: ReglagesDep) -> Response:
    """``rechercherInsAvecTraitsIdentite``, ``rechercherInsAvecCarteVitale``, ``verifierInsAvecTraitsIdentite``."""
    appel = await lire_appel(request, messages.AVEC_BAM)
    nom = messages.CORPS[appel.action].rpartition("}")[2]
    operation(nom, emetteur=appel.emetteur, idam=appel.lps.idam if appel.lps else None)
    messages.verifier_corps(appel.action, appel.enveloppe.nom_corps)
    return repondre_lps(appel, await _OPERATIONS[appel.action](appel, interroger, reglages))


@router.get("/lps", summary="WSDL of INSi", response_class=Response)
async def wsdl(request: Request, bac: BacDep) -> Response:
    """The contract of ServiceIdentiteCertifiee, addressed to this bac."""
    if "wsdl" not in request.query_params:
        raise Introuvable("GET /lps serves ?wsdl=insi", "GET /lps sert ?wsdl=insi", champ="wsdl")
    return Response(servir_wsdl("services.ins.soap.wsdl", "insi.wsdl", f"{bac.base_url}/lps"), media_type=MEDIA_TYPE)


async def _par_traits(appel: AppelLps, interroger: Interroger, _: InsSettings) -> Xml:
    exiger_couverture_vide(appel.bam, profil=interroger.bac.reglages.profil)
    traits = messages.lire_traits(appel.enveloppe.lecteur())
    return messages.resultat(await interroger.par_traits(traits), interroger.bac.reglages.oid_mode)


async def _par_carte(appel: AppelLps, interroger: Interroger, _: InsSettings) -> Xml:
    profil = interroger.bac.reglages.profil
    if appel.vitale is not None:
        vitale.verifier_age(appel.vitale.issue_instant, at=interroger.bac.now(), profil=profil)
    else:
        _sans_assertion_vitale(profil)
    demande = messages.lire_vitale(appel.enveloppe.lecteur())
    reponse = await interroger.par_carte(demande, messages.couverture(appel.bam))
    return messages.resultat(reponse, interroger.bac.reglages.oid_mode)


async def _verifier(appel: AppelLps, interroger: Interroger, reglages: InsSettings) -> Xml:
    demande = messages.lire_verification(appel.enveloppe.lecteur())
    return messages.resultat_verification(await interroger.verifier(demande, controle_cle=reglages.controle_cle))


def _sans_assertion_vitale(profil: str) -> None:
    """The card-reading stack adds its own assertion to the call (insi.md §3.1)."""
    refus = FauteINSi(
        "sandbox_auth",
        regle="INSI-VITALE-ASSERTION",
        champ="wsse:Security",
        en="the search by carte Vitale carries a Vitale assertion (NameQualifier CV) beside the professional's",
        fr="la recherche par carte Vitale porte une assertion Vitale (NameQualifier CV) en plus de celle du PS",
    )
    if profil == "homologation":
        raise refus
    avertir(refus.regle, fr=refus.fr, en=refus.en)


_OPERATIONS: Mapping[str, Callable[[AppelLps, Interroger, InsSettings], Awaitable[Xml]]] = MappingProxyType(
    {
        messages.ACTION_TRAITS: _par_traits,
        messages.ACTION_VITALE: _par_carte,
        messages.ACTION_VERIFIER: _verifier,
    }
)
