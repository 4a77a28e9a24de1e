"""The errors of the base (sheet e-prescription §4.4), one class per row of ``erreurs.csv``."""

from collections.abc import Mapping
from typing import Any

from services.eprescription.domain import tables
from shared.errors import DomainError

ANGLAIS: Mapping[str, str] = {
    "EP-400-01": "The request cannot be read.",
    "EP-400-02": "Unknown or invalid parameter or field.",
    "EP-401-01": "Authentication required.",
    "EP-401-02": "The token has expired.",
    "EP-401-03": "Certificate revoked or card stopped.",
    "EP-403-01": "This profession is not entitled to this operation.",
    "EP-403-02": "Reserved to the author of the prescription or to the same structure.",
    "EP-403-03": "The patient opposes the consultation of execution data.",
    "EP-403-04": "Only the prescriber and the executant may see this prescription (anonymity).",
    "EP-403-05": "This professional is not part of the care team.",
    "EP-403-06": "The software is not agreed.",
    "EP-404-01": "Unknown prescription.",
    "EP-409-01": "This number is already used for another content.",
    "EP-409-02": "The idempotency key was used with a different body.",
    "EP-409-03": "This change of status is not allowed.",
    "EP-409-04": "Cannot cancel: execution has begun.",
    "EP-410-01": "Data deleted (end of the retention period).",
    "EP-410-02": "The prescription is cancelled or expired.",
    "EP-412-01": "Stale version.",
    "EP-415-01": "Unsupported content type.",
    "EP-422-01": "Blocking rules are not satisfied.",
    "EP-422-02": "A justification is required.",
    "EP-422-03": "The QR code cannot be read.",
    "EP-422-04": "The QR code is not authentic.",
    "EP-422-05": "Unknown code in the reference table.",
    "EP-423-01": "The prescription is in the hands of another structure.",
    "EP-423-02": "The token of the prise en charge is missing or stale.",
    "EP-428-01": "If-Match or Idempotency-Key is required.",
    "EP-429-01": "Too many requests.",
    "EP-500-01": "Internal error.",
    "EP-503-01": "The service is unavailable.",
}


class ErreurEprescription(DomainError):
    """A refusal of the base; ``membres["code"]`` is the published code."""


def _classe(ligne: Mapping[str, str]) -> type[ErreurEprescription]:
    attributs = {"status": int(ligne["http"]), "issue": ligne["fhir_issue"], "slug": ligne["code"].lower()}
    return type(ligne["code"].replace("-", ""), (ErreurEprescription,), {**attributs, "regle": ligne["code"]})


_CLASSES = {ligne["code"]: _classe(ligne) for ligne in tables.lignes("erreurs")}
_MESSAGES = {ligne["code"]: ligne["message"] for ligne in tables.lignes("erreurs")}


def refus(
    code: str,
    *,
    regle: str | None = None,
    champ: str | None = None,
    fr: str | None = None,
    en: str | None = None,
    **membres: Any,
) -> ErreurEprescription:
    """The refusal ``code``; ``fr`` and ``en`` add a precision after the published sentence."""
    message_fr = " ".join(filter(None, (_MESSAGES[code], fr)))
    message_en = " ".join(filter(None, (ANGLAIS[code], en)))
    return _CLASSES[code](message_en, message_fr, regle=regle or code, champ=champ, membres={"code": code, **membres})


def codes() -> tuple[str, ...]:
    return tuple(_CLASSES)
