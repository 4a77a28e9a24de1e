"""Bundles and documents as a practice software would send them."""

import base64
import hashlib
import uuid
from datetime import UTC, datetime
from typing import Any

from services.dmp.domain.lot import Auteur, Ins
from services.dmp.redaction import Redaction, Traits, cda, pdf
from shared.monde.patients import PATIENTS
from shared.monde.professionnels import PROFESSIONNELS
from shared.monde.structures import STRUCTURES

NOS = "https://mos.esante.gouv.fr/NOS"
TRE_A07 = f"{NOS}/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument"
CONFIDENTIALITE = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
JSON_PATCH = {"Content-Type": "application/json-patch+json"}
FHIR = {"Content-Type": "application/fhir+json"}
DATE = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)


def oid() -> str:
    return f"2.25.{uuid.uuid4().int}"


def ins(slug: str, systeme: str | None = None) -> dict[str, str]:
    p = PATIENTS[slug]
    return {"system": f"urn:oid:{systeme or p.oid('qualif')}", "value": p.matricule_ins}


def patient(slug: str) -> str:
    """The ``patient.identifier`` of a search."""
    i = ins(slug)
    return f"{i['system']}|{i['value']}"


def document(
    slug: str, auteur: str, *, unique_id: str, type_code: str = "11488-4", titre: str = "Consultation"
) -> bytes:
    p, pro = PATIENTS[slug], PROFESSIONNELS[auteur]
    structure = STRUCTURES[pro.structure] if pro.structure else None
    return cda(
        Redaction(
            unique_id=unique_id,
            set_id=unique_id,
            version=1,
            type_code=type_code,
            type_libelle=titre,
            titre=titre,
            date=DATE,
            debut=DATE,
            patient=Ins(p.matricule_ins, p.oid("qualif")),
            traits=Traits(p.traits.nom_naissance, p.traits.prenom, p.traits.liste_prenoms, "F", "1985-07-14", "63113"),
            auteur=Auteur(
                id_nat=pro.id_nat,
                nom=pro.nom,
                prenom=pro.prenom,
                structure_id=structure.identifiant if structure else None,
                structure_nom="STRUCTURE",
                specialite="G15_10/SM26",
            ),
            specialite_libelle="Médecin",
            etablissement="SA07",
            cadre="AMBULATOIRE",
        ),
        pdf(titre, ["Examen clinique normal."]),
    )


def reference(
    slug: str,
    auteur: str,
    contenu: bytes,
    *,
    unique_id: str,
    url: str,
    type_code: str = "11488-4",
    classe: str = "10",
    labels: tuple[str, ...] = ("N",),
    titre: str = "Consultation",
    mime: str = "text/xml",
    date: datetime = DATE,
) -> dict[str, Any]:
    pro = PROFESSIONNELS[auteur]
    structure = STRUCTURES[pro.structure].identifiant if pro.structure else "1990000010"
    return {
        "resourceType": "DocumentReference",
        "contained": [
            {"resourceType": "Patient", "id": "spi", "identifier": [ins(slug)], "name": [{"family": "X"}]},
            {
                "resourceType": "PractitionerRole",
                "id": "aut",
                "practitioner": {
                    "identifier": {"system": "urn:oid:1.2.250.1.71.4.2.1", "value": pro.id_nat},
                    "display": f"{pro.prenom} {pro.nom}",
                },
                "organization": {"identifier": {"system": "urn:oid:1.2.250.1.71.4.2.2", "value": structure}},
            },
        ],
        "masterIdentifier": {"use": "usual", "system": "urn:ietf:rfc:3986", "value": f"urn:oid:{unique_id}"},
        "status": "current",
        "type": {"coding": [{"system": "http://loinc.org", "code": type_code}]},
        "category": [
            {"coding": [{"system": f"{NOS}/TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument", "code": classe}]}
        ],
        "subject": {"identifier": ins(slug)},
        "date": date.isoformat(),
        "author": [{"reference": "#aut"}],
        "authenticator": {"reference": "#aut"},
        "custodian": {"identifier": {"system": "urn:oid:1.2.250.1.71.4.2.2", "value": structure}},
        "securityLabel": [{"coding": [label(code)]} for code in labels],
        "content": [
            {
                "attachment": {
                    "contentType": mime,
                    "language": "fr-FR",
                    "url": url,
                    "size": len(contenu),
                    "hash": base64.b64encode(hashlib.sha1(contenu).digest()).decode(),
                    "title": titre,
                    "creation": date.isoformat(),
                },
                "format": {"system": "urn:oid:1.3.6.1.4.1.19376.1.2.3", "code": "urn:ihe:iti:xds-sd:pdf:2008"},
            }
        ],
        "context": {
            "period": {"start": date.isoformat()},
            "sourcePatientInfo": {"reference": "#spi"},
            "facilityType": {"coding": [{"code": "SA07"}]},
            "practiceSetting": {"coding": [{"code": "AMBULATOIRE"}]},
        },
    }


def label(code: str) -> dict[str, str]:
    return {"system": CONFIDENTIALITE if code in "NRV" else TRE_A07, "code": code}


def bundle(
    slug: str = "blanc-valmont",
    auteur: str = "verdier-mg",
    *,
    unique_id: str | None = None,
    lot_id: str | None = None,
    contenu: bytes | None = None,
    remplace: str | None = None,
    avec_patch: bool = False,
    **options: Any,
) -> dict[str, Any]:
    """An ITI-65 bundle of one document."""
    uid = unique_id or oid()
    octets = contenu if contenu is not None else document(slug, auteur, unique_id=uid)
    doc_url, bin_url = (f"urn:uuid:{uuid.uuid4()}" for _ in range(2))
    ref = reference(slug, auteur, octets, unique_id=uid, url=bin_url, **options)
    if remplace:
        ref["relatesTo"] = [{"code": "replaces", "target": {"reference": f"DocumentReference/{remplace}"}}]
    pro = PROFESSIONNELS[auteur]
    liste = {
        "resourceType": "List",
        "contained": [
            {
                "resourceType": "PractitionerRole",
                "id": "src",
                "practitioner": {"identifier": {"system": "urn:oid:1.2.250.1.71.4.2.1", "value": pro.id_nat}},
            }
        ],
        "extension": [
            {
                "url": "https://profiles.ihe.net/ITI/MHD/StructureDefinition/ihe-sourceId",
                "valueIdentifier": {"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.250.1.999.1.2"},
            },
            {
                "url": "https://profiles.ihe.net/ITI/MHD/StructureDefinition/ihe-designationType",
                "valueCodeableConcept": {"coding": [{"code": "07"}]},
            },
        ],
        "identifier": [{"use": "usual", "system": "urn:ietf:rfc:3986", "value": f"urn:oid:{lot_id or oid()}"}],
        "status": "current",
        "mode": "working",
        "title": "Consultation du 15/01/2026",
        "code": {
            "coding": [{"system": "https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes", "code": "submissionset"}]
        },
        "subject": {"identifier": ins(slug)},
        "date": DATE.isoformat(),
        "source": {"reference": "#src"},
        "entry": [{"item": {"reference": doc_url}}],
    }
    entrees: list[dict[str, Any]] = [
        {"fullUrl": f"urn:uuid:{uuid.uuid4()}", "request": {"method": "POST", "url": "List"}, "resource": liste},
        {"fullUrl": doc_url, "request": {"method": "POST", "url": "DocumentReference"}, "resource": ref},
        {
            "fullUrl": bin_url,
            "request": {"method": "POST", "url": "Binary"},
            "resource": {
                "resourceType": "Binary",
                "contentType": "text/xml",
                "data": base64.b64encode(octets).decode(),
            },
        },
    ]
    if avec_patch:
        entrees.append(
            {
                "request": {"method": "PATCH", "url": f"DocumentReference/{remplace}"},
                "resource": {
                    "resourceType": "Parameters",
                    "parameter": [
                        {
                            "name": "operation",
                            "part": [
                                {"name": "type", "valueCode": "replace"},
                                {"name": "path", "valueString": "DocumentReference.status"},
                                {"name": "value", "valueCode": "superseded"},
                            ],
                        }
                    ],
                },
            }
        )
    return {"resourceType": "Bundle", "type": "transaction", "entry": entrees}


def piece(b: dict[str, Any]) -> dict[str, Any]:
    """The DocumentReference of a bundle, to be spoilt."""
    r: dict[str, Any] = b["entry"][1]["resource"]
    return r


def patch(code: str) -> list[dict[str, Any]]:
    """The published mask / unmask patch."""
    return [{"op": "replace", "path": "/securityLabel/0", "value": {"coding": [label(code)]}}]


SUPPRIMER = [{"op": "replace", "path": "/status", "value": "entered-in-error"}]
ARCHIVER = [
    {
        "op": "replace",
        "path": "/extension[url:'https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/"
        "pdsm-ext-is-archived']/valueBoolean",
        "value": True,
    }
]
