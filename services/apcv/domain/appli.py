"""The app on one phone: activation, secret code, opposition (apcv.md §1, §7.A, §7.F).

``EMAIL → IDENTITE → (OPERATEUR) → CODE → ACTIVE → OPPOSEE | DESACTIVEE | REMPLACEE``; every refusal of the activation
is one of the error ends of §7.A.6.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, TypeAlias

from services.apcv.domain.refus import refus
from shared.errors import Conflit, Interdit, Invalide, NonAuthentifie, RegleMetier

Voie: TypeAlias = Literal["cnie", "video"]

DUREE_CODE_EMAIL = timedelta(minutes=15)
DUREE_BIOMETRIE = timedelta(hours=96)
ESSAIS = 3
_CODE_SECRET = re.compile(r"\d{4,6}")
_TOURS = 100  # four digits have no secret to keep from whoever holds the file; a population has a phone in six


class Etat(StrEnum):
    EMAIL = "EMAIL"
    IDENTITE = "IDENTITE"
    OPERATEUR = "OPERATEUR"
    CODE = "CODE"
    ACTIVE = "ACTIVE"
    REFUSEE = "REFUSEE"
    OPPOSEE = "OPPOSEE"
    DESACTIVEE = "DESACTIVEE"
    REMPLACEE = "REMPLACEE"


class ActivationRefusee(RegleMetier):
    slug = "activation-refusee"


class CodeSecretFaux(NonAuthentifie):
    slug = "code-secret-faux"
    regle = "APCV-PIN-01"


class AppliVerrouillee(Interdit):
    slug = "appli-verrouillee"
    regle = "APCV-PIN-02"


class EtapeImprevue(Conflit):
    slug = "etape-imprevue"
    regle = "APCV-ACT-00"


_FINS = {
    "AGE": ("L'appli est réservée aux personnes de 16 ans et plus.", "The app is for people aged 16 and over."),
    "TUTELLE": (
        "Une personne sous tutelle ne peut pas activer l'appli.",
        "A person under guardianship cannot activate.",
    ),
    "NIR_INCONNU": (
        "Aucune identité certifiée (INSi) ne correspond à ce NIR.",
        "No certified identity (INSi) matches this NIR.",
    ),
    "DROITS_FERMES": ("Les droits AMO ne sont pas ouverts.", "The compulsory-insurance rights are not open."),
    "REGIME_NON_ELIGIBLE": ("Ce régime n'ouvre pas l'appli.", "This scheme does not give access to the app."),
    "VIDEO_REFUSEE": ("L'opérateur a refusé la preuve d'identité.", "The operator refused the proof of identity."),
    "EMAIL_CODE": ("Le code reçu par courriel est faux ou périmé.", "The code sent by e-mail is wrong or out of date."),
}


def fin(motif: str) -> ActivationRefusee:
    """The refusal of §7.A.6 named ``motif``."""
    fr, en = _FINS[motif]
    return ActivationRefusee(en, fr, regle=f"APCV-ACT-{motif}", membres={"code": motif, "message": fr})


@dataclass(frozen=True, slots=True)
class Telephone:
    """What the person holds. NFC does not work on iPhones and on some Androids (apcv.md §1)."""

    modele: str = "Android"
    nfc: bool = True


@dataclass(frozen=True, slots=True)
class Appli:
    appli_id: str
    """16 hexadecimal digits: the holder id of the QR code."""
    matricule_ins: str
    email: str
    voie: Voie
    telephone: Telephone
    etat: Etat
    creee_le: datetime
    code_email: str | None = None
    cle_id: int = 0
    secret: bytes = b""
    """Key material of the device, issued at activation."""
    empreinte_code: str | None = None
    essais_restants: int = ESSAIS
    active_le: datetime | None = None
    biometrie_jusquau: datetime | None = None
    motif: str | None = None


def confirmer_email(appli: Appli, code: str, *, at: datetime) -> Appli:
    _attendre(appli, Etat.EMAIL)
    bon = appli.code_email is not None and hmac.compare_digest(appli.code_email.encode(), code.strip().encode())
    if not bon or at >= appli.creee_le + DUREE_CODE_EMAIL:
        raise fin("EMAIL_CODE")
    return replace(appli, etat=Etat.IDENTITE, code_email=None)


def prouver_identite(appli: Appli, *, at: datetime) -> Appli:
    """The e-ID path is immediate; the video path waits for an operator and its films live 96 hours at most."""
    _attendre(appli, Etat.IDENTITE)
    if appli.voie == "cnie":
        return replace(appli, etat=Etat.CODE)
    return replace(appli, etat=Etat.OPERATEUR, biometrie_jusquau=at + DUREE_BIOMETRIE)


def decider(appli: Appli, accepte: bool) -> Appli:
    """What the operator says of the films."""
    _attendre(appli, Etat.OPERATEUR)
    if not accepte:
        return replace(appli, etat=Etat.REFUSEE, motif="VIDEO_REFUSEE", biometrie_jusquau=None)
    return replace(appli, etat=Etat.CODE, biometrie_jusquau=None)


def choisir_code(appli: Appli, code: str, *, cle_id: int, secret: bytes, at: datetime) -> Appli:
    """The secret code is chosen, the keys of the device are issued, the app is ACTIVE."""
    _attendre(appli, Etat.CODE)
    active = replace(appli, etat=Etat.ACTIVE, cle_id=cle_id, secret=secret, active_le=at, essais_restants=ESSAIS)
    return replace(active, empreinte_code=_empreinte(active, _valide(code)))


def exiger_active(appli: Appli) -> None:
    """APCV-221 for an app that was opposed, deactivated or replaced by another phone."""
    if appli.etat is not Etat.ACTIVE:
        raise refus("APCV-221", f"État : {appli.etat}.", f"State: {appli.etat}.")


def verifier_code(appli: Appli, code: str) -> tuple[Appli, bool]:
    """Each use is phone + secret code. Three wrong codes in a row lock the app until it is activated again."""
    exiger_active(appli)
    if appli.essais_restants == 0:
        raise AppliVerrouillee(
            "Three wrong secret codes: activate the app again.",
            "Trois codes secrets faux : l'appli est à réactiver.",
            champ="code",
        )
    if hmac.compare_digest(appli.empreinte_code or "", _empreinte(appli, code.strip())):
        return replace(appli, essais_restants=ESSAIS), True
    return replace(appli, essais_restants=appli.essais_restants - 1), False


def code_faux(appli: Appli) -> CodeSecretFaux:
    reste = appli.essais_restants
    return CodeSecretFaux(
        f"Wrong secret code, {reste} attempt(s) left.",
        f"Code secret faux, encore {reste} essai(s).",
        champ="code",
        membres={"essais_restants": reste},
    )


def opposer(appli: Appli, motif: str) -> Appli:
    """Loss, theft or compromise: filed by the holder or by the body. Filing it twice changes nothing."""
    if appli.etat in (Etat.OPPOSEE, Etat.REMPLACEE):
        return appli
    return replace(appli, etat=Etat.OPPOSEE, motif=motif)


def desactiver(appli: Appli) -> Appli:
    if appli.etat is not Etat.ACTIVE:
        return appli
    return replace(appli, etat=Etat.DESACTIVEE, motif="titulaire")


def remplacer(appli: Appli) -> Appli:
    """The person activated another phone: this one is revoked."""
    return replace(appli, etat=Etat.REMPLACEE, motif="autre_telephone")


def _attendre(appli: Appli, etat: Etat) -> None:
    if appli.etat is not etat:
        raise EtapeImprevue(
            f"The activation is at step {appli.etat}, not {etat}.",
            f"L'activation est à l'étape {appli.etat}, pas {etat}.",
            champ="etat",
            membres={"etat": str(appli.etat)},
        )


def _valide(code: str) -> str:
    if not _CODE_SECRET.fullmatch(code.strip()):
        raise Invalide(
            "The secret code has 4 to 6 digits.",
            "Le code secret compte 4 à 6 chiffres.",
            regle="APCV-PIN-00",
            champ="code",
        )
    return code.strip()


def _empreinte(appli: Appli, code: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", code.encode(), appli.secret, _TOURS).hex()
