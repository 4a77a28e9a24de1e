"""What the QR code of an ordonnance holds, and how it is read back (sheet e-prescription §3.3).

``compat`` is the bare number, the closest to "the QR holds the identifier". ``signe`` adds the date and an Ed25519
signature, for demonstrations against forged prescriptions. The real content is not public.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.eprescription.domain import numero as numeros
from services.eprescription.domain.erreurs import refus

Mode: TypeAlias = Literal["compat", "signe"]

KID_ESSAI = "k1"
# The published test key of the sheet: seed bytes 00…1f. It signs sandbox QR codes only.
CLE_ESSAI = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
CLES_ESSAI: Mapping[str, Ed25519PublicKey] = {KID_ESSAI: CLE_ESSAI.public_key()}

_SIGNE = re.compile(r"EP1\.([0-9A-Z]{18})\.([0-9]{8})\.([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]{86})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Lecture:
    """A QR code understood: its number and, when signed, the date of writing it vouches for."""

    numero: str
    mode: Mode
    date_redaction: date | None = None
    kid: str | None = None


def _b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def contenu_compat(numero: str) -> str:
    return numero


def contenu_signe(numero: str, redaction: date, *, cle: Ed25519PrivateKey = CLE_ESSAI, kid: str = KID_ESSAI) -> str:
    charge = f"EP1.{numero}.{redaction:%Y%m%d}.{kid}"
    return f"{charge}.{_b64(cle.sign(charge.encode('ascii')))}"


def contenu(numero: str, redaction: date, mode: Mode) -> str:
    return contenu_signe(numero, redaction) if mode == "signe" else contenu_compat(numero)


def lire(texte: str, cles: Mapping[str, Ed25519PublicKey] = CLES_ESSAI) -> Lecture:
    """Decode what a scanner read (QR or Data Matrix); EP-422-03 when it is not ours, EP-422-04 when it is forged."""
    texte = texte[:1024].strip()
    if texte.startswith("EP1."):
        return _lire_signe(texte, cles)
    numero = numeros.normaliser(texte)
    if len(numero) == 18 and numeros.est_bien_forme(numero):
        return Lecture(numero, "compat")
    raise refus("EP-422-03", champ="qr")


def _lire_signe(texte: str, cles: Mapping[str, Ed25519PublicKey]) -> Lecture:
    if not (trouve := _SIGNE.fullmatch(texte)) or not numeros.est_bien_forme(trouve[1]):
        raise refus("EP-422-03", champ="qr")
    numero, jour, kid, signature = trouve.groups()
    try:
        redaction = datetime.strptime(jour + "+0000", "%Y%m%d%z").date()
        octets = base64.urlsafe_b64decode(signature + "==")
    except (ValueError, binascii.Error) as illisible:
        raise refus("EP-422-03", champ="qr") from illisible
    cle = cles.get(kid)
    if cle is None:
        raise refus("EP-422-04", champ="qr", fr="Clé inconnue.", en="Unknown key.")
    try:
        cle.verify(octets, texte.rpartition(".")[0].encode("ascii"))
    except InvalidSignature as faux:
        raise refus("EP-422-04", champ="qr") from faux
    return Lecture(numero, "signe", redaction, kid)


def jwks(cles: Mapping[str, Ed25519PublicKey] = CLES_ESSAI) -> dict[str, list[dict[str, str]]]:
    """The public keys as a JWK set (RFC 8037)."""
    return {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "use": "sig",
                "alg": "EdDSA",
                "kid": kid,
                "x": _b64(cle.public_bytes_raw()),
            }
            for kid, cle in cles.items()
        ]
    }
