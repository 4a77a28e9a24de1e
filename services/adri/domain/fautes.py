"""Technical faults of ADRi (adri.md §5) and of the apCV contexts it is asked with (apcv.md §8), as data.

The real catalogue is not public: only ``desir_550`` and the ``siram_40`` that names FASIBEN are. The codes that
start with ``sandbox_`` are ours; ``APCV-…`` are those of our apCV sheet.
"""

from shared.soap.teleservice import FauteTechnique, LigneFaute

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
        ),
        LigneFaute(
            "fasiben",
            "siram_40",
            "Receiver",
            "fatale",
            503,
            "FASIBEN : le service de l'organisme d'assurance maladie est indisponible.",
            "FASIBEN: the insurance body's back-end is unavailable, nothing is wrong on the workstation.",
        ),
        LigneFaute(
            "sandbox_demandeur",
            "siram_40",
            "Sender",
            "erreur",
            403,
            "Le numéro FINESS ou le numéro du praticien est inconnu de l'organisme.",
            "The FINESS or practitioner number is unknown to the body.",
        ),
        LigneFaute(
            "sandbox_schema",
            "siram_10",
            "Sender",
            "erreur",
            400,
            "La demande n'est pas conforme au schéma du service.",
            "The request does not follow the schema of the service.",
        ),
        LigneFaute(
            "sandbox_auth",
            "siram_20",
            "Sender",
            "erreur",
            401,
            "L'assertion est absente, expirée ou invalide.",
            "The assertion is missing, expired or invalid.",
        ),
        LigneFaute(
            "sandbox_ctx",
            "siram_30",
            "Sender",
            "erreur",
            400,
            "Le contexte de l'appel (ContexteLPS, ContexteBAM) est absent ou incorrect.",
            "The call context (ContexteLPS, ContexteBAM) is missing or wrong.",
        ),
        LigneFaute(
            "sandbox_incoherence",
            "siram_40",
            "Sender",
            "erreur",
            409,
            "La couverture du contexte et la demande ne désignent pas le même bénéficiaire.",
            "The context's coverage and the request do not describe the same beneficiary.",
        ),
        LigneFaute(
            "APCV-111",
            "siram_20",
            "Sender",
            "erreur",
            403,
            "Le contexte apCV appartient à un autre professionnel.",
            "The apCV context belongs to another professional.",
        ),
        LigneFaute(
            "APCV-201",
            "siram_20",
            "Sender",
            "erreur",
            404,
            "Aucun contexte apCV ouvert sous cet identifiant.",
            "No apCV context is open under this identifier.",
        ),
        LigneFaute(
            "APCV-202",
            "siram_20",
            "Sender",
            "erreur",
            410,
            "Le contexte apCV a expiré : relisez la carte avant de finaliser.",
            "The apCV context has expired: read the card again.",
        ),
        LigneFaute(
            "APCV-211",
            "siram_20",
            "Sender",
            "erreur",
            409,
            "Le contexte apCV a déjà servi à une facture.",
            "The apCV context was already used for one invoice.",
        ),
        LigneFaute(
            "APCV-212",
            "siram_20",
            "Sender",
            "erreur",
            422,
            "Le bénéficiaire ne fait pas partie du contexte apCV.",
            "The beneficiary is not in the apCV context.",
        ),
    )
}


class FauteADRi(FauteTechnique):
    slug = "faute-adri"
    prefixe = "ADRI"
    source = "adri.md §5"
    lignes = FAUTES

    @classmethod
    def regle_de(cls, code: str) -> str:
        """The codes of the apCV stand alone."""
        return code if code.startswith("APCV-") else super().regle_de(code)


refuser = FauteADRi.refuser
