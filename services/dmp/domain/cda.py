"""Minimal CDA header of French documents: the rules of the ANS schematron (dmp.md §10.1) on values already read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from services.dmp.domain.constats import Constat
from services.dmp.domain.lot import Ins

OIDS_INS: Final = frozenset(f"1.2.250.1.213.1.4.{n}" for n in (8, 9, 10, 11))
OID_STRUCTURE: Final = "1.2.250.1.71.4.2.2"
OID_DEPOT_PATIENT: Final = "1.2.250.1.213.4.1"
HL7_FRANCE, CI_SIS, NON_STRUCTURE = "2.16.840.1.113883.2.8.2.1", "1.2.250.1.213.1.1.1.1", "1.3.6.1.4.1.19376.1.2.20"
MEDIAS_XDS_SD: Final = {
    "application/pdf": "urn:ihe:iti:xds-sd:pdf:2008",
    "text/plain": "urn:ihe:iti:xds-sd:text:2008",
    "image/jpeg": "urn:ihe:iti-fr:xds-sd:jpeg:2010",
    "image/tiff": "urn:ihe:iti-fr:xds-sd:tiff:2010",
    "text/rtf": "urn:ihe:iti-fr:xds-sd:rtf:2010",
    "application/rtf": "urn:ihe:iti-fr:xds-sd:rtf:2010",
}


@dataclass(frozen=True, slots=True)
class EnTete:
    """What the header of one CDA says. ``None`` or an empty tuple means the element is absent."""

    royaume: str | None
    type_id: tuple[str | None, str | None]
    modeles: tuple[str, ...]
    id: str | None
    set_id: str | None
    version: str | None
    code: str | None
    code_libelle: str | None
    titre: str | None
    date: str | None
    confidentialite: str | None
    langue: str | None
    patients: tuple[tuple[str, str], ...]
    """(root, extension) of each patientRole/id."""
    famille_br: str | None
    familles: int
    prenoms: str | None
    premier_prenom: str | None
    sexe: str | None
    naissance: str | None
    lieu_cog: str | None
    nb_record_target: int
    auteurs: tuple[str, ...]
    """Extensions of assignedAuthor/id."""
    auteurs_complets: bool
    structure_auteur: str | None
    depositaire: tuple[str | None, str | None] | None
    validateur: str | None
    signature: str | None
    cadre: str | None
    acte_debut: str | None
    nb_actes: int
    etablissement: str | None
    rencontre: bool
    remplace: str | None
    type_remplacement: str | None
    media: str | None
    """mediaType of a nonXMLBody; ``None`` for a structured body."""
    structure: bool

    @property
    def ins(self) -> Ins | None:
        return next((Ins(ext, root) for root, ext in self.patients if root in OIDS_INS), None)

    @property
    def format_attendu(self) -> str | None:
        """The format of a non structured body (XDS-SD); structured ones follow their model (ASS_A11)."""
        return MEDIAS_XDS_SD.get(self.media or "") if not self.structure else None


_DATE_HL7 = re.compile(r"^\d{4}(\d{2}(\d{2}(\d{2}(\d{2}(\d{2}(\.\d+)?)?)?([+-]\d{4})?)?)?)?$")


def regles(e: EnTete) -> Iterator[Constat]:
    """Every broken rule of the minimal structure, each with its own id under MD-15."""
    yield from _identification(e)
    yield from _patient(e)
    yield from _participants(e)
    yield from _contexte(e)


def _constat(n: int, champ: str, fr: str, en: str) -> Constat:
    return Constat(f"MD-15-CDA-{n:02d}", "XDSRepositoryMetadataError", fr, en, champ)


def _identification(e: EnTete) -> Iterator[Constat]:
    if e.royaume != "FR":
        yield _constat(1, "realmCode", "realmCode doit valoir FR", "realmCode must be FR")
    if e.type_id != ("2.16.840.1.113883.1.3", "POCD_HD000040"):
        yield _constat(2, "typeId", "typeId doit désigner POCD_HD000040", "typeId must designate POCD_HD000040")
    if not {HL7_FRANCE, CI_SIS} <= set(e.modeles) or len(e.modeles) < 3:
        yield _constat(
            3,
            "templateId",
            "templateId : HL7 France, CI-SIS et le modèle sont attendus",
            "templateId: HL7 France, CI-SIS and the model are expected",
        )
    if not e.structure and NON_STRUCTURE not in e.modeles:
        yield _constat(
            4,
            "templateId",
            f"un corps non structuré porte le modèle {NON_STRUCTURE}",
            f"a non structured body carries the template {NON_STRUCTURE}",
        )
    for n, nom, valeur in (
        (5, "id", e.id),
        (6, "setId", e.set_id),
        (7, "versionNumber", e.version),
        (8, "code", e.code and e.code_libelle),
        (9, "title", e.titre),
        (10, "effectiveTime", e.date),
        (11, "languageCode", e.langue),
    ):
        if not valeur:
            yield _constat(n, nom, f"{nom} est absent ou incomplet", f"{nom} is missing or incomplete")
    if e.version and not e.version.isdigit():
        yield _constat(7, "versionNumber", "versionNumber est un entier", "versionNumber is an integer")
    if e.date and not _DATE_HL7.match(e.date):
        yield _constat(10, "effectiveTime", "date HL7 illisible", "unreadable HL7 date")
    if e.langue and not re.fullmatch(r"[a-z]{2}-[A-Z]{2}", e.langue):
        yield _constat(11, "languageCode", "languageCode s'écrit ll-CC", "languageCode is written ll-CC")
    if e.confidentialite not in {"N", "R", "V"}:
        yield _constat(
            12,
            "confidentialityCode",
            "l'en-tête ne porte que N, R ou V ; la visibilité vit dans les métadonnées",
            "the header carries N, R or V only; visibility lives in the metadata",
        )


def _patient(e: EnTete) -> Iterator[Constat]:
    if e.nb_record_target != 1 or not e.patients:
        yield _constat(
            13, "recordTarget", "un seul patient, avec identifiant", "exactly one patient, with an identifier"
        )
    if e.ins is None:
        return
    traits = (e.famille_br, e.premier_prenom, e.prenoms, e.naissance, e.lieu_cog, e.sexe)
    if not all(traits):
        yield _constat(
            14,
            "recordTarget/patientRole/patient",
            "avec un INS : nom de naissance, premier prénom, liste des prénoms, date et lieu COG de naissance, sexe",
            "with an INS: birth name, first given name, list of given names, birth date and COG place, sex",
        )


def _participants(e: EnTete) -> Iterator[Constat]:
    if not e.auteurs or not e.auteurs_complets:
        yield _constat(
            15,
            "author",
            "au moins un auteur avec date, identifiant et nom ou dispositif",
            "at least one author with time, identifier and a name or a device",
        )
    if e.depositaire is None or e.depositaire[0] not in {OID_STRUCTURE, OID_DEPOT_PATIENT}:
        yield _constat(16, "custodian", "custodian identifie une structure", "custodian must identify a structure")
    if not e.validateur:
        yield _constat(17, "legalAuthenticator", "legalAuthenticator est absent", "legalAuthenticator is missing")
    elif e.signature != "S":
        yield _constat(18, "legalAuthenticator/signatureCode", "signatureCode vaut S", "signatureCode must be S")


def _contexte(e: EnTete) -> Iterator[Constat]:
    if e.nb_actes == 0 or not e.acte_debut or not e.cadre:
        yield _constat(
            19,
            "documentationOf/serviceEvent",
            "l'acte principal porte une date de début et le cadre d'exercice de son exécutant",
            "the main act carries a start date and the practice setting of its performer",
        )
    if not e.rencontre or not e.etablissement:
        yield _constat(
            20,
            "componentOf/encompassingEncounter",
            "componentOf porte le secteur d'activité (healthCareFacility)",
            "componentOf carries the facility type (healthCareFacility)",
        )
    if e.remplace is not None and e.type_remplacement != "RPLC":
        yield _constat(21, "relatedDocument", "relatedDocument est de type RPLC", "relatedDocument must be RPLC")
    if not e.structure and e.media not in MEDIAS_XDS_SD:
        yield _constat(
            22,
            "component/nonXMLBody/text/@mediaType",
            f"le corps non structuré {e.media!r} n'est pas un média XDS-SD",
            f"the non structured body {e.media!r} is not an XDS-SD medium",
        )
