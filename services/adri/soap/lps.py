"""``/lps`` of ADRi: ``acquerirLesDroits`` on the use case of the JSON faces."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.adri.api.deps import InterrogerDep
from services.adri.domain.acquisition import Demandeur
from services.adri.domain.fautes import refuser
from services.adri.soap import messages
from shared.decision import operation
from shared.errors import Introuvable
from shared.soap.verification import verifier_vitale
from shared.soap.wsdl import MEDIA_TYPE, servir_wsdl
from shared.web.deps import BacDep
from shared.web.lps import lire_appel, repondre_lps

router = APIRouter(tags=["ADRi SOAP"])


@router.post("/lps", summary="ADRi (SOAP 1.2)", response_class=Response)
async def lps(request: Request, interroger: InterrogerDep) -> Response:
    """``acquerirLesDroits``. The request is the published one; the answer schema is the sandbox's."""
    appel = await lire_appel(request, {messages.ACTION: True})
    operation("acquerirLesDroits", emetteur=appel.emetteur, schema_reponse="bac à sable")
    if appel.enveloppe.nom_corps != messages.CORPS:
        raise refuser(
            "sandbox_schema",
            regle="ADRI-CORPS",
            champ="Body",
            en=f"the body of this action is {messages.CORPS}",
            fr=f"le corps de cette action est {messages.CORPS}",
        )
    if appel.vitale is not None:
        verifier_vitale(appel.vitale, now=interroger.bac.now())
    assertion = appel.assertion
    demandeur = Demandeur(
        identifiant_facturation=appel.identifiant_facturation,
        specialite=assertion.code_specialite if assertion else None,
    )
    demande = messages.lire_requete(appel.enveloppe.lecteur(), appel.bam, demandeur)
    messages.verifier_couverture(demande, appel.bam, profil=interroger.bac.reglages.profil)
    reponse = await interroger.acquerir(demande)
    return repondre_lps(appel, messages.reponse(reponse, aujourd_hui=interroger.bac.now().date()))


@router.get("/lps", summary="WSDL of ADRi", response_class=Response)
async def wsdl(request: Request, bac: BacDep) -> Response:
    if "wsdl" not in request.query_params:
        raise Introuvable("GET /lps serves ?wsdl=adri", "GET /lps sert ?wsdl=adri", champ="wsdl")
    return Response(servir_wsdl("services.adri.soap.wsdl", "adri.wsdl", f"{bac.base_url}/lps"), media_type=MEDIA_TYPE)
