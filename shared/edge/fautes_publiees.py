"""Every published error of the national services, as a fault that bears its code: the rest of the named faults.

Sources: insi.md §8, adri.md §5, apcv.md §8, pro-sante-connect.md §2.4 and §2.7, mssante.md §6.2, and the tables
``dmp_error_codes`` and ``erreurs`` (eprescription.md §4.4).
"""

from collections.abc import Iterator
from typing import Any

from shared.nomenclatures import table

Nommee = tuple[str, dict[str, Any]]

# code, subcode, severite, acteur, fr, en
_INSI = (
    (
        "desir_560",
        "siram_100",
        "erreur",
        "Sender",
        "Droits insuffisants pour accéder à ce service",
        "Insufficient rights",
    ),
    ("sandbox_schema", "siram_10", "erreur", "Sender", "Corps non conforme au schéma", "Body does not fit the schema"),
    (
        "sandbox_auth",
        "siram_20",
        "erreur",
        "Sender",
        "Assertion absente, expirée ou invalide",
        "Assertion missing or invalid",
    ),
    (
        "sandbox_vitale_exp",
        "siram_20",
        "erreur",
        "Sender",
        "Assertion Vitale de plus de 20 minutes",
        "Vitale assertion too old",
    ),
    (
        "sandbox_ctx",
        "siram_30",
        "erreur",
        "Sender",
        "Contexte LPS ou BAM absent ou invalide",
        "LPS or BAM context invalid",
    ),
    ("sandbox_quota", "siram_40", "erreur", "Receiver", "Quota dépassé", "Quota exceeded"),
)
# code, HTTP status of the JSON face, fr, en
_APCV = (
    ("APCV-101", 400, "Données illisibles ou de version inconnue", "Data unreadable or of an unknown version"),
    ("APCV-102", 410, "QR code ou échange NFC expiré", "QR code or NFC exchange expired"),
    ("APCV-103", 409, "Déjà utilisé", "Already used"),
    ("APCV-104", 401, "Intégrité non vérifiée", "Integrity failure"),
    ("APCV-111", 403, "Assertion CPS absente ou invalide", "CPS assertion missing or invalid"),
    ("APCV-112", 403, "Logiciel non agréé", "Software not approved"),
    ("APCV-201", 404, "Aucun contexte, ou identifiant inconnu", "No context, or unknown identifier"),
    ("APCV-202", 410, "Contexte expiré", "Context expired"),
    ("APCV-211", 409, "Contexte déjà consommé", "Context already consumed"),
    (
        "APCV-212",
        422,
        "FSE sans empreinte, ou bénéficiaire hors contexte",
        "No FSE hash, or beneficiary not in context",
    ),
    ("APCV-213", 422, "Mode de sécurisation non permis", "Securing mode not allowed"),
    ("APCV-221", 403, "Appli désactivée ou en opposition", "App deactivated or in opposition"),
    ("APCV-222", 403, "Droits fermés", "Rights closed"),
    ("APCV-231", 403, "Délégation invalide", "Delegation invalid"),
)
# name, status, error, en (the platform's text), fr
_PSC = (
    ("psc-invalid_client", 401, "invalid_client", "Invalid client or Invalid client credentials", "Client inconnu"),
    (
        "psc-unauthorized_client",
        401,
        "unauthorized_client",
        "Invalid client or Invalid client credentials",
        "Secret faux",
    ),
    ("psc-invalid_grant-code", 400, "invalid_grant", "Code not valid", "Code inconnu, réutilisé ou expiré"),
    ("psc-invalid_grant-redirect", 400, "invalid_grant", "Incorrect redirect_uri", "redirect_uri différente"),
    ("psc-invalid_grant-refresh", 400, "invalid_grant", "Invalid refresh token", "Jeton de rafraîchissement invalide"),
    ("psc-invalid_grant-session", 400, "invalid_grant", "Session not active", "Session terminée"),
    ("psc-invalid_token", 401, "invalid_token", "Token verification failed", "Jeton non vérifié"),
    ("psc-server_error", 500, "server_error", "Internal error of the provider", "Erreur interne du fournisseur"),
)
# name, SMTP code, enhanced status, en, fr
_MSS = (
    ("mss-domaine-hors-liste", 550, "5.7.1", "Domain not white-listed", "Domaine hors liste blanche"),
    ("mss-boite-inconnue", 550, "5.1.1", "Mailbox unknown", "Boîte inconnue"),
    ("mss-boite-close", 550, "5.2.1", "Mailbox closed", "Boîte close"),
    ("mss-quota", 452, "4.2.2", "Quota exceeded", "Quota dépassé"),
    ("mss-trop-gros", 552, "5.3.4", "Message too big", "Message trop gros"),
)
_EP = {
    "EP-400-01": "Unreadable request",
    "EP-400-02": "Unknown parameter or field",
    "EP-401-01": "Authentication required",
    "EP-401-02": "Token expired",
    "EP-401-03": "Certificate revoked or card in opposition",
    "EP-403-01": "Profession not entitled to this operation",
    "EP-403-02": "Reserved to the author of the prescription or their structure",
    "EP-403-03": "The patient objects to the consultation of deliveries",
    "EP-403-04": "Reserved to the prescriber and the executant (anonymity)",
    "EP-403-05": "Professional outside the care team",
    "EP-403-06": "Software not approved",
    "EP-404-01": "Unknown prescription",
    "EP-409-01": "Number already used for another content",
    "EP-409-02": "Idempotency key used again with another body",
    "EP-409-03": "Forbidden change of status",
    "EP-409-04": "Cannot cancel: execution has begun",
    "EP-410-01": "Data removed (retention period)",
    "EP-410-02": "Prescription cancelled or expired",
    "EP-412-01": "Stale version",
    "EP-415-01": "Content type not supported",
    "EP-422-01": "Blocking rules not met",
    "EP-422-02": "Justification required",
    "EP-422-03": "Unreadable QR code",
    "EP-422-04": "QR code not authentic",
    "EP-422-05": "Code unknown in the reference table",
    "EP-423-01": "Prescription in charge of another structure",
    "EP-423-02": "Token of taking in charge missing or stale",
    "EP-428-01": "If-Match or Idempotency-Key is mandatory",
    "EP-429-01": "Too many requests",
    "EP-500-01": "Internal error",
    "EP-503-01": "Service unavailable",
}


def publiees() -> Iterator[Nommee]:
    """(name, fault) of each; the name is the published code wherever there is one."""
    for code, subcode, severite, acteur, fr, en in _INSI:
        refus = {"status": 500, "subcode": subcode, "code": code, "severite": severite, "acteur": acteur}
        yield f"insi-{code}", {"service": "ins", "refus": {**refus, "fr": fr, "en": en}}
    for code, status, fr, en in _APCV:
        refus = {"status": status, "subcode": "siram_20", "code": code, "severite": "erreur", "acteur": "Sender"}
        yield code, {"service": "apcv", "refus": {**refus, "fr": fr, "en": en}}
    for nom, status, error, en, fr in _PSC:
        yield nom, {"service": "gateway", "refus": {"status": status, "error": error, "fr": fr, "en": en}}
    for nom, code_smtp, etendu, en, fr in _MSS:
        refus = {"status": 503, "code": code_smtp, "statut": etendu, "fr": fr, "en": en}
        yield nom, {"service": "mss", "refus": refus}
    for ligne in table("dmp_error_codes"):
        publiee = _dmp(ligne)
        if publiee["status"] >= 400:  # the others are warnings inside an answer that succeeds
            yield ligne["code"], {"service": "dmp", "refus": publiee}
    for ligne in table("erreurs"):
        refus = {"status": int(ligne["http"]), "code": ligne["code"], "fr": ligne["message"], "en": _EP[ligne["code"]]}
        yield ligne["code"], {"service": "eprescription", "refus": refus}


def _dmp(ligne: Any) -> dict[str, Any]:
    """The first status of the FHIR mapping; the condition is told in the table's own English."""
    statut = next((mot for mot in ligne["http_status_on_fhir_facade(own mapping)"].split() if mot.isdecimal()), "422")
    return {
        "status": int(statut),
        "code": ligne["code"],
        "fr": f"Erreur publiée {ligne['code']} ({ligne['layer']})",
        "en": f"Published error {ligne['code']}: {ligne['when']}",
    }
