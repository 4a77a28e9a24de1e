"""Personas and patients: who can be played, and what the services hold about them."""

import asyncio
import unicodedata
from typing import Any

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from gateway.console.ecran import Ecran, EcranDep
from gateway.console.lectures import Guichet, echanges_de, sans_jeton
from gateway.oidc.api.outils import lire, monde
from gateway.personas import api as personas
from gateway.personas.emission_patient import PatientConnu, trouver_patient
from shared.errors import Indisponible, Introuvable
from shared.monde.patients import PAR_MATRICULE, PATIENTS
from shared.web.asgi import Reponse
from shared.web.deps import LectureDep

router = APIRouter()


def _plat(texte: str) -> str:
    return unicodedata.normalize("NFKD", texte).encode("ascii", "ignore").decode().lower()


def _convient(q: str, *valeurs: Any) -> bool:
    """Every word of the search, anywhere, accents and case aside."""
    botte = _plat(" ".join(str(v) for v in valeurs if v))
    return all(mot in botte for mot in _plat(q).split())


@router.get("/console/personas")
async def lister_personas(e: EcranDep, session: LectureDep, q: str = "") -> Response:
    tous = (await personas.tous(session, None))["personas"]
    professionnels = [
        p
        for p in tous
        if p["type"] in ("professionnel", "logiciel")
        and _convient(q, p["prenom"], p["nom"], p["id_nat"], p["libelle"], p["slug"], *p["situations"])
    ]
    structures = [s for s in tous if s["type"] == "structure" and _convient(q, s["nom"], s["slug"], s["structure_id"])]
    return e.page("personas.html", q=q[:100], personas=professionnels, structures=structures)


@router.get("/console/personas/{slug}")
async def un_persona(e: EcranDep, slug: str) -> Response:
    return await _persona(e, slug, None)


@router.post("/console/personas/{slug}")
async def donner_un_jeton(e: EcranDep, slug: str) -> Response:
    """An access token to copy; nothing keeps it."""
    await e.formulaire()
    return await _persona(e, slug, await personas.frapper(slug, e.request, None))


async def _persona(e: Ecran, slug: str, acces: dict[str, Any] | None) -> Response:
    fiche = await personas.un(slug, e.request)
    guichet = Guichet(e, fiche["slug"])
    # One after the other: the second read uses the token the first one got.
    patients = await guichet.lire("dmp", "/dmp/v1/patients")
    messages = await guichet.lire("mss", "/mss/v1/messages")
    return e.page(
        "persona.html",
        p=fiche,
        acces=acces,
        patients=patients,
        messages=messages,
        entrees=echanges_de(e, fiche["id_nat"]),
    )


@router.get("/console/patients")
async def lister_patients(e: EcranDep, q: str = "", matricule: str = "") -> Response:
    if matricule := matricule.strip().replace(" ", "").upper():
        return RedirectResponse(e.lien(f"/patients/{(await _patient(e, matricule)).matricule_ins}"), status_code=303)
    trouves = [
        p
        for p in PATIENTS.values()
        if _convient(q, p.traits.prenom, p.traits.nom_naissance, p.nom_usage, p.matricule_ins, p.slug, *p.situations)
    ]
    return e.page("patients.html", q=q[:100], patients=trouves)


async def _patient(e: Ecran, cle: str) -> PatientConnu:
    async with lire(await monde(e.request)) as session:
        trouve = await trouver_patient(session, cle, e.bac.reglages.oid_mode)
    if trouve is None:
        raise Introuvable(
            f"no patient {cle[:64]!r} among those of the demonstration world and those made in this bac",
            f"aucun patient {cle[:64]!r} parmi ceux du monde de démonstration et ceux créés dans ce bac",
            regle="BAC-CTL-08",
            champ="patient",
        )
    return trouve


@router.get("/console/patients/{cle}")
async def un_patient(e: EcranDep, cle: str) -> Response:
    """The whole story of one person, as each service tells it to them."""
    p = await _patient(e, cle)
    fiche = PATIENTS.get(cle) or PAR_MATRICULE.get(p.matricule_ins)
    guichet = Guichet(e, p)
    profil = await guichet.lire("dmp", "/mes/v1/profil")
    documents, historique, autorisations, messages, prescriptions, telephone = await asyncio.gather(
        guichet.lire("dmp", "/mes/v1/documents"),
        guichet.lire("dmp", "/mes/v1/historique"),
        guichet.lire("dmp", "/mes/v1/autorisations"),
        guichet.lire("mss", "/mss/v1/patient/messages"),
        guichet.lire("eprescription", "/eprescription/v1/patient/prescriptions"),
        sans_jeton(e, "apcv", "/apcv/phone/v1/applis", f"matricule={p.matricule_ins}"),
    )
    return e.page(
        "patient.html",
        cle=p.matricule_ins,
        p=p,
        fiche=fiche,
        traits=fiche.traits if fiche else None,
        profil=profil,
        documents=documents,
        historique=historique,
        autorisations=autorisations,
        messages=messages,
        prescriptions=prescriptions,
        telephone=telephone,
        entrees=echanges_de(e, p.matricule_ins),
    )


@router.get("/console/patients/{cle}/documents/{id}")
async def un_document(e: EcranDep, cle: str, id: str) -> Response:
    return await _piece(e, cle, "dmp", f"/mes/v1/documents/{_sain(id)}/contenu")


@router.get("/console/patients/{cle}/prescriptions/{numero}")
async def une_ordonnance(e: EcranDep, cle: str, numero: str) -> Response:
    return await _piece(e, cle, "eprescription", f"/eprescription/v1/patient/prescriptions/{_sain(numero)}/pdf")


def _sain(morceau: str) -> str:
    """An identifier put in an internal path: letters, digits and hyphens, or nothing is found."""
    if not morceau.isascii() or not morceau.replace("-", "").isalnum():
        raise Introuvable("no such document", "document inconnu", regle="BAC-CTL-08", champ="id")
    return morceau


async def _piece(e: Ecran, cle: str, service: str, path: str) -> Response:
    """Bytes a service holds, shown apart: whatever they are, they run nothing here."""
    try:
        reponse: Reponse = await Guichet(e, await _patient(e, cle)).brut(service, path)
    except OSError as error:
        raise Indisponible(f"{service} does not answer", f"{service} ne répond pas", dependance=service) from error
    if reponse.status >= 300:
        raise Introuvable("no such document", "document inconnu", regle="BAC-CTL-08", champ="id")
    return Response(
        reponse.body,
        media_type=reponse.header("content-type") or "application/octet-stream",
        headers={
            "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )
