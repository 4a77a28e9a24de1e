"""/mes: the citizen's space as pages without script; every form calls the use case that ``/mes/v1`` calls."""

import asyncio
import hashlib
import os
import secrets
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Query
from starlette.requests import Request
from starlette.responses import Response

from services.dmp.api import rendus
from services.dmp.api.appel import ecrire_bac, reglages
from services.dmp.api.mes_documents import le_mien
from services.dmp.api.texte import adresse_propre
from services.dmp.cda import corps_non_structure
from services.dmp.domain.activation import CodeRefuse, hacher, mot_de_passe_faible
from services.dmp.domain.profil import Etat
from services.dmp.domain.situation import Action
from services.dmp.fhir.patient import autorisation as rendre_autorisation
from services.dmp.fhir.ressources import instant
from services.dmp.page.commun import (
    DUREE,
    ENTETES,
    PasDeSession,
    agir,
    chez,
    cookie,
    langue_de,
    meme_site,
    page,
    racine,
    session_de,
)
from services.dmp.page.textes import TEXTES, Langue, evenement
from services.dmp.redaction import pdf
from services.dmp.store import documents, dossiers, mes
from services.dmp.store.mes import SessionMesRow
from services.dmp.usecases import activation, autorisations, citoyen, depots, historique, metadonnees, recherche
from shared.db.unit_of_work import UnitOfWork
from shared.errors import Introuvable
from shared.web.deps import BacDep

router = APIRouter(prefix="/mes", include_in_schema=False, dependencies=[Depends(adresse_propre), Depends(meme_site)])
Ligne = Annotated[str, Form(max_length=200)]


@router.get("")
async def accueil(request: Request, bac: BacDep, nom: Annotated[str, Query(max_length=60)] = "") -> Response:
    """The space of the person signed in, or the choice of a person."""

    async def faire(uow: UnitOfWork) -> tuple[str, dict[str, Any]]:
        if await session_de(uow, request) is None:
            return "accueil.html", await _personnes(uow, nom.strip().upper())
        return "espace.html", await _espace(uow, request)

    gabarit, valeurs = await ecrire_bac(request, bac, faire)
    return page(gabarit, request, bac, **valeurs)


async def _personnes(uow: UnitOfWork, nom: str) -> dict[str, Any]:
    return {
        "nom": nom,
        "personnes": [
            {
                "matricule": r.matricule_ins,
                "prenom": r.prenom,
                "nom": r.nom_naissance,
                "naissance": r.date_naissance,
                "etat": r.etat,
            }
            for r in await dossiers.par_nom(uow.session, nom)
        ],
    }


async def _espace(uow: UnitOfWork, request: Request) -> dict[str, Any]:
    visite = await chez(uow, request, actif=False)
    row = await citoyen.dossier(visite)
    moi = visite.acteur.id_nat or ""
    representes = await dossiers.representes(uow.session, moi) if row.matricule_ins == moi else []
    actif = row.etat == Etat.ACTIVE.value
    traces, _ = await historique.lire(visite, historique.Filtre(limite=50))
    lang = langue_de(request)
    valeurs: dict[str, Any] = {
        "p": {
            **rendus.profil(row),
            "represente": [{"profil": r.matricule_ins, "prenom": r.prenom} for _, r in representes],
        },
        "moi": moi,
        "autre_profil": row.matricule_ins != moi,
        "actif": actif,
        "historique": [_ligne(t, lang) for t in traces],
        "documents": [],
        "acces": [],
        "soins": [],
        "types": [],
    }
    if not actif:
        return valeurs
    visite.exiger(Action.LISTER_DOCUMENTS)
    lignes = await documents.du_dossier(uow.session, visite.matricule_ins)
    types = visite.appel.tables.valeurs.types.values()
    valeurs["documents"] = [rendus.document(visite, d) for d in recherche.pour_le_patient(visite, lignes)]
    acces = await dossiers.autorisations(uow.session, visite.matricule_ins)
    valeurs["acces"] = [rendre_autorisation(a) for a in acces]
    valeurs["soins"] = [
        {
            "date": instant(s.date),
            "famille": s.famille,
            "libelle": s.libelle,
            "montant": s.donnees.get("montant_total", ""),
        }
        for s in await mes.soins(uow.session, visite.matricule_ins)
    ]
    valeurs["types"] = [(t.code, t.libelle) for t in types if t.ecriture and t.deposant == "patient"]
    return valeurs


def _ligne(t: Any, lang: Langue) -> dict[str, Any]:
    return {
        "at": instant(t.at),
        "id": t.acteur_id,
        "nom": t.acteur_nom or "",
        "structure": t.structure_nom or t.structure_id or "",
        "quoi": evenement(t.evenement, lang),
        "objets": ", ".join(str(o.get("title") or o.get("professionnel") or "") for o in t.objets[:3]),
        "motif": t.motif or "",
        "refuse": t.resultat != "ok",
        "regle": t.regle,
        "bloquable": t.acteur_type == "ps",
    }


@router.post("/entrer")
async def entrer(request: Request, bac: BacDep, profil: Ligne) -> Response:
    """Sandbox shortcut: enter the space of an invented person without a password."""
    valeur = secrets.token_urlsafe(24)

    async def faire(uow: UnitOfWork) -> None:
        if await dossiers.dossier(uow.session, profil) is None:
            raise Introuvable("no space for this person", "aucun espace pour cette personne", regle="MES-PRO-03")
        uow.session.add(
            SessionMesRow(
                empreinte=hashlib.sha256(valeur.encode()).hexdigest(),
                matricule_ins=profil,
                profil=profil,
                expire_le=uow.now() + DUREE,
            )
        )

    reponse = await agir(request, bac, faire)
    reponse.set_cookie(
        cookie(bac),
        valeur,
        path=racine(bac),
        httponly=True,
        samesite="lax",
        secure=bac.base_url.startswith("https://"),
    )
    return reponse


@router.post("/sortir")
async def sortir(request: Request, bac: BacDep) -> Response:
    async def faire(uow: UnitOfWork) -> None:
        if (row := await session_de(uow, request)) is not None:
            await uow.session.delete(row)

    reponse = await agir(request, bac, faire)
    reponse.delete_cookie(cookie(bac), path=racine(bac))
    return reponse


@router.post("/profil")
async def changer_profil(request: Request, bac: BacDep, profil: Ligne) -> Response:
    async def faire(uow: UnitOfWork) -> None:
        row = await session_de(uow, request)
        if row is None:
            raise PasDeSession("nobody is signed in here", "personne n'est connecté ici")
        row.profil = profil
        await chez(uow, request, actif=False)  # refuses a profile that is not represented; nothing is kept then

    return await agir(request, bac, faire)


# ── acting in one's space ───────────────────────────────────────────────────────────────────────────────────────────


@router.get("/documents/{id}")
async def ouvrir(id: str, request: Request, bac: BacDep) -> Response:
    async def faire(uow: UnitOfWork) -> tuple[bytes, str]:
        visite = await chez(uow, request)
        row = await le_mien(visite, id)
        octets = await documents.contenu(uow.session, row.blob)
        interieur = corps_non_structure(octets)
        return (interieur[1], interieur[0]) if interieur else (octets, row.mime)

    octets, media = await ecrire_bac(request, bac, faire)
    entetes = {**ENTETES, "Content-Disposition": "inline" if media == "application/pdf" else "attachment"}
    return Response(octets, media_type=media, headers=entetes)


@router.post("/documents/{id}")
async def changer(
    id: str, request: Request, bac: BacDep, action: Annotated[Literal["masquer", "demasquer", "supprimer"], Form()]
) -> Response:
    async def faire(uow: UnitOfWork) -> None:
        visite = await chez(uow, request)
        await metadonnees.modifier(visite, await le_mien(visite, id), Action[action.upper()])

    return await agir(request, bac, faire)


@router.post("/documents")
async def deposer(
    request: Request, bac: BacDep, titre: Ligne, type: Ligne, texte: Annotated[str, Form(max_length=5000)]
) -> Response:
    depot = depots.Depot(titre, type, "application/pdf", pdf(titre, texte.splitlines()))

    async def faire(uow: UnitOfWork) -> None:
        await depots.deposer_par_patient(await chez(uow, request), depot)

    return await agir(request, bac, faire)


@router.post("/masquer-tout")
async def masquer_tout(request: Request, bac: BacDep) -> Response:
    async def faire(uow: UnitOfWork) -> None:
        await metadonnees.masquer_tout(await chez(uow, request))

    return await agir(request, bac, faire)


@router.post("/blocages")
async def bloquer(
    request: Request, bac: BacDep, titulaire: Ligne, action: Annotated[Literal["bloquer", "debloquer"], Form()]
) -> Response:
    async def faire(uow: UnitOfWork) -> None:
        await autorisations.bloquer(await chez(uow, request), titulaire, bloque=action == "bloquer")

    return await agir(request, bac, faire)


@router.post("/reglages")
async def regler(
    request: Request,
    bac: BacDep,
    bris_de_glace: Annotated[str, Form(max_length=3)] = "",
    centre_15: Annotated[str, Form(max_length=3)] = "",
    masques_en_urgence: Annotated[str, Form(max_length=3)] = "",
) -> Response:
    choix = {
        "bris_de_glace": bris_de_glace == "oui",
        "centre_15": centre_15 == "oui",
        "masques_en_urgence": masques_en_urgence == "oui",
    }

    async def faire(uow: UnitOfWork) -> None:
        await citoyen.regler(await chez(uow, request), choix)

    return await agir(request, bac, faire)


@router.post("/fermer")
async def fermer(request: Request, bac: BacDep) -> Response:
    async def faire(uow: UnitOfWork) -> None:
        await citoyen.fermer(await chez(uow, request, actif=False), raison="Demande du titulaire", express=False)

    return await agir(request, bac, faire)


@router.post("/rouvrir")
async def rouvrir(request: Request, bac: BacDep) -> Response:
    async def faire(uow: UnitOfWork) -> None:
        await citoyen.rouvrir(await chez(uow, request, actif=False))

    return await agir(request, bac, faire)


# ── activation ──────────────────────────────────────────────────────────────────────────────────────────────────────


@router.post("/activation")
async def activer(
    request: Request,
    bac: BacDep,
    nir: Ligne,
    naissance: Ligne,
    serie: Ligne,
    carte: Annotated[Literal["photo", "nophoto"], Form()] = "photo",
) -> Response:
    identite = activation.Identite(nir.replace(" ", ""), naissance.strip(), carte, serie.strip())

    async def faire(uow: UnitOfWork) -> dict[str, Any]:
        row, candidats = await activation.ouvrir(uow, reglages(request), identite)
        porteur = await dossiers.dossier(uow.session, identite.nir)
        return activation.resume(row, candidats, porteur or candidats[0])

    ouvert = await ecrire_bac(request, bac, faire)
    return page(
        "activation.html",
        request,
        bac,
        etape="decision",
        id=ouvert["enrolmentId"],
        candidats=ouvert["candidates"],
        canaux=ouvert["channels"],
    )


@router.post("/activation/{id}/decision")
async def decider(
    id: str,
    request: Request,
    bac: BacDep,
    decision: Annotated[Literal["activate", "oppose"], Form()],
    canal: Annotated[Literal["sms", "email", "post"], Form()] = "post",
    profil: Annotated[str, Form(max_length=4)] = "0",
    conditions: Annotated[str, Form(max_length=3)] = "",
) -> Response:
    async def faire(uow: UnitOfWork) -> None:
        await activation.decider(
            uow, reglages(request), id, profil_ref=profil, decision=decision, conditions=conditions == "oui"
        )
        if decision == "activate":
            await activation.envoyer_code(uow, id, canal)

    await ecrire_bac(request, bac, faire)
    if decision == "oppose":
        return page("activation.html", request, bac, etape="fin", message="OPPOSED")
    return page("activation.html", request, bac, etape="code", id=id)


@router.post("/activation/{id}/confirmer")
async def confirmer(
    id: str,
    request: Request,
    bac: BacDep,
    code: Ligne,
    identifiant: Annotated[str, Form(min_length=1, max_length=100)],
    mot_de_passe: Annotated[str, Form(max_length=200)],
) -> Response:
    if (faiblesse := mot_de_passe_faible(mot_de_passe)) is not None:
        raise CodeRefuse(
            "the password is too weak: 12 characters with a lower and an upper case letter, a digit and a sign",
            f"mot de passe trop faible : {faiblesse}",
            regle="MES-ACT-12",
            champ="mot_de_passe",
        )
    empreinte = await asyncio.to_thread(hacher, mot_de_passe, os.urandom(16))

    async def faire(uow: UnitOfWork) -> None:
        await activation.confirmer(
            uow,
            reglages(request),
            id,
            code=code.strip(),
            identifiant=identifiant.strip(),
            mot_de_passe=empreinte,
            email=None,
        )

    await ecrire_bac(request, bac, faire)
    return page("activation.html", request, bac, etape="fin", message=TEXTES[langue_de(request)]["active"])
