"""The hottest reads, as plain handlers on cached bytes: discovery, JWKS, UserInfo (architecture §10)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.oidc.api.authentification import empreinte_certificat
from gateway.oidc.api.contrat import erreurs
from gateway.oidc.api.emission import horodatage
from gateway.oidc.api.outils import NO_STORE, Monde, formulaire, lire, monde_muet, noter_oauth, premiers
from gateway.oidc.domain import jetons, userinfo
from gateway.oidc.domain.decouverte import PROTOCOLE, REALM, document
from gateway.oidc.domain.refus import RefusOAuth, refus
from gateway.oidc.domain.reglages import Reglages
from gateway.oidc.domain.session import Session
from gateway.oidc.signature import Claims
from gateway.oidc.verification import porteur
from gateway.personas.repertoire import Persona
from shared.db.spaces import Space
from shared.decision import operation
from shared.errors import Introuvable
from shared.web.reponses import JSONReponse

router = APIRouter(tags=["Pro Santé Connect"])


async def decouverte(request: Request) -> Response:
    """The metadata, under the platform's name and the standard one (PSC §1.1)."""
    m = await monde_muet(request)
    if m.reglages.discovery_mode == "wallet_only" and request.url.path.endswith("/openid-configuration"):
        raise Introuvable(
            "This bac serves only wallet-openid-configuration (knob discovery_mode).",
            "Ce bac ne sert que wallet-openid-configuration (réglage discovery_mode).",
            regle="PSC-DEC-01",
        )
    cle = ("decouverte", m.bac.base_url, m.reglages.discovery_mode)
    return m.psc.reponses.get(cle) or m.psc.garder(
        cle,
        JSONReponse(
            orjson.dumps(document(m.bac.base_url, m.reglages)),
            headers={"Cache-Control": "no-cache, must-revalidate, no-transform, no-store"},
        ),
    )


async def certs(request: Request) -> Response:
    """The public keys that sign this bac's tokens (JWKS): the current one, and older ones still in use."""
    m = await monde_muet(request)
    corps = (await m.psc.signataire(m.bac.nom)).trousseau.jwks()
    cle = ("certs", corps)
    return m.psc.reponses.get(cle) or m.psc.garder(cle, JSONReponse(corps, headers={"Cache-Control": "no-cache"}))


async def informations(request: Request) -> Response:
    """UserInfo (PSC §2.8): the token in the header, or in the form of a POST; 401 with header and body."""
    m = await monde_muet(request)
    if (connu := _deja_vu(request, m)) is not None:
        operation("PSC-USERINFO", id_nat=connu.id_nat, client_id=connu.client_id)
        return connu.reponse
    space = await m.ctx.spaces.open(m.bac.nom)
    version = space.version
    try:
        claims, persona, session = await _porteur(request, m)
    except RefusOAuth as erreur:
        noter_oauth(erreur, "userinfo")
        erreur.entetes["WWW-Authenticate"] = _defi(erreur)
        raise
    operation("PSC-USERINFO", id_nat=persona.personne.id_nat, client_id=claims["azp"])
    corps = _corps(m, persona, str(claims.get("scope", "")), session.auth_mode)
    if m.reglages.userinfo_format == "jwt" or request.headers.get("accept", "").startswith("application/jwt"):
        signe = await (await m.psc.signataire(m.bac.nom)).signer(
            {"iss": m.issuer, "aud": claims["azp"], **orjson.loads(corps)}
        )
        return Response(signe, media_type="application/jwt", headers=NO_STORE)
    reponse = JSONReponse(corps, headers=NO_STORE)
    _retenir(request, m, space, version, claims, persona, session, reponse)
    return reponse


@dataclass(frozen=True, slots=True)
class _Connu:
    """What UserInfo answered to a token, true as long as nothing was written in the space of its bac (``version``),
    the token lives (``exp``), the session does (``fin``), and no knob moved."""

    autorisation: bytes
    space: Space
    version: int
    reglages: Reglages
    exp: float
    fin: datetime
    id_nat: str
    client_id: str
    reponse: Response


def _autorisation(request: Request) -> bytes:
    """The header of a GET that does not ask for a JWT; empty otherwise."""
    autorisation = b""
    for cle, valeur in request.scope["headers"]:
        if cle == b"accept" and valeur.startswith(b"application/jwt"):
            return b""
        if cle == b"authorization" and not autorisation:
            autorisation = valeur
    return autorisation if request.scope["method"] == "GET" else b""


def _cle(m: Monde, autorisation: bytes) -> tuple[str, int, bytes]:
    """The end of a token (its signature) tells it from the others; the whole is compared afterwards."""
    return (m.bac.nom, m.bac.epoque, autorisation[-64:])


def _deja_vu(request: Request, m: Monde) -> _Connu | None:
    autorisation = _autorisation(request)
    connu = m.psc.porteurs.get(_cle(m, autorisation))
    if not isinstance(connu, _Connu) or connu.autorisation != autorisation:
        return None
    tient = (
        m.ctx.spaces.ouvert(m.bac.nom) is connu.space
        and connu.space.version == connu.version
        and connu.reglages is m.reglages
        and horodatage(m).timestamp() < connu.exp
        and m.bac.now() < connu.fin
    )
    return connu if tient else None


def _retenir(
    request: Request,
    m: Monde,
    space: Space,
    version: int,
    claims: Claims,
    persona: Persona,
    session: Session,
    reponse: Response,
) -> None:
    autorisation = _autorisation(request)
    if not space.seul or claims.get("cnf") or not autorisation:
        return
    connu = _Connu(
        autorisation,
        space,
        version,
        m.reglages,
        float(claims["exp"]),
        session.fin(m.reglages),
        persona.personne.id_nat,
        claims["azp"],
        reponse,
    )
    m.psc.retenir_porteur(_cle(m, autorisation), connu)


def _corps(m: Monde, persona: Persona, scope: str, auth_mode: str) -> bytes:
    return orjson.dumps(composer(persona, scope=scope, auth_mode=auth_mode, m=m))


def composer(persona: Persona, *, scope: str, auth_mode: str, m: Monde) -> dict[str, Any]:
    return userinfo.composer(
        persona.personne,
        structure=persona.structures.get,
        scope=scope,
        auth_mode=auth_mode,
        reglages=m.reglages,
        courriel=persona.courriel,
    )


async def _porteur(request: Request, m: Monde) -> tuple[Claims, Persona, Session]:
    schema, _, valeur = request.headers.get("authorization", "").partition(" ")
    if schema.lower() != "bearer":
        valeur = premiers(await formulaire(request)).get("access_token", "") if request.method == "POST" else ""
    if not valeur.strip():
        raise refus("PSC-UI-01")
    claims = (await m.psc.signataire(m.bac.nom)).lire(valeur.strip())
    instant = horodatage(m)
    if claims is None or claims.get("typ") != jetons.ACCES:
        raise refus("PSC-UI-02").avec(signature="bad" if claims is None else "good", typ=(claims or {}).get("typ"))
    if instant.timestamp() >= claims["exp"]:
        raise refus("PSC-UI-02").avec(exp=claims["exp"], now=int(instant.timestamp()), sid=claims["sid"])
    async with lire(m) as session:
        trouve = await porteur(session, m.bac, claims, instant=instant, reglages=m.reglages)
    if trouve is None or trouve.persona is None:
        raise refus("PSC-UI-03").avec(sid=claims["sid"], client_id=claims["azp"])
    lie = (claims.get("cnf") or {}).get("x5t#S256")
    if lie is not None and lie != empreinte_certificat(request):
        raise refus("PSC-UI-04")
    if "openid" not in str(claims.get("scope", "")).split():
        raise refus("PSC-UI-05")
    return claims, trouve.persona, trouve.session


def _defi(erreur: RefusOAuth) -> str:
    """RFC 6750 §3: no error code when no token was sent."""
    defi = 'Bearer realm="esante-wallet"'
    if not erreur.error:
        return defi
    texte = erreur.description.replace('"', "'")
    return f'{defi}, error="{erreur.error}", error_description="{texte}"'


# Plain handlers for speed; the documented routes below are the same functions, for the contract only.
for _nom in ("wallet-openid-configuration", "openid-configuration"):
    router.add_route(f"{REALM}/.well-known/{_nom}", decouverte, methods=["GET"])
router.add_route(f"{PROTOCOLE}/certs", certs, methods=["GET"])
router.add_route(f"{PROTOCOLE}/userinfo", informations, methods=["GET", "POST"])

router.add_api_route(f"{REALM}/.well-known/wallet-openid-configuration", decouverte, methods=["GET"])
router.add_api_route(f"{PROTOCOLE}/certs", certs, methods=["GET"])
router.add_api_route(
    f"{PROTOCOLE}/userinfo",
    informations,
    methods=["GET"],
    openapi_extra={"responses": erreurs(401), "security": [{"bearer": []}]},
)
