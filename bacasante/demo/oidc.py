"""Signing in with Pro Santé Connect as a practice software does: Authlib, discovery, PKCE, the e-CPS on the phone."""

import html
import re
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from bacasante.demo.fil import Fil
from bacasante.demo.modele import Echange, PromesseRompue, Recit
from bacasante.demo.scene import Identite
from shared.monde.modele import Professionnel

VOIE = "OIDC"
CLIENT_ID = "lps-demo-bas"
CLIENT_SECRET = "secret-lps-demo"  # noqa: S105  # the published client of every bac
RETOUR = "http://localhost:5000/callback"
SORTIE = "http://localhost:5000/"
SCOPE = "openid scope_all"
DECOUVERTE = "/auth/realms/esante-wallet/.well-known/wallet-openid-configuration"
PIN_DEMO = "1234"
ATTENTE_S = 10.0


@dataclass(slots=True)
class Navigateur:
    """The professional's browser: follows redirects inside the provider, stops at the software's own address."""

    fil: Fil

    def ouvrir(self, methode: str, url: str, **options: Any) -> tuple[str, str]:
        """(address, page) reached; the page is empty when the address is the software's."""
        for _ in range(10):
            reponse = self.fil.appeler(methode, url, voie=VOIE, qui="browser", attendu=(200, 302, 303), **options)
            if not reponse.brute.is_redirect:
                return url, reponse.texte
            methode, options = "GET", {}
            url = urljoin(url, reponse.brute.headers["location"])
            if url.startswith(RETOUR):
                return url, ""
        raise PromesseRompue("the sign-in ends", voie=VOIE, recu=f"more than ten redirects, last {url}")


def se_connecter(fil: Fil, recit: Recit, personne: Professionnel, *, par_ecps: bool) -> Identite:
    """The whole authorization code flow, the code from the provider's own pages, tokens checked as a client must."""
    fil.client.cookies.clear()  # everybody has a browser of their own: no single sign-on between two people
    metadonnees = fil.get(DECOUVERTE, voie=VOIE, qui="software").json()
    verifieur, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
    with OAuth2Session(
        CLIENT_ID,
        CLIENT_SECRET,
        scope=SCOPE,
        redirect_uri=RETOUR,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_post",  # noqa: S106  # a method, not a secret
    ) as client:
        fil.confier(client)
        url, state = client.create_authorization_url(
            metadonnees["authorization_endpoint"], acr_values="eidas1", nonce=nonce, code_verifier=verifieur
        )
        retour = _obtenir_le_code(fil, url, personne, par_ecps=par_ecps)
        recit.promettre(
            "the software gets back its own state and the issuer's name",
            parse_qs(urlsplit(retour).query).get("state") == [state],
            voie="redirect",
        )
        jetons: dict[str, Any] = client.fetch_token(
            metadonnees["token_endpoint"], authorization_response=retour, state=state, code_verifier=verifieur
        )
    recit.echange(
        Echange(
            VOIE, "POST token endpoint (code, code_verifier)", f"access token for {jetons['expires_in']} s", "software"
        )
    )
    _verifier_id_token(fil, recit, metadonnees, jetons["id_token"], nonce)
    info = fil.get(metadonnees["userinfo_endpoint"], jeton=jetons["access_token"], voie=VOIE, qui=personne.slug).json()
    return Identite(personne.slug, jetons["access_token"], jetons["refresh_token"], jetons["id_token"], info)


def rafraichir(fil: Fil, identite: Identite) -> str:
    """A fresh access token (they live 120 s)."""
    metadonnees = fil.get(DECOUVERTE, voie=VOIE, muet=True).json()
    corps = {
        "grant_type": "refresh_token",
        "refresh_token": identite.refresh_token,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }
    jetons = fil.post(metadonnees["token_endpoint"], data=corps, voie=VOIE, muet=True).json()
    identite.access_token, identite.refresh_token = jetons["access_token"], jetons["refresh_token"]
    return identite.access_token


def se_deconnecter(fil: Fil, recit: Recit, identite: Identite) -> None:
    """RP-initiated logout: the session ends everywhere, and the browser comes home."""
    metadonnees = fil.get(DECOUVERTE, voie=VOIE, muet=True).json()
    parametres = {"id_token_hint": identite.id_token, "post_logout_redirect_uri": SORTIE, "state": "bye"}
    reponse = fil.get(
        metadonnees["end_session_endpoint"], params=parametres, voie=VOIE, qui=identite.qui, attendu=(302,)
    )
    retour = reponse.brute.headers["location"]
    recit.promettre("signing out brings the browser home", retour == f"{SORTIE}?state=bye", voie=VOIE, recu=retour)


def _obtenir_le_code(fil: Fil, url: str, personne: Professionnel, *, par_ecps: bool) -> str:
    navigateur = Navigateur(fil)
    adresse, page = navigateur.ouvrir("GET", url)
    if adresse.startswith(RETOUR):
        return adresse
    if not par_ecps:
        action = _action(page, "/persona", adresse)
        return navigateur.ouvrir("POST", action, data={"persona": personne.slug})[0]
    adresse, page = navigateur.ouvrir("POST", _action(page, "/ecps", adresse), data={"id_nat": personne.id_nat})
    numero = _chercher(r'id="numero">\s*(\d\d)\s*<', page, "the login page shows two digits")
    _approuver(
        fil, personne, numero, urljoin(adresse, _chercher(r'class="bouton" href="([^"]+)"', page, "a phone link"))
    )
    limite = time.monotonic() + ATTENTE_S
    while time.monotonic() < limite:
        arrivee, _ = navigateur.ouvrir("GET", adresse)
        if arrivee.startswith(RETOUR):
            return arrivee
    raise PromesseRompue("the browser goes on once the phone said yes", voie=VOIE)


def _approuver(fil: Fil, personne: Professionnel, numero: str, telephone: str) -> None:
    """On the e-CPS: the same two digits, the PIN, yes."""
    page = fil.get(telephone, voie="e-CPS", qui=personne.slug).texte
    demandes = re.findall(r'<p class="numero">\s*(\d\d)\s*</p>\s*<form method="post" action="([^"]+)"', page)
    action = next((html.unescape(a) for n, a in demandes if n == numero), None)
    if action is None:
        raise PromesseRompue("the phone shows the digits of the page", voie="e-CPS", attendu=numero, recu=demandes)
    fil.post(
        urljoin(telephone, action),
        voie="e-CPS",
        qui=personne.slug,
        data={"pin": PIN_DEMO, "decision": "approuver"},
        attendu=(200, 302, 303),
    )


def _verifier_id_token(fil: Fil, recit: Recit, metadonnees: dict[str, Any], id_token: str, nonce: str) -> None:
    cles = KeySet.import_key_set(fil.get(metadonnees["jwks_uri"], voie=VOIE, qui="software").json())
    try:
        claims = jwt.decode(id_token, cles, algorithms=["RS256"]).claims
    except (JoseError, ValueError) as erreur:
        raise PromesseRompue("the ID token verifies with the published keys", voie="JWKS", recu=repr(erreur)) from None
    recit.promettre(
        "the ID token is ours: issuer, audience, nonce",
        claims["iss"] == metadonnees["issuer"] and CLIENT_ID in claims["aud"] and claims["nonce"] == nonce,
        voie="JWKS",
        recu={k: claims.get(k) for k in ("iss", "aud")},
    )


def _action(page: str, fin: str, adresse: str) -> str:
    trouve = _chercher(rf'<form method="post" action="([^"]+{fin})"', page, f"the login page has a form {fin}")
    return urljoin(adresse, trouve)


def _chercher(motif: str, page: str, quoi: str) -> str:
    if (trouve := re.search(motif, page)) is None:
        raise PromesseRompue(quoi, voie=VOIE, recu=" ".join(re.sub(r"<[^>]+>", " ", page).split())[:200])
    return html.unescape(trouve[1])
