"""Refusals of the DMP: the published codes (dmp_error_codes.csv), their HTTP status and words, one class for all."""

from dataclasses import dataclass
from typing import Any, Final

from shared.errors import DomainError


@dataclass(frozen=True, slots=True)
class Refus:
    status: int
    issue: str
    fr: str
    en: str


# Status and issue follow the columns "FHIR facade" of dmp_error_codes.csv; DMPReasonRequired and the two PATCH codes
# are ours (AD-041 publishes the 422 without a name).
REFUS: Final[dict[str, Refus]] = {
    "DMPClosed": Refus(409, "conflict", "Le DMP est fermé.", "The DMP is closed."),
    "DMPNotFound": Refus(404, "not-found", "Aucun DMP pour cet INS.", "No DMP for this INS."),
    "DMPAccessDeniedByRightsService": Refus(
        403,
        "forbidden",
        "Les droits fonctionnels de ce rôle n'ouvrent pas cette action.",
        "The functional rights of this role do not open this action.",
    ),
    "DMPConsentRequired": Refus(
        403,
        "forbidden",
        "Aucune autorisation valide de ce professionnel sur ce DMP (TD0.3 AJOUT).",
        "This professional holds no valid authorisation on this DMP (TD0.3 AJOUT).",
    ),
    "DMPProfessionalBlocked": Refus(
        403, "forbidden", "Le patient a bloqué ce professionnel.", "The patient has blocked this professional."
    ),
    "DMPEmergencyAccessRefused": Refus(
        403,
        "forbidden",
        "Le patient s'est opposé à ce mode d'accès en urgence.",
        "The patient opposed this emergency access mode.",
    ),
    "DMPDocumentNotAuthorizedByMatrix": Refus(
        403,
        "forbidden",
        "Ce document n'est pas ouvert à ce professionnel (matrice d'habilitation ou masquage).",
        "This document is not open to this professional (habilitation matrix or masking).",
    ),
    "DMPDeleteForbiddenNotAuthor": Refus(
        403, "forbidden", "Seul l'auteur du document peut le supprimer.", "Only its author may delete the document."
    ),
    "DMPConfidentialityConflict": Refus(
        422,
        "business-rule",
        "Combinaison de confidentialité refusée.",
        "This combination of confidentiality codes is refused.",
    ),
    "DMPIrreversibleVisibility": Refus(
        422,
        "business-rule",
        "Un document visible ne peut plus être caché au patient ou à ses représentants.",
        "A visible document cannot be hidden from the patient or his representatives any more.",
    ),
    "DMPReasonRequired": Refus(
        422,
        "required",
        "Le bris de glace exige un motif.",
        "Break-glass access requires a reason.",
    ),
    "XDSUnknownPatientId": Refus(404, "not-found", "Patient inconnu du DMP.", "The patient is not known to the DMP."),
    "XDSPatientIdDoesNotMatch": Refus(
        422, "conflict", "Les identifiants du patient diffèrent.", "The patient identifiers differ."
    ),
    "XDSDocumentUniqueIdError": Refus(404, "not-found", "Document inconnu.", "Unknown document."),
    "XDSDuplicateUniqueIdInRegistry": Refus(
        409, "duplicate", "Ce uniqueId est déjà enregistré.", "This uniqueId is already registered."
    ),
    "XDSRegistryDuplicateUniqueIdInMessage": Refus(
        422,
        "duplicate",
        "Le même uniqueId figure deux fois dans le lot.",
        "The same uniqueId appears twice in the lot.",
    ),
    "XDSNonIdenticalHash": Refus(
        409, "conflict", "Même uniqueId, contenu différent.", "Same uniqueId with another content."
    ),
    "XDSMissingDocument": Refus(
        422, "required", "Des métadonnées sont sans document.", "Metadata come without their document."
    ),
    "XDSMissingDocumentMetadata": Refus(
        422, "required", "Un document est sans métadonnées.", "A document comes without its metadata."
    ),
    "XDSRepositoryMetadataError": Refus(
        422, "invalid", "Le document ne correspond pas à ses métadonnées.", "The document does not match its metadata."
    ),
    "XDSRegistryMetadataError": Refus(
        422, "code-invalid", "Métadonnée absente ou invalide.", "A metadata element is missing or invalid."
    ),
    "XDSRegistryDeprecatedDocumentError": Refus(
        409,
        "conflict",
        "Le document à remplacer n'est plus à jour.",
        "The document to replace is not the current version.",
    ),
    "XDSReplaceFailed": Refus(422, "processing", "Remplacement impossible.", "The replacement cannot be processed."),
    "UnresolvedReferenceException": Refus(
        422, "not-found", "Une référence ne mène à rien.", "A reference leads nowhere."
    ),
    "XDSStoredQueryMissingParam": Refus(
        400, "required", "Paramètre de recherche obligatoire absent.", "A mandatory search parameter is missing."
    ),
    "XDSStoredQueryParamNumber": Refus(
        400, "invalid", "Paramètre de recherche invalide.", "A search parameter is invalid."
    ),
    "XDSTooManyResults": Refus(413, "too-costly", "Trop de résultats.", "Too many results."),
    "XDSMetadataUpdateError": Refus(
        422, "processing", "Mise à jour de métadonnées refusée.", "The metadata update is refused."
    ),
    "XDSMetadataUpdateOperationError": Refus(
        405,
        "not-supported",
        "Seuls statut, visibilité et archivage peuvent changer.",
        "Only status, visibility and archiving may change.",
    ),
    "XDSMetadataVersionError": Refus(
        409, "conflict", "La version attendue n'est pas la version courante.", "The expected version is not current."
    ),
    "XDSRepositoryOutOfResources": Refus(413, "too-long", "Le lot dépasse les limites.", "The lot is over the limits."),
    "FHIRDocumentNotSupported": Refus(
        422,
        "not-supported",
        "Un Bundle de type document n'est pas accepté comme contenu.",
        "A document Bundle is not accepted as content.",
    ),
}


class RefusDmp(DomainError):
    """A refusal carrying a published DMP or XDS code in its member ``code``."""

    slug = "refus-dmp"

    def __init__(
        self,
        code: str,
        en: str,
        fr: str,
        *,
        regle: str,
        champ: str | None = None,
        membres: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(en, fr, regle=regle, champ=champ, membres={"code": code, **(membres or {})})
        self.code = code


def _classe(status: int, issue: str) -> type[RefusDmp]:
    """One subclass per (status, issue): both are class facts of a DomainError."""
    return type(f"RefusDmp{status}_{issue}", (RefusDmp,), {"status": status, "issue": issue})


_CLASSES: Final = {(r.status, r.issue): _classe(r.status, r.issue) for r in REFUS.values()}


def refuser(
    code: str,
    en: str = "",
    fr: str = "",
    *,
    regle: str,
    champ: str | None = None,
    membres: dict[str, Any] | None = None,
) -> RefusDmp:
    """Build the refusal of a published code; the words of the table complete those of the rule."""
    refus = REFUS[code]
    return _CLASSES[refus.status, refus.issue](
        code, en or refus.en, fr or refus.fr, regle=regle, champ=champ, membres=membres
    )
