"""Rows of the directory → FHIR resources (annuaire-sante.md §4); pure functions."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from services.mss.domain.annuaire import (
    EXTENSIONS,
    IDNPS,
    IDNST,
    R02_SECTEUR,
    R66,
    R256,
    R257,
    RPPS,
    TYPE_COURRIEL,
    TYPE_IDENTIFIANT,
    TYPE_ORGANISATION,
)
from services.mss.store.annuaire import OrganisationRow, PraticienRow, SituationRow
from services.mss.store.boites import BoiteRow

_FR_CORE = "https://hl7.fr/ig/fhir/core/StructureDefinition/"


def praticien(row: PraticienRow, boites: Iterable[BoiteRow]) -> dict[str, Any]:
    ressource = _base("Practitioner", row.id, row.actif, row.maj_le, "as-dp-practitioner", "fr-core-practitioner")
    ressource["identifier"] = [_identifiant("IDNPS", IDNPS, row.id_nat)]
    if row.rpps:
        ressource["identifier"].append(_identifiant("RPPS", RPPS, row.rpps))
    if not row.actif:
        return ressource  # a removed entry keeps only its identity (§3.3, delta)
    nom: dict[str, Any] = {"use": "usual", "family": row.nom, "given": row.prenom.split(" ")}
    if row.civilite:
        nom["prefix"] = [row.civilite]
    if row.civilite_exercice:
        nom["suffix"] = [row.civilite_exercice]
    ressource["name"] = [nom]
    _si(ressource, "telecom", [_boite(b) for b in boites])
    qualifications = [{"code": {"coding": [_coding(*paire) for paire in q]}} for q in row.qualifications]
    _si(ressource, "qualification", qualifications)
    return ressource


def situation(row: SituationRow, boites: Iterable[BoiteRow]) -> dict[str, Any]:
    ressource = _base(
        "PractitionerRole", row.id, row.actif, row.maj_le, "as-dp-practitionerrole", "fr-core-practitioner-role"
    )
    ressource["identifier"] = [{"system": RPPS, "value": row.numero}]
    if not row.actif:
        return ressource
    ressource["practitioner"] = {"reference": f"Practitioner/{row.praticien_id}"}
    if row.organisation_id:
        ressource["organization"] = {"reference": f"Organization/{row.organisation_id}"}
    ressource["code"] = [{"coding": [_coding(*paire)]} for paire in row.codes]
    _si(ressource, "telecom", [_boite(b) for b in boites])
    return ressource


def organisation(row: OrganisationRow, boites: Iterable[BoiteRow]) -> dict[str, Any]:
    ressource = _base("Organization", row.id, row.actif, row.maj_le, "as-dp-organization", "fr-core-organization")
    ressource["identifier"] = [
        _identifiant("IDNST", IDNST, row.structure_id),
        *(_identifiant(*identifiant) for identifiant in row.identifiants),
    ]
    ressource["name"] = row.nom
    if not row.actif:
        return ressource
    if row.enseigne:
        ressource["alias"] = [row.enseigne]
    entite = "LEGAL-ENTITY" if row.entite_juridique else "GEOGRAPHICAL-ENTITY"
    types = [_type("organizationType", TYPE_ORGANISATION, entite)]
    if row.secteur:
        types.append(_type("secteurActiviteRASS", R02_SECTEUR, row.secteur))
    if row.categorie:
        types.append({"coding": [_coding(R66, row.categorie)]})
    ressource["type"] = types
    contacts: list[dict[str, Any]] = []
    if row.telephone:
        contacts.append({"system": "phone", "value": row.telephone, "rank": 1})
    if row.courriel:
        contacts.append({"system": "email", "value": row.courriel})
    _si(ressource, "telecom", [*contacts, *(_boite(b) for b in boites)])
    adresse = {"city": row.ville, "postalCode": row.code_postal, "line": row.lignes}
    _si(ressource, "address", [{cle: valeur for cle, valeur in adresse.items() if valeur}])
    if row.partie_de:
        ressource["partOf"] = {"reference": f"Organization/{row.partie_de}"}
    return ressource


def _base(genre: str, id: str, actif: bool, maj: datetime, profil: str, profil_fr: str) -> dict[str, Any]:
    return {
        "resourceType": genre,
        "id": id,
        "meta": {
            "versionId": "1",
            "lastUpdated": maj.isoformat(timespec="milliseconds"),
            "source": "https://annuaire.sante.fr",
            "profile": [f"{EXTENSIONS}{profil}", f"{_FR_CORE}{profil_fr}"],
        },
        "language": "fr",
        "active": actif,
    }


def _identifiant(genre: str, systeme: str, valeur: str) -> dict[str, Any]:
    return {
        "use": "official",
        "type": {"coding": [_coding(TYPE_IDENTIFIANT, genre)]},
        "system": systeme,
        "value": valeur,
    }


def _coding(systeme: str, code: str) -> dict[str, str]:
    return {"system": systeme, "code": code}


def _type(genre: str, systeme: str, code: str) -> dict[str, Any]:
    return {
        "extension": [{"url": f"{EXTENSIONS}as-ext-organization-types", "valueCode": genre}],
        "coding": [_coding(systeme, code)],
    }


def _boite(row: BoiteRow) -> dict[str, Any]:
    """A mailbox as ``as-mailbox-mss``: red list and internal fields are never told."""
    metadonnees: list[dict[str, Any]] = [
        {"url": "type", "valueCodeableConcept": {"coding": [_coding(R257, row.type_bal)]}}
    ]
    for url, valeur in (("description", row.description), ("service", row.service), ("responsible", row.responsable)):
        if valeur:
            metadonnees.append({"url": url, "valueString": valeur})
    return {
        "system": "email",
        "value": row.adresse,
        "rank": row.rang,
        "extension": [
            {"url": TYPE_COURRIEL, "valueCoding": _coding(R256, "MSSANTE")},
            {"url": f"{EXTENSIONS}as-ext-mailbox-mss-metadata", "extension": metadonnees},
        ],
    }


def _si(ressource: dict[str, Any], cle: str, valeurs: list[Any]) -> None:
    """FHIR has no empty arrays."""
    if any(valeurs):
        ressource[cle] = valeurs
