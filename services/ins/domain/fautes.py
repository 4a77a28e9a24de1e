"""Technical faults of the téléservice INSi (insi.md §8), as data, and the refusals that carry them.

A fault is not an answer: CR 00, 01 and 02 are answers. Each row keeps what the published fault shows on the SOAP wire
(``subcode``, ``code``, who is at fault, ``severite``, the French text) and the HTTP status of the JSON face. Codes that
start with ``sandbox_`` and ``insi_201`` are ours: the real catalogue is not public.
"""

from shared.soap.teleservice import FauteTechnique, LigneFaute

_INDISPONIBLE = "Le service est temporairement inaccessible. Veuillez renouveler votre demande ultérieurement."

FAUTES: dict[str, LigneFaute] = {
    ligne.code: ligne
    for ligne in (
        LigneFaute(
            "desir_550",
            "siram_100",
            "Sender",
            "erreur",
            403,
            "Numéro d'autorisation du logiciel inconnu.",
            "Unknown software authorisation number (IDAM).",
            "Ce logiciel n'est pas autorisé à appeler le service : contactez votre éditeur.",
        ),
        LigneFaute(
            "desir_560",
            "siram_100",
            "Sender",
            "erreur",
            403,
            "Vous ne disposez pas des droits suffisants pour accéder à ce service",
            "The certificate's CN is not exactly INSI-AUTO or INSI-MANU.",
            "Accès refusé : droits insuffisants.",
        ),
        LigneFaute(
            "insi_102",
            "siram_40",
            "Receiver",
            "fatal",
            503,
            "Erreur technique lors de la recherche de l'identité.",
            "Technical error of the identity search.",
            "Une erreur technique est survenue.",
        ),
        LigneFaute(
            "desir_1020",
            "siram_40",
            "Sender",
            "fatale",
            503,
            "Le service appelé est temporairement indisponible.",
            "The called service is temporarily unavailable.",
            _INDISPONIBLE,
        ),
        LigneFaute(
            "insi_201",
            "siram_40",
            "Sender",
            "erreur",
            409,
            "La carte lue, le contexte et la demande ne désignent pas le même bénéficiaire.",
            "Card, context and request do not describe the same beneficiary.",
            "Incohérence entre la carte Vitale et la demande.",
        ),
        LigneFaute(
            "sandbox_schema",
            "siram_10",
            "Sender",
            "erreur",
            400,
            "La demande n'est pas conforme au schéma du service.",
            "The request does not follow the schema of the service.",
            "Demande non conforme.",
        ),
        LigneFaute(
            "sandbox_auth",
            "siram_20",
            "Sender",
            "erreur",
            401,
            "L'assertion est absente, expirée ou invalide.",
            "The assertion is missing, expired or invalid.",
            "Authentification refusée.",
        ),
        LigneFaute(
            "sandbox_vitale_exp",
            "siram_20",
            "Sender",
            "erreur",
            401,
            "L'assertion de la carte Vitale date de plus de 20 minutes.",
            "The carte Vitale assertion is more than 20 minutes old.",
            "Lecture de la carte Vitale trop ancienne : relisez la carte.",
        ),
        LigneFaute(
            "sandbox_ctx",
            "siram_30",
            "Sender",
            "erreur",
            400,
            "Le contexte de l'appel (ContexteLPS, ContexteBAM) est absent ou incorrect.",
            "The call context (ContexteLPS, ContexteBAM) is missing or wrong.",
            "Contexte d'appel refusé.",
        ),
        LigneFaute(
            "sandbox_quota",
            "siram_40",
            "Receiver",
            "erreur",
            429,
            "Le nombre d'appels autorisé est dépassé.",
            "The allowed number of calls is exceeded.",
            "Quota dépassé.",
        ),
    )
}


class FauteINSi(FauteTechnique):
    slug = "faute-insi"
    prefixe = "INSI"
    source = "insi.md §8"
    lignes = FAUTES


refuser = FauteINSi.refuser
