"""SASL with a Pro Santé Connect access token: XOAUTH2 and OAUTHBEARER (RFC 7628).

R2, ECO.1.2.1: connect, STARTTLS, then XOAUTH2. OAUTHBEARER is offered as a second mechanism because common clients
prefer it.
"""

import base64
import binascii
import json
from dataclasses import dataclass

from shared.errors import NonAuthentifie

MECANISMES = ("XOAUTH2", "OAUTHBEARER")
TAILLE_MAX = 16 * 1024
_A = "\x01"


class SaslInvalide(NonAuthentifie):
    slug, regle = "sasl-invalide", "MSS-AUTH-01"


@dataclass(frozen=True, slots=True)
class Identifiants:
    """The mailbox a client asks for and the bearer token it shows."""

    boite: str
    jeton: str


def lire(mecanisme: str, reponse: bytes) -> Identifiants:
    """Read the base64 client response of a mechanism of :data:`MECANISMES`."""
    texte = _decoder(reponse)
    if mecanisme.upper() == "XOAUTH2":
        return _xoauth2(texte)
    if mecanisme.upper() == "OAUTHBEARER":
        return _oauthbearer(texte)
    raise SaslInvalide(f"unknown mechanism {mecanisme}", f"mécanisme inconnu : {mecanisme}", champ="mechanism")


def defi_echec(mecanisme: str) -> bytes:
    """The base64 JSON a server shows before it fails the exchange (the client answers an empty or ``AQ==`` line)."""
    corps: dict[str, str] = (
        {"status": "401", "schemes": "bearer", "scope": ""}
        if mecanisme.upper() == "XOAUTH2"
        else {"status": "invalid_token"}
    )
    return base64.b64encode(json.dumps(corps, separators=(",", ":")).encode())


def _decoder(reponse: bytes) -> str:
    if len(reponse) > TAILLE_MAX:
        raise SaslInvalide("the SASL response is too long", "la réponse SASL est trop longue", champ="auth")
    try:
        return base64.b64decode(reponse.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError) as erreur:
        raise SaslInvalide(
            "the SASL response is not base64 of UTF-8 text", "la réponse SASL n'est pas du base64 d'un texte UTF-8"
        ) from erreur


def _champs(texte: str) -> dict[str, str]:
    """``key=value`` pairs ended by 0x01, the whole ended by one more."""
    if not texte.endswith(_A + _A):
        raise SaslInvalide(
            "the SASL response must end with two 0x01", "la réponse SASL doit finir par deux octets 0x01"
        )
    couples = (champ.partition("=") for champ in texte[:-2].split(_A) if champ)
    return {cle.strip().lower(): valeur for cle, _, valeur in couples}


def _jeton(champs: dict[str, str]) -> str:
    genre, _, jeton = champs.get("auth", "").strip().partition(" ")
    if genre.lower() != "bearer" or not jeton.strip():
        raise SaslInvalide("auth= must be “Bearer <token>”", "auth= doit valoir « Bearer <jeton> »", champ="auth")
    return jeton.strip()


def _xoauth2(texte: str) -> Identifiants:
    champs = _champs(texte)
    if not (boite := champs.get("user", "").strip()):
        raise SaslInvalide("user= is missing", "user= est absent", champ="user")
    return Identifiants(boite, _jeton(champs))


def _oauthbearer(texte: str) -> Identifiants:
    entete, _, reste = texte.partition(_A)
    parties = entete.split(",")
    if parties[0].lower() != "n" or len(parties) < 3:
        raise SaslInvalide(
            "the GS2 header must be “n,a=<mailbox>,”", "l'en-tête GS2 doit être « n,a=<boîte>, »", champ="a"
        )
    boite = next((p[2:] for p in parties[1:] if p.lower().startswith("a=")), "")
    boite = boite.replace("=2C", ",").replace("=3D", "=").strip()
    if not boite:
        raise SaslInvalide("a=<mailbox> is missing", "a=<boîte> est absent", champ="a")
    return Identifiants(boite, _jeton(_champs(reste)))
