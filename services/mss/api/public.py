"""What anybody may read: the private inbox of an invented person, mail autoconfiguration, the white list."""

from typing import Annotated, Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from services.mss.api import rendu
from services.mss.api.deps import Avant, Taille
from services.mss.domain.adresses import Adresse
from services.mss.store import boites, patients
from shared.errors import Introuvable
from shared.monde.patients import PATIENTS
from shared.web.deps import BacDep, LectureDep
from shared.web.reponses import JSONReponse

router = APIRouter()

XML: dict[int | str, dict[str, Any]] = {200: {"content": {"application/xml": {"schema": {"type": "string"}}}}}


@router.get("/mss/v1/prive/{personne}", tags=["Boîte privée"])
async def boite_privee(
    personne: Annotated[
        str, Path(max_length=64, pattern=r"^[\w.-]+$", description="Slug of a persona, or a matricule INS")
    ],
    session: LectureDep,
    count: Taille = 50,
    avant: Avant = None,
) -> Response:
    """E-mails, SMS and letters outside the trust space, newest first: notices and codes. Everybody here is invented."""
    matricule = PATIENTS[personne].matricule_ins if personne in PATIENTS else personne.upper()
    if await patients.profil(session, matricule) is None:
        raise Introuvable(
            f"nobody is called {personne}", f"personne ne s'appelle {personne}", regle="MSS-PRIVE-01", champ="personne"
        )
    recus = await patients.prives(session, matricule, taille=count, avant=avant)
    return JSONReponse({"matricule_ins": matricule, "messages": [rendu.prive(row) for row in recus]})


@router.get("/listeblanchemssante.xml", tags=["MSSanté"], response_class=Response, responses=XML)
async def liste_blanche(session: LectureDep, bac: BacDep) -> Response:
    """The white list of the trust space (mssante.md §1.4)."""
    domaines = "".join(
        "<Domaine>"
        f"<Nom>{escape(row.nom)}</Nom><Description>{escape(row.description)}</Description>"
        f"<DNCertificatOperateur>CN=smtp.{escape(row.nom)},OU=318751275100020,O=BAC A SANTE,ST=Paris (75),C=FR"
        "</DNCertificatOperateur>"
        "<ResponsableContact>responsable@bac-a-sante.invalid</ResponsableContact>"
        "<SupportContact>support@bac-a-sante.invalid</SupportContact>"
        f"<DateMAJ>{row.maj_le.isoformat(timespec='seconds')}</DateMAJ>"
        "</Domaine>"
        for row in await boites.domaines(session)
    )
    corps = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<ListeBlanche xmlns="https://listeblanche.mssante.fr/schema">'
        f"<DateDeGeneration>{bac.now().isoformat(timespec='seconds')}</DateDeGeneration>{domaines}</ListeBlanche>"
    )
    return Response(corps.encode(), media_type="application/xml")


@router.get("/mail/config-v1.1.xml", tags=["MSSanté"], response_class=Response, responses=XML)
async def autoconfiguration(
    request: Request,
    bac: BacDep,
    adresse: Annotated[str, Query(alias="emailaddress", max_length=254)] = "",
) -> Response:
    """Where SMTP and IMAP are, in the form mail clients look up (ECO.1.1.9)."""
    domaine = Adresse.lire(adresse, champ="emailaddress").domaine if adresse else "mssante.fr"
    hote = urlsplit(bac.base_url).hostname or "localhost"
    ports: dict[str, int] = request.app.state.mail_ports
    corps = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<clientConfig version="1.1">'
        f"<emailProvider id={quoteattr(domaine)}><domain>{escape(domaine)}</domain>"
        "<displayName>MSSanté (bac à sable)</displayName>"
        f"{_serveur('incomingServer', 'imap', hote, ports.get('imap', 0))}"
        f"{_serveur('outgoingServer', 'smtp', hote, ports.get('smtp', 0))}"
        "</emailProvider>"
        f"<oAuth2><issuer>{escape(bac.base_url)}/auth/realms/esante-wallet</issuer>"
        "<scope>openid scope_all</scope></oAuth2>"
        "</clientConfig>"
    )
    return Response(corps.encode(), media_type="application/xml")


def _serveur(element: str, genre: str, hote: str, port: int) -> str:
    return (
        f'<{element} type="{genre}"><hostname>{escape(hote)}</hostname><port>{port}</port>'
        "<socketType>STARTTLS</socketType><authentication>OAuth2</authentication>"
        f"<username>%EMAILADDRESS%</username></{element}>"
    )
