"""Activating Mon espace santé: identity, provisional code, account (mon-espace-sante.md §2)."""

import hashlib
import hmac
import re
from datetime import timedelta
from typing import Final

from shared.errors import Conflit, Interdit, Introuvable, RegleMetier

VALIDITE_CODE: Final = timedelta(days=42)
"""The provisional code is valid six weeks and can be generated again (OT)."""
ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789"
LONGUEUR: Final = 12
_SERIE: Final = {"nophoto": re.compile(r"\d{8,13}"), "photo": re.compile(r"\d{11}")}


class PersonneInconnue(Introuvable):
    regle = "MES-ACT-01"


class IdentiteRefusee(RegleMetier):
    slug = "identite-refusee"
    regle = "MES-ACT-02"


class ActivationVerrouillee(Interdit):
    regle = "MES-ACT-03"


class CodeRefuse(RegleMetier):
    slug = "code-refuse"
    regle = "MES-ACT-04"


class DecisionRefusee(Conflit):
    regle = "MES-ACT-05"


class ProfilInactif(Interdit):
    """The citizen's functions need an active profile."""

    regle = "MES-PRO-01"


def serie_vitale(matricule_ins: str) -> str:
    """The serial number of our cards: the last eleven figures of the holder's matricule."""
    return "".join(c for c in matricule_ins if c.isdigit())[-11:]


def serie_lisible(format_carte: str, serie: str) -> bool:
    """8 to 13 figures on a card without a photo, the last 11 on a card with one (§2.1, step 1)."""
    motif = _SERIE.get(format_carte)
    return motif is not None and motif.fullmatch(serie) is not None


def empreinte(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def code_juste(code: str, attendue: str) -> bool:
    return hmac.compare_digest(empreinte(code), attendue)


def masquer_email(email: str) -> str:
    """``jen*****@gmail.fr``"""
    local, _, domaine = email.partition("@")
    return f"{local[:3]}*****@{domaine}"


def masquer_telephone(telephone: str) -> str:
    """``+33 6 ** ** ** 15``"""
    chiffres = "".join(c for c in telephone if c.isdigit())
    return f"+33 {chiffres[1:2]} ** ** ** {chiffres[-2:]}"


def mot_de_passe_faible(mot: str) -> str | None:
    """Why a password is refused (12 characters and four classes, our own policy), or ``None``."""
    if len(mot) < 12:
        return "12 caractères au moins"
    classes = (r"[a-z]", r"[A-Z]", r"\d", r"[^A-Za-z0-9]")
    if not all(re.search(c, mot) for c in classes):
        return "une minuscule, une majuscule, un chiffre et un signe"
    return None


def hacher(mot_de_passe: str, sel: bytes) -> str:
    cle = hashlib.scrypt(mot_de_passe.encode(), salt=sel, n=2**14, r=8, p=1)
    return f"scrypt${sel.hex()}${cle.hex()}"


def candidat(prenom: str, nom: str) -> str:
    """How a candidate is shown before he has proved anything: ``Lou S.``"""
    return f"{prenom.split()[0].title() if prenom else '?'} {nom[:1].upper()}."
