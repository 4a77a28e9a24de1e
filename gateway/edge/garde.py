"""Who may use the control API (architecture §11.7): anyone on the loopback, a bearer of the secret elsewhere."""

import base64
import re
import secrets
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gateway.config import GatewaySettings
from shared.errors import Interdit, NonAuthentifie, TypeNonSupporte
from shared.web.asgi import Scope, entete

if TYPE_CHECKING:
    from gateway.pki import Pki

_PAR_ID = re.compile(r"/_bac/(why|journal)/[A-Za-z0-9_-]{8,}")
_JSON = ("application/json", "application/zip", "application/octet-stream")


def garder_le_controle(scope: Scope, path: str, settings: GatewaySettings, permis: AbstractSet[str]) -> None:
    """Raise unless this caller may control the sandbox. Knowing a journal id is the right to read that entry."""
    methode = scope["method"]
    if methode in ("GET", "HEAD") and _PAR_ID.fullmatch(path):
        return
    if not settings.libre:
        if not path.startswith("/console"):  # the console asks for the same secret on a page of its own
            _avec_secret(scope, settings)
        return
    hote = entete(scope, b"host") or ""
    nom = hote if hote.endswith("]") else hote.rsplit(":", 1)[0]
    if nom not in permis:
        raise Interdit(
            f"Host {hote!r} is not a name of this sandbox (DNS rebinding guard)",
            f"Host {hote!r} n'est pas un nom de ce bac à sable (garde contre le DNS rebinding)",
            regle="BAC-CTL-01",
            champ="Host",
        )
    origine = entete(scope, b"origin")
    site = entete(scope, b"sec-fetch-site")
    if (origine and origine != "null" and urlsplit(origine).netloc != hote) or site in ("cross-site", "same-site"):
        raise Interdit(
            "another site may not drive the control API",
            "un autre site ne peut pas piloter l'API de contrôle",
            regle="BAC-CTL-02",
            champ="Origin",
        )
    if (
        methode in ("POST", "PUT", "PATCH")
        and path.startswith("/_bac")
        and entete(scope, b"content-length") not in (None, "0")
    ):
        media = (entete(scope, b"content-type") or "").partition(";")[0].strip().lower()
        if media not in _JSON:
            raise TypeNonSupporte(
                "the control API takes application/json",
                "l'API de contrôle attend application/json",
                regle="BAC-CTL-03",
                champ="Content-Type",
            )


def garder_les_revoques(certificat: str, pki: "Pki | None") -> None:
    """Raise when the certificate of this connection was revoked: its chain and dates were the handshake's to check."""
    from cryptography.x509 import load_der_x509_certificate

    serie = load_der_x509_certificate(base64.b64decode(certificat)).serial_number
    if pki is not None and serie in pki.revoques:
        raise Interdit(
            f"client certificate {serie:x} is revoked: see /pki/crl and /pki/ocsp",
            f"le certificat client {serie:x} est révoqué : voir /pki/crl et /pki/ocsp",
            regle="BAC-TLS-01",
            champ="certificat client",
        )


def _avec_secret(scope: Scope, settings: GatewaySettings) -> None:
    attendu = settings.jeton_de_controle.get_secret_value() if settings.jeton_de_controle else ""
    schema, _, donne = (entete(scope, b"authorization") or "").partition(" ")
    if not attendu or schema.lower() != "bearer" or not secrets.compare_digest(donne.encode(), attendu.encode()):
        raise NonAuthentifie(
            "the control API wants Authorization: Bearer <token of the data folder> when not bound to the loopback",
            "l'API de contrôle veut Authorization: Bearer <jeton du dossier de données> hors de la boucle locale",
            regle="BAC-CTL-04",
            champ="Authorization",
            entetes={"WWW-Authenticate": 'Bearer realm="bacasante"'},
        )
