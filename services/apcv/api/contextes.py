"""The JSON face of the SI apCV: read, restore, destroy, sign (apcv.md §13)."""

from typing import Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from services.apcv import scellement
from services.apcv.api import resources
from services.apcv.api.appelant import appelant
from services.apcv.api.schemas import OuvrirContexte, Signer
from services.apcv.api.texte import adresse_propre
from services.apcv.domain.signature import DemandeSignature, Prestation, type_facture
from services.apcv.store import applis
from services.apcv.usecases import contextes, signatures
from shared.auth.deps import ProfessionnelDep
from shared.decision import operation
from shared.errors import Introuvable
from shared.web.deps import BacDep, IdsDep, LectureDep, UowDep

router = APIRouter(prefix="/apcv/v1", tags=["apCV"], dependencies=[Depends(adresse_propre)])


class AucunContexte(Introuvable):
    slug = "aucun-contexte"
    regle = "APCV-201"


@router.post("/contextes", status_code=201)
async def ouvrir(corps: OuvrirContexte, titulaire: ProfessionnelDep, uow: UowDep) -> dict[str, Any]:
    """Read an apCV: the string of the QR code or of the NFC exchange opens a context of twenty minutes."""
    operation("authentifierUtilisateurProximite", surface="json")
    ps = await appelant(uow.session, uow.bac, titulaire, corps.ps.identifiant_facturation, corps.ps.code_specialite)
    vue = await contextes.ouvrir(uow, corps.donnees, ps, mode=corps.mode)
    return resources.lu(vue, at=uow.now())


@router.post("/lectures")
async def lire_sans_cps(corps: OuvrirContexte, uow: UowDep) -> dict[str, Any]:
    """A reading without a CPS: who the card belongs to and which body, nothing to bill with."""
    operation("lectureSansCPS", surface="json")
    return resources.administratif(await contextes.lire_sans_cps(uow, corps.donnees, mode=corps.mode))


@router.get("/contextes/courant")
async def courant(titulaire: ProfessionnelDep, session: LectureDep, bac: BacDep) -> dict[str, Any]:
    """The context still open for this professional, after a restart of the software."""
    operation("restituerContexteApCV", surface="json")
    vue = await contextes.restituer(session, bac, await appelant(session, bac, titulaire))
    if vue is None:
        raise AucunContexte("No open context.", "Aucun contexte ouvert.", membres={"code": "APCV-201"})
    return resources.lu(vue, at=bac.now())


@router.get("/contextes/{identifiant}")
async def consulter(identifiant: str, titulaire: ProfessionnelDep, session: LectureDep, bac: BacDep) -> dict[str, Any]:
    """One's own context, open or not, with its state and remaining time."""
    ps = await appelant(session, bac, titulaire)
    contexte = await contextes.consulter(session, bac, identifiant, ps)
    return resources.lu(await contextes.relire(session, bac, contexte), at=bac.now())


@router.delete("/contextes/{identifiant}", status_code=204)
async def detruire(identifiant: str, titulaire: ProfessionnelDep, uow: UowDep) -> Response:
    """On patient change or log-off."""
    operation("detruireContexteApCV", surface="json")
    await contextes.detruire(uow, identifiant, await appelant(uow.session, uow.bac, titulaire))
    return Response(status_code=204)


@router.post("/contextes/{identifiant}/renouveler", status_code=201)
async def renouveler(
    identifiant: str, corps: OuvrirContexte, titulaire: ProfessionnelDep, uow: UowDep
) -> dict[str, Any]:
    """Another reading in place of this context, which is destroyed; its identifier must be one's own."""
    ps = await appelant(uow.session, uow.bac, titulaire, corps.ps.identifiant_facturation, corps.ps.code_specialite)
    await contextes.consulter(uow.session, uow.bac, identifiant, ps)
    return resources.lu(await contextes.ouvrir(uow, corps.donnees, ps, mode=corps.mode), at=uow.now())


@router.post("/contextes/{identifiant}/signatures", status_code=201)
async def signer(
    identifiant: str, corps: Signer, titulaire: ProfessionnelDep, uow: UowDep, ids: IdsDep
) -> dict[str, Any]:
    """``signerVitale``: sign the hash of one invoice; the context is consumed and the receipt goes to the phone."""
    operation("signerVitale", surface="json", contexte=identifiant)
    ps = await appelant(uow.session, uow.bac, titulaire, corps.ps.identifiant_facturation, corps.ps.code_specialite)
    return resources.signature(await signatures.signer(uow, ids, identifiant, ps, _demande(corps)))


@router.get("/applis/{appli_id}/jwk")
async def cle(appli_id: str, session: LectureDep) -> dict[str, Any]:
    """The public key of a phone: it verifies ``valeurFSE``, a base64 of a compact JWS (ES256)."""
    appli = await applis.trouver(session, appli_id)
    if not appli.secret:
        raise applis.AppliInconnue("This app has no key yet.", "Cette appli n'a pas encore de clé.", champ="appli")
    return scellement.jwk_public(appli.secret, appli.appli_id)


def _demande(corps: Signer) -> DemandeSignature:
    f = corps.facture
    return DemandeSignature(
        type=type_facture(f.type),
        nir_assure=f.nir_assure,
        matricule_beneficiaire=f.resume.beneficiaire or f.nir_assure,
        empreinte_fse=f.hash_fse,
        empreinte_dre=f.hash_dre,
        prestations=tuple(
            Prestation(
                p.code_acte,
                p.libelle or p.code_acte,
                p.date.isoformat() if p.date else "",
                p.montant,
                p.part_amo,
                p.part_amc,
            )
            for p in f.resume.prestations
        ),
        avance=f.resume.avance,
    )
