"""Faults with a name: the published errors of each national service, ready to be injected.

``refus`` holds the HTTP status and the members each dialect shows. Sources: insi.md §8, adri.md §5, apcv.md §8,
pro-sante-connect.md §2, dmp.md §3, mssante.md §6.2, eprescription.md §4.4.
"""

from functools import cache
from typing import Any


def _siram(subcode: str, code: str, severite: str, acteur: str, fr: str, en: str) -> dict[str, Any]:
    return {
        "status": 500,
        "subcode": subcode,
        "code": code,
        "severite": severite,
        "acteur": acteur,
        "fr": fr,
        "en": en,
    }


_PRINCIPALES: dict[str, dict[str, Any]] = {
    "insi-indisponible": {
        "service": "ins",
        "refus": _siram(
            "siram_40",
            "desir_1020",
            "fatale",
            "Sender",
            "Le service appelé est momentanément indisponible, réessayez plus tard",
            "The called service is temporarily unavailable, try again later",
        ),
    },
    "insi-technique": {
        "service": "ins",
        "refus": _siram("siram_40", "insi_102", "fatal", "Receiver", "Erreur technique INSi", "INSi technical error"),
    },
    "insi-logiciel-inconnu": {
        "service": "ins",
        "refus": _siram(
            "siram_100",
            "desir_550",
            "erreur",
            "Sender",
            "Numéro d'autorisation du logiciel inconnu.",
            "Unknown software authorisation number",
        ),
    },
    "adri-indisponible": {
        "service": "adri",
        "refus": _siram(
            "siram_40",
            "fasiben",
            "fatale",
            "Receiver",
            "FASIBEN ne répond pas : droits momentanément inaccessibles",
            "FASIBEN does not answer: rights temporarily unavailable",
        ),
    },
    "apcv-indisponible": {
        "service": "apcv",
        "refus": _siram(
            "siram_40",
            "APCV-301",
            "fatale",
            "Receiver",
            "Le système d'information apCV est momentanément indisponible",
            "The apCV information system is temporarily unavailable",
        ),
    },
    "psc-indisponible": {
        "service": "gateway",
        "refus": {
            "status": 503,
            "error": "temporarily_unavailable",
            "fr": "Pro Santé Connect est momentanément indisponible",
            "en": "Pro Sante Connect is temporarily unavailable",
        },
    },
    "dmp-indisponible": {
        "service": "dmp",
        "refus": {
            "status": 503,
            "code": "DMPUnavailable",
            "fr": "Le DMP est momentanément indisponible",
            "en": "The DMP is temporarily unavailable",
        },
    },
    "mss-indisponible": {
        "service": "mss",
        "refus": {
            "status": 503,
            "code": 451,
            "fr": "La messagerie est momentanément indisponible",
            "en": "Mail service temporarily unavailable",
        },
    },
    "eprescription-indisponible": {
        "service": "eprescription",
        "refus": {
            "status": 503,
            "code": "EP-503",
            "fr": "La base e-prescription est momentanément indisponible",
            "en": "The e-prescription base is temporarily unavailable",
        },
    },
    "reseau-3s": {"latence_ms": 3000},
    "reseau-lent": {"latence_ms": 800},
}


@cache
def nommees() -> dict[str, dict[str, Any]]:
    """Every fault with a name: the usual ones, then one for each published error."""
    from shared.edge.fautes_publiees import publiees

    return _PRINCIPALES | dict(publiees())
