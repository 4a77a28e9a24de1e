"""The error table of the SI apCV, as data (apcv.md §8; the real codes are not public).

Every refusal of this service is ``refus("APCV-102", champ="donnees")``: the table gives its HTTP status, its SOAP
sub-code and its sentence in both languages.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from shared.errors import Conflit, DomainError, Interdit, Introuvable, Invalide, NonAuthentifie, RegleMetier


class RefusApcv(DomainError):
    """A refusal of the SI apCV; ``membres["code"]`` is the code of §8."""


class Perime(RefusApcv):
    status, issue, slug = 410, "expired", "perime"


class Illisible(RefusApcv, Invalide):
    status, issue, slug = 400, "invalid", "lecture-illisible"


class NonIntegre(RefusApcv, NonAuthentifie):
    status, issue, slug = 401, "security", "integrite"


class Ecarte(RefusApcv, Interdit):
    status, issue, slug = 403, "forbidden", "ecarte"


class SansContexte(RefusApcv, Introuvable):
    status, issue, slug = 404, "not-found", "contexte-inconnu"


class DejaFait(RefusApcv, Conflit):
    status, issue, slug = 409, "conflict", "deja-fait"


class FactureRefusee(RefusApcv, RegleMetier):
    status, issue, slug = 422, "business-rule", "facture-refusee"


class SiIndisponible(RefusApcv):
    status, issue, slug = 503, "transient", "si-apcv-indisponible"


@dataclass(frozen=True, slots=True)
class Ligne:
    """One row of the table: the exception it raises, the siram sub-code of its SOAP face, its words."""

    classe: type[RefusApcv]
    siram: str
    fr: str
    en: str


def _lignes() -> dict[str, Ligne]:
    return {
        "APCV-101": Ligne(
            Illisible,
            "siram_20",
            "Le contenu lu n'est pas celui d'une appli carte Vitale, ou sa version est inconnue.",
            "The content read is not that of a carte Vitale app, or its version is unknown.",
        ),
        "APCV-102": Ligne(
            Perime,
            "siram_20",
            "Le QR code (ou l'échange NFC) est périmé : demandez au patient d'en présenter un nouveau.",
            "The QR code (or NFC exchange) is out of date: ask the patient to present a new one.",
        ),
        "APCV-103": Ligne(
            DejaFait,
            "siram_20",
            "Ce QR code (ou cet échange NFC) a déjà servi : il n'est valable qu'une fois.",
            "This QR code (or NFC exchange) has already been used: it is good for one reading.",
        ),
        "APCV-104": Ligne(
            NonIntegre,
            "siram_20",
            "Le contenu lu n'est pas intègre : il n'a pas été produit par une appli connue de ce SI.",
            "The content read fails its integrity check: no app known to this system produced it.",
        ),
        "APCV-111": Ligne(
            Ecarte,
            "siram_20",
            "L'assertion CPS manque, n'est pas valable, ou ne correspond pas à l'identité de facturation.",
            "The CPS assertion is missing, invalid, or does not match the billing identity.",
        ),
        "APCV-112": Ligne(
            Ecarte,
            "siram_20",
            "Ce logiciel n'est pas agréé pour l'apCV (numéro d'autorisation, addendum 8).",
            "This software is not approved for the apCV (authorisation number, addendum 8).",
        ),
        "APCV-201": Ligne(
            SansContexte,
            "siram_20",
            "Aucun contexte apCV ouvert sous cet identifiant.",
            "No open apCV context under this identifier.",
        ),
        "APCV-202": Ligne(
            Perime,
            "siram_20",
            "Le contexte apCV a expiré : lisez de nouveau l'appli avant de finaliser la facture.",
            "The apCV context has expired: read the app again before finalising the invoice.",
        ),
        "APCV-211": Ligne(
            DejaFait,
            "siram_20",
            "Ce contexte apCV a déjà signé une facture : une seule par lecture.",
            "This apCV context has already signed an invoice: one per reading.",
        ),
        "APCV-212": Ligne(
            FactureRefusee,
            "siram_20",
            "L'empreinte de la FSE manque ou n'est pas valable, ou le bénéficiaire n'est pas dans le contexte.",
            "The FSE hash is missing or malformed, or the beneficiary is not in the context.",
        ),
        "APCV-213": Ligne(
            FactureRefusee,
            "siram_20",
            "Mode de sécurisation interdit avec l'apCV : seuls 3 (sécurisé) et 4 (désynchronisé) sont admis.",
            "Securing mode not allowed with the apCV: only 3 (secured) and 4 (desynchronised) are.",
        ),
        "APCV-221": Ligne(
            Ecarte,
            "siram_20",
            "Cette appli carte Vitale est désactivée ou inscrite en opposition.",
            "This carte Vitale app is deactivated or on the opposition list.",
        ),
        "APCV-222": Ligne(
            Ecarte,
            "siram_20",
            "Les droits AMO de l'assuré sont fermés.",
            "The compulsory-insurance rights of the insured person are closed.",
        ),
        "APCV-231": Ligne(
            Ecarte,
            "siram_20",
            "La délégation n'est pas valable : absente, terminée, révoquée ou bénéficiaire non délégué.",
            "The delegation does not hold: missing, ended, revoked, or this beneficiary is not delegated.",
        ),
        "APCV-301": Ligne(
            SiIndisponible,
            "siram_40",
            "Le SI apCV est indisponible : réessayez une fois, puis proposez la carte ou le mode dégradé.",
            "The SI apCV is unavailable: retry once, then offer the card or the degraded mode.",
        ),
    }


TABLE: Mapping[str, Ligne] = MappingProxyType(_lignes())


def refus(code: str, fr: str | None = None, en: str | None = None, *, champ: str | None = None) -> RefusApcv:
    """The refusal of the table; ``fr`` and ``en`` add what this case has of its own."""
    ligne = TABLE[code]
    texte_fr = f"{ligne.fr} {fr}" if fr else ligne.fr
    texte_en = f"{ligne.en} {en}" if en else ligne.en
    membres = {"code": code, "message": texte_fr, "subcode": ligne.siram}
    if ligne.classe is SiIndisponible:
        membres |= {"severite": "fatale", "acteur": "Receiver"}
    entetes = {"Retry-After": "5"} if ligne.classe is SiIndisponible else None
    return ligne.classe(texte_en, texte_fr, regle=code, champ=champ, membres=membres, entetes=entetes)
