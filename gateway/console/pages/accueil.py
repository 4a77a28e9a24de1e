"""Home: are the services well, and where does one plug in."""

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway import sante
from gateway.console.ecran import Ecran, EcranDep
from gateway.personas.repertoire import lister
from shared.monde.patients import PATIENTS
from shared.web.deps import LectureDep

router = APIRouter()
ouvert = APIRouter()


def _fils(e: Ecran) -> list[tuple[str, str, bool]]:
    base, r = e.bac.base_url, e.registre
    return [
        ("fil_psc", f"{base}/auth/realms/esante-wallet/.well-known/wallet-openid-configuration", True),
        ("fil_lps", f"{base}/lps", False),
        ("fil_json", f"{base}/insi/v1  {base}/adri/v1  {base}/apcv/v1", False),
        ("fil_dmp", f"{base}/fhir/dmp", False),
        ("fil_mes", f"{base}/mes/v1", False),
        ("fil_mss", f"SMTP {r.smtp or '—'} · IMAP {r.imap or '—'} · {base}/mss/v1", False),
        ("fil_annuaire", f"{base}/annuaire/fhir/v2", False),
        ("fil_eprescription", f"{base}/eprescription/v1", False),
        ("fil_controle", f"{base}/_bac", True),
        ("fil_docs", f"{base}/docs", True),
        ("telephone_ecps", f"{base}/ecps", True),
        ("telephone_apcv", f"{base}/apcv/phone", True),
    ]


@router.get("/console")
async def accueil(e: EcranDep, request: Request, session: LectureDep) -> Response:
    etats = orjson.loads(bytes((await sante.ready(request, e.registre)).body))
    refus = []
    for _, echange in zip(range(500), e.registre.journal.lister(e.bac.nom), strict=False):
        if echange.verdict() in ("refuse", "faute-injectee"):
            refus.append(echange.resume())
            if len(refus) == 8:
                break
    return e.page(
        "accueil.html",
        services=dict(sorted(etats["services"].items())),
        fils=_fils(e),
        refus=refus,
        fautes=len(e.registre.fautes(e.bac.nom)),
        personas=len(await lister(session)),
        patients=len(PATIENTS),
    )


@ouvert.post("/console/acces")
async def entrer(e: EcranDep) -> Response:
    """The control token, once; a cookie that only this server can make remembers it."""
    donne = (await e.formulaire()).get("controle", "")
    attendu = e.registre.settings.jeton_de_controle
    if attendu is None or not e.meme_secret(donne, attendu.get_secret_value()):
        return e.page("acces.html", statut=401, faux=True)
    return e.ouvrir_l_acces(RedirectResponse(e.lien(), status_code=303))
