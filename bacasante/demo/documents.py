"""Documents as the practice software makes them: a CDA, and the MHD bundle that feeds it (dmp.md §5.3, §10.1)."""

import base64
import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.monde.modele import Patient, Professionnel, Structure
from shared.monde.structures import STRUCTURES
from shared.soap.gabarit import xml

OID_PS = "1.2.250.1.71.4.2.1"
OID_STRUCTURE = "1.2.250.1.71.4.2.2"
OID_FORMATS = "1.3.6.1.4.1.19376.1.2.3"
LOINC = "http://loinc.org"
_MOS = "https://mos.esante.gouv.fr/NOS"
_MHD = "https://profiles.ihe.net/ITI/MHD"


@dataclass(frozen=True, slots=True)
class Document:
    """A document ready to be fed: its bytes and what the metadata must say."""

    unique_id: str
    contenu: bytes
    media_type: str
    titre: str
    type_code: str
    type_libelle: str
    classe: str
    classe_libelle: str
    format_code: str
    format_systeme: str
    pdf: bytes


def nouvel_oid() -> str:
    """A unique id under the arc of UUIDs (2.25)."""
    return f"2.25.{uuid.uuid4().int}"


def structure_de(personne: Professionnel) -> Structure:
    """The structure of the first activity."""
    return next(STRUCTURES[a.structure] for e in personne.exercices for a in e.activites if a.structure)


def compte_rendu(patient: Patient, oid: str, medecin: Professionnel, instant: datetime) -> Document:
    """A consultation report: a one-page PDF in a CDA R2 level 1."""
    lignes = (
        "Compte rendu de consultation",
        f"{patient.traits.prenom} {patient.traits.nom_naissance}, {patient.traits.date_naissance}",
        "Angine érythémateuse, sans signe de gravité. Traitement symptomatique.",
        f"Dr {medecin.prenom} {medecin.nom}, {instant:%d/%m/%Y}",
    )
    type_ = ("11488-4", "CR ou fiche de consultation ou de visite", "10", "Compte rendu")
    return _emballer(nouvel_oid(), _pdf(lignes), "CR de consultation", type_, patient, oid, medecin, instant)


def ordonnance(
    unique_id: str, pdf: bytes, patient: Patient, oid: str, medecin: Professionnel, instant: datetime
) -> Document:
    """The PDF of an e-prescription wrapped in a CDA, under the uniqueId that the base gave (eprescription.md §4.7)."""
    type_ = ("57833-6", "Prescription de produits de santé", "42", "Prescription")
    return _emballer(unique_id, pdf, "Prescription de médicaments", type_, patient, oid, medecin, instant)


def _pdf(lignes: tuple[str, ...]) -> bytes:
    from fpdf import FPDF

    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", size=12)
    for ligne in lignes:
        pdf.multi_cell(0, 8, ligne, new_x="LMARGIN", new_y="NEXT")
    return bytes(pdf.output())


def _emballer(
    unique_id: str,
    pdf: bytes,
    titre: str,
    type_: tuple[str, str, str, str],
    patient: Patient,
    oid: str,
    medecin: Professionnel,
    instant: datetime,
) -> Document:
    structure = structure_de(medecin)
    traits = patient.traits
    specialite = f"/{medecin.savoir_faire}" if medecin.savoir_faire else ""
    corps = xml(
        _CDA,
        unique_id=unique_id,
        titre=titre,
        code=type_[0],
        libelle=type_[1],
        date=instant.strftime("%Y%m%d%H%M%S%z"),
        matricule=patient.matricule_ins,
        oid=oid,
        nom=traits.nom_naissance,
        prenom=traits.prenom,
        prenoms=" ".join(traits.prenoms),
        sexe=str(traits.sexe),
        naissance=traits.date_naissance.replace("-", ""),
        lieu=traits.lieu_naissance,
        id_nat=medecin.id_nat,
        ps_nom=medecin.nom,
        ps_prenom=medecin.prenom,
        profession=f"G15_{medecin.profession}{specialite}",
        structure_id=structure.structure_id,
        structure=structure.raison_sociale,
        secteur=structure.secteur,
        pdf=base64.b64encode(pdf).decode(),
    )
    return Document(
        unique_id,
        corps.encode(),
        "text/xml",
        titre,
        *type_,
        "urn:ihe:iti:xds-sd:pdf:2008",
        f"urn:oid:{OID_FORMATS}",
        pdf,
    )


def lot_mhd(doc: Document, patient: Patient, oid: str, medecin: Professionnel, instant: str) -> dict[str, Any]:
    """ITI-65: one submission set, one entry, one binary."""
    liste, entree, binaire = (f"urn:uuid:{uuid.uuid4()}" for _ in range(3))
    sujet = {"identifier": {"system": f"urn:oid:{oid}", "value": patient.matricule_ins}}
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "meta": {"profile": [f"{_PDSM}/pdsm-comprehensive-provide-document-bundle"]},
        "entry": [
            {
                "fullUrl": liste,
                "request": {"method": "POST", "url": "List"},
                "resource": _lot(doc, sujet, medecin, instant, entree),
            },
            {
                "fullUrl": entree,
                "request": {"method": "POST", "url": "DocumentReference"},
                "resource": _fiche(doc, sujet, patient, oid, medecin, instant, binaire),
            },
            {
                "fullUrl": binaire,
                "request": {"method": "POST", "url": "Binary"},
                "resource": {
                    "resourceType": "Binary",
                    "contentType": doc.media_type,
                    "data": base64.b64encode(doc.contenu).decode(),
                },
            },
        ],
    }


_PDSM = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition"


def _lot(doc: Document, sujet: dict[str, Any], medecin: Professionnel, instant: str, entree: str) -> dict[str, Any]:
    return {
        "resourceType": "List",
        "contained": [_auteur("src", medecin)],
        "extension": [
            {
                "url": f"{_MHD}/StructureDefinition/ihe-sourceId",
                "valueIdentifier": {"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.250.1.999.1.2"},
            },
            {
                "url": f"{_MHD}/StructureDefinition/ihe-designationType",
                "valueCodeableConcept": {
                    "coding": [
                        {
                            "system": f"{_MOS}/TRE_R209-TypeActivite/FHIR/TRE-R209-TypeActivite",
                            "code": "07",
                            "display": "Consultations soins externes",
                        }
                    ]
                },
            },
        ],
        "identifier": [{"use": "usual", "system": "urn:ietf:rfc:3986", "value": f"urn:oid:{nouvel_oid()}"}],
        "status": "current",
        "mode": "working",
        "title": doc.titre,
        "code": {"coding": [{"system": f"{_MHD}/CodeSystem/MHDlistTypes", "code": "submissionset"}]},
        "subject": sujet,
        "date": instant,
        "source": {"reference": "#src"},
        "entry": [{"item": {"reference": entree}}],
    }


def _fiche(
    doc: Document,
    sujet: dict[str, Any],
    patient: Patient,
    oid: str,
    medecin: Professionnel,
    instant: str,
    binaire: str,
) -> dict[str, Any]:
    structure = structure_de(medecin)
    return {
        "resourceType": "DocumentReference",
        "contained": [_patient(patient, oid), _auteur("aut", medecin)],
        "masterIdentifier": {"use": "usual", "system": "urn:ietf:rfc:3986", "value": f"urn:oid:{doc.unique_id}"},
        "status": "current",
        "type": {"coding": [{"system": LOINC, "code": doc.type_code, "display": doc.type_libelle}]},
        "category": [
            {
                "coding": [
                    {
                        "system": f"{_MOS}/TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument",
                        "code": doc.classe,
                        "display": doc.classe_libelle,
                    }
                ]
            }
        ],
        "subject": sujet,
        "date": instant,
        "author": [{"reference": "#aut"}],
        "authenticator": {"reference": "#aut"},
        "custodian": {"identifier": {"system": f"urn:oid:{OID_STRUCTURE}", "value": str(structure.structure_id)}},
        "securityLabel": [
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "N"}]}
        ],
        "content": [
            {
                "attachment": {
                    "contentType": doc.media_type,
                    "language": "fr-FR",
                    "url": binaire,
                    "size": len(doc.contenu),
                    "hash": base64.b64encode(hashlib.sha1(doc.contenu, usedforsecurity=False).digest()).decode(),
                    "title": doc.titre,
                    "creation": instant,
                },
                "format": {"system": doc.format_systeme, "code": doc.format_code},
            }
        ],
        "context": {
            "period": {"start": instant},
            "sourcePatientInfo": {"reference": "#spi"},
            "facilityType": {
                "coding": [
                    {
                        "system": f"{_MOS}/TRE_R02-SecteurActivite/FHIR/TRE-R02-SecteurActivite",
                        "code": structure.secteur,
                    }
                ]
            },
            "practiceSetting": {
                "coding": [
                    {"system": f"{_MOS}/TRE_A01-CadreExercice/FHIR/TRE-A01-CadreExercice", "code": "AMBULATOIRE"}
                ]
            },
        },
    }


def _auteur(ancre: str, medecin: Professionnel) -> dict[str, Any]:
    return {
        "resourceType": "PractitionerRole",
        "id": ancre,
        "practitioner": {"identifier": {"system": f"urn:oid:{OID_PS}", "value": medecin.id_nat}},
        "organization": {
            "identifier": {"system": f"urn:oid:{OID_STRUCTURE}", "value": str(structure_de(medecin).structure_id)}
        },
    }


def _patient(patient: Patient, oid: str) -> dict[str, Any]:
    traits = patient.traits
    return {
        "resourceType": "Patient",
        "id": "spi",
        "identifier": [{"system": f"urn:oid:{oid}", "value": patient.matricule_ins}],
        "name": [{"use": "official", "family": traits.nom_naissance, "given": [traits.prenoms[0]]}],
        "gender": "female" if str(traits.sexe) == "F" else "male",
        "birthDate": traits.date_naissance,
    }


_CDA = """<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3">
 <realmCode code="FR"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
 <templateId root="2.16.840.1.113883.2.8.2.1"/><templateId root="1.2.250.1.213.1.1.1.1"/>
 <templateId root="1.3.6.1.4.1.19376.1.2.20"/>
 <id root="{unique_id}"/>
 <code code="{code}" displayName="{libelle}" codeSystem="2.16.840.1.113883.6.1"/>
 <title>{titre}</title><effectiveTime value="{date}"/>
 <confidentialityCode code="N" displayName="Normal" codeSystem="2.16.840.1.113883.5.25"/><languageCode code="fr-FR"/>
 <setId root="{unique_id}"/><versionNumber value="1"/>
 <recordTarget><patientRole><id root="{oid}" extension="{matricule}"/><patient>
  <name><family qualifier="BR">{nom}</family><given>{prenoms}</given><given qualifier="BR">{prenom}</given></name>
  <administrativeGenderCode code="{sexe}" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="{naissance}"/>
  <birthplace><place><addr><county>{lieu}</county></addr></place></birthplace></patient></patientRole></recordTarget>
 <author><time value="{date}"/><assignedAuthor><id root="1.2.250.1.71.4.2.1" extension="{id_nat}"/>
  <code code="{profession}" codeSystem="1.2.250.1.213.1.1.4.5"/>
  <assignedPerson><name><family>{ps_nom}</family><given>{ps_prenom}</given></name></assignedPerson>
  <representedOrganization><id root="1.2.250.1.71.4.2.2" extension="{structure_id}"/><name>{structure}</name>
  </representedOrganization></assignedAuthor></author>
 <custodian><assignedCustodian><representedCustodianOrganization>
  <id root="1.2.250.1.71.4.2.2" extension="{structure_id}"/><name>{structure}</name>
 </representedCustodianOrganization></assignedCustodian></custodian>
 <legalAuthenticator><time value="{date}"/><signatureCode code="S"/><assignedEntity>
  <id root="1.2.250.1.71.4.2.1" extension="{id_nat}"/><assignedPerson><name><family>{ps_nom}</family>
  <given>{ps_prenom}</given></name></assignedPerson></assignedEntity></legalAuthenticator>
 <documentationOf><serviceEvent><effectiveTime><low value="{date}"/></effectiveTime><performer typeCode="PRF">
  <assignedEntity><id root="1.2.250.1.71.4.2.1" extension="{id_nat}"/><representedOrganization>
   <id root="1.2.250.1.71.4.2.2" extension="{structure_id}"/>
   <standardIndustryClassCode code="AMBULATOIRE" displayName="Ambulatoire" codeSystem="1.2.250.1.213.1.1.4.9"/>
  </representedOrganization></assignedEntity></performer></serviceEvent></documentationOf>
 <componentOf><encompassingEncounter><effectiveTime nullFlavor="UNK"/><location><healthCareFacility>
  <code code="{secteur}" codeSystem="1.2.250.1.71.4.2.4"/></healthCareFacility></location></encompassingEncounter>
 </componentOf>
 <component><nonXMLBody><text mediaType="application/pdf" representation="B64">{pdf}</text></nonXMLBody></component>
</ClinicalDocument>"""
