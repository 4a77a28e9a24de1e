"""``/apcv/phone/v1``: the virtual phone as an API (apcv.md §7, §13)."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from services.apcv.api import resources
from services.apcv.api.deverrouillage import avec_code
from services.apcv.api.png import en_url, png
from services.apcv.api.schemas import Activer, ChangerEtat, Code, Decision, Deleguer, OuvrirContexte, Presenter
from services.apcv.api.texte import adresse_propre
from services.apcv.domain import recu as recus_regles
from services.apcv.domain.appli import Appli, Telephone
from services.apcv.domain.delegation import Delegation
from services.apcv.domain.lecture import frappe_clavier
from services.apcv.store import applis, assures, contextes
from services.apcv.usecases import delegations, recus, telephone
from services.apcv.usecases.telephone import Presentation
from shared.db.unit_of_work import UnitOfWork
from shared.decision import operation
from shared.web.deps import BacDep, IdsDep, LectureDep, UowDep, contexte
from shared.web.reponses import JSONReponse

router = APIRouter(prefix="/apcv/phone/v1", tags=["téléphone"], dependencies=[Depends(adresse_propre)])


@router.get("/applis")
async def lister(
    session: LectureDep,
    bac: BacDep,
    matricule: Annotated[str | None, Query(max_length=15)] = None,
    nom: Annotated[str | None, Query(max_length=100)] = None,
) -> dict[str, Any]:
    """The apps of this bac, of one person, or of those whose birth name begins so."""
    trouvees = await applis.toutes(session, matricule, nom.strip().upper() if nom else None)
    mode = bac.reglages.oid_mode
    connus = await assures.plusieurs(session, tuple({a.matricule_ins for a in trouvees}), mode)
    return {"applis": [resources.appli(a, connus.get(a.matricule_ins)) for a in trouvees]}


@router.post("/applis", status_code=201)
async def activer(corps: Activer, uow: UowDep) -> dict[str, Any]:
    """Start an activation; a code leaves by e-mail (read it at ``…/courriels``)."""
    operation("apcv.activation")
    tel = Telephone(corps.telephone.modele, corps.telephone.a_nfc())
    appli = await telephone.demander(uow, corps.nir, corps.email, corps.voie, tel)
    return resources.appli(appli)


@router.get("/applis/{appli_id}")
async def lire(appli_id: str, session: LectureDep, bac: BacDep) -> dict[str, Any]:
    """One app: whose it is and in which state."""
    appli = await applis.trouver(session, appli_id)
    return resources.appli(appli, await assures.trouver(session, appli.matricule_ins, bac.reglages.oid_mode))


@router.get("/applis/{appli_id}/courriels")
async def courriels(appli_id: str, session: LectureDep) -> dict[str, Any]:
    """The person's mailbox, for what concerns this activation."""
    appli = await applis.trouver(session, appli_id)
    if appli.code_email is None:
        return {"courriels": []}
    objet = "Votre code d'activation de l'appli carte Vitale (bac à sable)"
    return {"courriels": [{"a": appli.email, "objet": objet, "code": appli.code_email}]}


@router.post("/applis/{appli_id}/code-email")
async def confirmer_email(appli_id: str, corps: Code, uow: UowDep) -> dict[str, Any]:
    """Type the code received by e-mail."""
    return resources.appli(await telephone.confirmer_email(uow, appli_id, corps.code))


@router.post("/applis/{appli_id}/identite")
async def prouver_identite(appli_id: str, uow: UowDep) -> dict[str, Any]:
    """The e-ID (immediate) or the two films (an operator decides), then INSi, rights, age, guardianship."""
    return resources.appli(await telephone.prouver_identite(uow, appli_id))


@router.post("/applis/{appli_id}/operateur")
async def decider(appli_id: str, corps: Decision, uow: UowDep) -> dict[str, Any]:
    """Answer as the operator who compares face and identity document."""
    return resources.appli(await telephone.decider(uow, appli_id, corps.accepte))


@router.post("/applis/{appli_id}/code-secret")
async def choisir_code(appli_id: str, corps: Code, uow: UowDep) -> dict[str, Any]:
    """Choose the secret code: keys are issued, a former phone is revoked."""
    return resources.appli(await telephone.choisir_code(uow, appli_id, corps.code))


@router.post("/applis/{appli_id}/presentations", status_code=201)
async def presenter(appli_id: str, corps: Presenter, request: Request, bac: BacDep) -> Response:
    """Secret code, then a QR code (text and PNG) or an NFC payload. ``Accept: image/png`` answers the picture."""
    operation("apcv.presentation", mode=corps.mode)

    async def montrer(uow: UnitOfWork, appli: Appli) -> Presentation:
        return await telephone.presenter(uow, appli, corps.mode, delegation_id=corps.delegation, defaut=corps.defaut)

    montree = await avec_code(contexte(request), bac, appli_id, corps.code, montrer)
    if request.headers.get("accept") == "image/png":
        return Response(png(montree.donnees), status_code=201, media_type="image/png")
    return JSONReponse(_presentation(montree), status_code=201)


def _presentation(p: Presentation) -> dict[str, Any]:
    return {
        "mode": p.mode,
        "donnees": p.donnees,
        "emisLe": p.emis_le.isoformat(),
        "expireLe": p.expire_le.isoformat(),
        "png": en_url(p.donnees) if p.mode == "qr" else None,
        "lecteur": {"frappe": frappe_clavier(p.donnees)} if p.mode == "qr" else None,
    }


@router.post("/lecteurs/{lecteur}/scan")
async def scanner(lecteur: str, corps: OuvrirContexte) -> dict[str, str]:
    """A keyboard-wedge reader: what it would type into the software, Enter included."""
    return {"lecteur": lecteur, "frappe": frappe_clavier(corps.donnees.strip())}


@router.put("/applis/{appli_id}/etat")
async def changer_etat(appli_id: str, corps: ChangerEtat, uow: UowDep) -> dict[str, Any]:
    """File an opposition (loss, theft, compromise) or deactivate; open contexts are revoked."""
    operation("apcv.opposition" if corps.etat == "OPPOSEE" else "apcv.desactivation")
    if corps.etat == "OPPOSEE":
        return resources.appli(await telephone.opposer(uow, appli_id, corps.motif))
    return resources.appli(await telephone.desactiver(uow, appli_id))


@router.get("/applis/{appli_id}/delegations")
async def lister_delegations(appli_id: str, session: LectureDep) -> dict[str, Any]:
    """Who may show this person's card, and whose card this person may show."""
    appli = await applis.trouver(session, appli_id)
    return {"delegations": [resources.delegation(d) for d in await applis.delegations_de(session, appli.matricule_ins)]}


@router.post("/applis/{appli_id}/delegations", status_code=201)
async def deleguer(appli_id: str, corps: Deleguer, request: Request, bac: BacDep, ids: IdsDep) -> Response:
    """Lend one's card to a person of trust, thirty days at most; they have to accept."""
    operation("apcv.delegation")

    async def proposer(uow: UnitOfWork, appli: Appli) -> Delegation:
        return await delegations.proposer(
            uow, ids, appli, corps.delegue, tuple(corps.beneficiaires), corps.fin, copie_recu=corps.copie_recu
        )

    cree = await avec_code(contexte(request), bac, appli_id, corps.code, proposer)
    return JSONReponse(resources.delegation(cree), status_code=201)


@router.post("/applis/{appli_id}/delegations/{delegation_id}/acceptation")
async def accepter_delegation(appli_id: str, delegation_id: str, uow: UowDep) -> dict[str, Any]:
    """Accept to carry somebody's card."""
    appli = await applis.trouver(uow.session, appli_id)
    return resources.delegation(await delegations.accepter(uow, appli, delegation_id))


@router.post("/applis/{appli_id}/delegations/{delegation_id}/refus")
async def refuser_delegation(appli_id: str, delegation_id: str, uow: UowDep) -> dict[str, Any]:
    """Refuse to carry somebody's card."""
    appli = await applis.trouver(uow.session, appli_id)
    return resources.delegation(await delegations.refuser(uow, appli, delegation_id))


@router.post("/applis/{appli_id}/delegations/{delegation_id}/revocation")
async def revoquer_delegation(appli_id: str, delegation_id: str, uow: UowDep) -> dict[str, Any]:
    """By the holder; contexts opened on it are revoked."""
    appli = await applis.trouver(uow.session, appli_id)
    return resources.delegation(await delegations.revoquer_delegation(uow, appli, delegation_id))


@router.get("/applis/{appli_id}/recus")
async def lister_recus(appli_id: str, session: LectureDep, bac: BacDep) -> dict[str, Any]:
    """Receipts of the last seven days, and those this phone has downloaded."""
    appli = await applis.trouver(session, appli_id)
    trouves = await recus.lister(session, bac, appli)
    return {"recus": [recus_regles.en_json(r, appli.matricule_ins) for r in trouves]}


@router.post("/applis/{appli_id}/recus/{recu_id}/telechargement")
async def telecharger(appli_id: str, recu_id: str, uow: UowDep) -> dict[str, Any]:
    """Open a receipt: it is downloaded, and kept from then on. Lost after seven days: 410."""
    appli = await applis.trouver(uow.session, appli_id)
    recu = await recus.telecharger(uow, appli, recu_id)
    return recus_regles.en_json(recu, appli.matricule_ins)


@router.get("/applis/{appli_id}/usages")
async def usages(appli_id: str, session: LectureDep) -> dict[str, Any]:
    """Where the card was read."""
    appli = await applis.trouver(session, appli_id)
    return {"usages": [resources.usage(c) for c in await contextes.usages(session, appli.matricule_ins)]}
