"""``/_interne``: what the services ask of their gateway (:mod:`shared.passerelle`). Never reachable from outside."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.control.bacs import RegistreDep
from gateway.edge.journal import Echange, identifiant
from gateway.oidc import interne as psc
from gateway.pki import Pki
from gateway.registre import service_absent
from gateway.store import clients
from shared.edge.fautes import choisir
from shared.errors import Introuvable
from shared.observability.metrics import compter
from shared.web.asgi import appeler
from shared.web.deps import contexte
from shared.web.reponses import JSONReponse

router = APIRouter(prefix="/_interne/bacs/{nom}", include_in_schema=False)

_FINS = {b"content-type", b"etag", b"location", b"last-modified"}


@router.get("")
async def etat(nom: str, registre: RegistreDep) -> Response:
    return JSONReponse(registre.connu(nom).to_json())


@router.get("/jwks")
async def jwks(nom: str, request: Request, registre: RegistreDep) -> Response:
    return JSONReponse(await psc.jwks(contexte(request), registre.connu(nom)))


@router.get("/sessions/{sid}")
async def session(nom: str, sid: str, request: Request, registre: RegistreDep) -> Response:
    trouvee = await psc.session(contexte(request), registre.connu(nom).estampille(), sid)
    if trouvee is None:
        raise Introuvable("session closed or unknown", "session close ou inconnue", regle="BAC-JETON-06")
    return JSONReponse(trouvee)


@router.get("/logiciels")
async def logiciels(nom: str, request: Request, registre: RegistreDep) -> Response:
    """Numbers a software may show in this bac, by kind (ruling 11.9)."""
    async with (await contexte(request).spaces.open(registre.connu(nom).nom)).lecture() as session:
        rows = await clients.identifiants(session)
    par_nature: dict[str, list[str]] = {"idam": [], "nil": [], "cle_api": []}
    for row in rows:
        par_nature.setdefault(row.nature.lower(), []).append(row.valeur)
    return JSONReponse(par_nature)


@router.get("/pki")
async def pki(nom: str, request: Request, registre: RegistreDep) -> Response:
    """Authorities whose signatures count, and the serials revoked, for assertion checks in ``homologation``."""
    registre.connu(nom)
    trouve: Pki = request.app.state.pki
    return JSONReponse({"autorites": [pem.decode() for pem in trouve.autorites], "revoques": sorted(trouve.revoques)})


@router.post("/journal")
async def journaliser(nom: str, request: Request, registre: RegistreDep) -> Response:
    """An exchange on another wire (SMTP, IMAP), reported by the service that carried it."""
    d: dict[str, Any] = await request.json()
    bac = registre.connu(nom)
    corps = str(d.get("requete", "")).encode()
    reponse = str(d.get("reponse", "")).encode()
    echange = Echange(
        id=str(d.get("id") or identifiant()),
        bac=nom,
        heure=bac.horloge.now(),
        reelle=datetime.now(UTC),
        canal=str(d.get("canal", "mail")),
        service=str(d.get("service") or request.headers.get("bac-service", "mss")),
        methode=str(d.get("methode", "")),
        chemin=str(d.get("chemin", "")),
        nomme=str(d.get("appelant", "")),
        statut=int(d.get("statut") or 0),
        duree_ms=float(d.get("duree_ms") or 0),
        operation=str(d.get("operation") or ""),
        faute=d.get("faute"),
        requete_corps=corps[:16_384],
        reponse_corps=reponse[:16_384],
        requete_taille=int(d.get("requete_taille") or len(corps)),
        reponse_taille=len(reponse),
        notes={
            "operation": d.get("operation"),
            "faits": d.get("faits") or {},
            "decisions": d.get("decisions") or [],
        },
    )
    registre.journal.ajouter(echange)
    compter(
        "bacasante_commandes_mail_total",
        protocole=echange.canal if echange.canal in ("smtp", "imap") else "autre",
        issue=echange.verdict(),
    )
    return JSONReponse({"id": echange.id})


@router.post("/fautes")
async def faute(nom: str, request: Request, registre: RegistreDep) -> Response:
    d: dict[str, Any] = await request.json()
    trouvee = choisir(
        registre.fautes(nom),
        service=str(d.get("service", "")),
        chemin=str(d.get("operation", "")),
        operation=str(d.get("operation", "")),
        identite=str(d.get("identite", "")),
    )
    if trouvee is None:
        return JSONReponse(b"null")
    return JSONReponse(
        {
            "id": trouvee.id,
            "nom": trouvee.nom or None,
            "effet": trouvee.effet,
            "latence_ms": trouvee.latence_ms,
            "refus": trouvee.refus,
        }
    )


@router.api_route("/services/{service}/{chemin:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
async def vers_un_service(nom: str, service: str, chemin: str, request: Request, registre: RegistreDep) -> Response:
    """One service asking another, as itself; journalled as ``interne`` (architecture §11.13)."""
    if service not in registre.services:
        raise service_absent(service)
    bac = registre.connu(nom)
    corps = await request.body()
    debut = datetime.now(UTC)
    reponse = await appeler(
        registre.services[service],
        request.method,
        f"/{chemin}",
        query=request.url.query,
        body=corps,
        headers=[
            ("Bac-Secret", registre.settings.secret.get_secret_value()),
            ("Bac-Etat", bac.to_json().decode()),
            ("Bac-Now", bac.horloge.now().isoformat()),
            ("Bac-Service", request.headers.get("bac-service", "")),
            *((k, v) for k, v in request.headers.items() if k in ("content-type", "accept")),
        ],
    )
    registre.journal.ajouter(
        Echange(
            id=identifiant(),
            bac=nom,
            heure=bac.horloge.now(),
            reelle=debut,
            canal="http",
            service=service,
            methode=request.method,
            chemin=f"/{chemin}",
            nomme=f"service:{request.headers.get('bac-service', '')}",
            interne=True,
            statut=reponse.status,
            duree_ms=(datetime.now(UTC) - debut).total_seconds() * 1000,
            requete_corps=corps[:16_384],
            requete_taille=len(corps),
            reponse_corps=reponse.body[:16_384],
            reponse_taille=len(reponse.body),
            notes=next((v for k, v in reponse.headers if k == b"bac-notes"), None),
        )
    )
    entetes = {k.decode(): v.decode("latin-1") for k, v in reponse.headers if k in _FINS}
    return Response(reponse.body, status_code=reponse.status, headers=entetes)
