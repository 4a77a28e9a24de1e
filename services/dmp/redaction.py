"""Documents this service writes itself: a one-page PDF, and the CDA R2 level 1 envelope around it (dmp.md §10.1)."""

import base64
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.dmp.domain.cda import CI_SIS, HL7_FRANCE, NON_STRUCTURE, OID_DEPOT_PATIENT, OID_STRUCTURE
from services.dmp.domain.lot import Auteur, Ins
from services.dmp.fhir.lecture import OID_PS
from shared.soap.gabarit import Xml, xml


@dataclass(frozen=True, slots=True)
class Traits:
    """The identity traits a CDA header carries."""

    nom_naissance: str
    prenom: str
    prenoms: str
    sexe: str
    date_naissance: str
    lieu_naissance: str


@dataclass(frozen=True, slots=True)
class Redaction:
    unique_id: str
    set_id: str
    version: int
    type_code: str
    type_libelle: str
    titre: str
    date: datetime
    debut: datetime
    patient: Ins
    traits: Traits
    auteur: Auteur
    specialite_libelle: str
    etablissement: str
    cadre: str
    remplace: str | None = None


def pdf(titre: str, lignes: Sequence[str]) -> bytes:
    """A small PDF 1.4 of one page, the same bytes for the same text."""
    plies = [morceau for ligne in lignes for morceau in (textwrap.wrap(ligne, 92) or [""])][:58]
    texte = ["BT", "/F1 14 Tf", "56 790 Td", f"({_echapper(titre)}) Tj", "/F1 10 Tf", "0 -28 Td", "13 TL"]
    texte += [f"({_echapper(ligne)}) Tj T*" for ligne in plies]
    flux = "\n".join([*texte, "ET"]).encode("cp1252", "replace")
    objets = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(flux), flux),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    sortie = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for n, objet in enumerate(objets, start=1):
        places.append(len(sortie))
        sortie += b"%d 0 obj\n%s\nendobj\n" % (n, objet)
    table = len(sortie)
    sortie += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objets) + 1)
    sortie += b"".join(b"%010d 00000 n \n" % place for place in places)
    sortie += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objets) + 1, table)
    return bytes(sortie)


def _echapper(texte: str) -> str:
    return texte.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def cda(r: Redaction, corps: bytes, media: str = "application/pdf") -> bytes:
    """The CDA R2 level 1 that carries ``corps``, with the whole minimal header."""
    date = hl7(r.date)
    fragment = xml(
        _CDA,
        hl7_france=HL7_FRANCE,
        ci_sis=CI_SIS,
        modele=NON_STRUCTURE,
        id=r.unique_id,
        code=r.type_code,
        libelle=r.type_libelle,
        systeme="1.2.250.1.213.1.1.4.12" if not r.type_code[0].isdigit() else "2.16.840.1.113883.6.1",
        titre=r.titre,
        date=date,
        set_id=r.set_id,
        version=str(r.version),
        oid=r.patient.oid,
        ins=r.patient.matricule,
        nom=r.traits.nom_naissance,
        prenoms=r.traits.prenoms,
        prenom=r.traits.prenom,
        sexe=r.traits.sexe,
        sexe_libelle={"M": "Masculin", "F": "Féminin"}.get(r.traits.sexe, "Inconnu"),
        naissance=r.traits.date_naissance.replace("-", ""),
        lieu=r.traits.lieu_naissance,
        auteur=_auteur(r, date),
        depositaire=_depositaire(r.auteur),
        validateur=_validateur(r.auteur, date),
        acte=_acte(r),
        etablissement=r.etablissement,
        remplace=_remplace(r),
        media=media,
        donnees=base64.b64encode(corps).decode(),
    )
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + fragment.encode()


def hl7(d: datetime) -> str:
    return d.strftime("%Y%m%d%H%M%S%z")


def _personne(a: Auteur) -> Xml:
    if a.type == "patient":
        return xml('<id root="1.2.250.1.213.1.4.8" extension="{id}"/>', id=a.id_nat or "")
    return xml('<id root="{root}" extension="{id}"/>', root=OID_PS, id=a.id_nat or "")


def _organisation(a: Auteur, nom: str = "representedOrganization") -> Xml:
    if a.structure_id is None:
        return Xml("")
    return xml(
        '<{nom}><id root="{root}" extension="{id}"/><name>{libelle}</name></{nom}>',
        nom=Xml(nom),
        root=OID_STRUCTURE,
        id=a.structure_id,
        libelle=a.structure_nom or a.structure_id,
    )


def _nom(a: Auteur) -> Xml:
    return xml(
        "<assignedPerson><name><family>{nom}</family><given>{prenom}</given></name></assignedPerson>",
        nom=a.nom or "",
        prenom=a.prenom or "",
    )


def _auteur(r: Redaction, date: str) -> Xml:
    return xml(
        '<author><time value="{date}"/><assignedAuthor>{id}'
        '<code code="{specialite}" displayName="{libelle}" codeSystem="1.2.250.1.213.1.1.4.5"/>'
        "{nom}{organisation}</assignedAuthor></author>",
        date=date,
        id=_personne(r.auteur),
        specialite=r.auteur.specialite or "EXP_PATIENT",
        libelle=r.specialite_libelle,
        nom=_nom(r.auteur),
        organisation=_organisation(r.auteur),
    )


def _depositaire(a: Auteur) -> Xml:
    root, extension = (OID_STRUCTURE, a.structure_id) if a.structure_id else (OID_DEPOT_PATIENT, None)
    return xml(
        '<custodian><assignedCustodian><representedCustodianOrganization><id root="{root}"{ext}/><name>{nom}</name>'
        "</representedCustodianOrganization></assignedCustodian></custodian>",
        root=root,
        ext=xml(' extension="{e}"', e=extension) if extension else Xml(""),
        nom=a.structure_nom or a.structure_id or "Mon espace santé",
    )


def _validateur(a: Auteur, date: str) -> Xml:
    return xml(
        '<legalAuthenticator><time value="{date}"/><signatureCode code="S"/><assignedEntity>{id}{nom}{organisation}'
        "</assignedEntity></legalAuthenticator>",
        date=date,
        id=_personne(a),
        nom=_nom(a),
        organisation=_organisation(a),
    )


def _acte(r: Redaction) -> Xml:
    return xml(
        '<documentationOf><serviceEvent><effectiveTime><low value="{debut}"/></effectiveTime><performer typeCode="PRF">'
        "<assignedEntity>{id}<representedOrganization>{structure}"
        '<standardIndustryClassCode code="{cadre}" displayName="{cadre}" codeSystem="1.2.250.1.213.1.1.4.9"/>'
        "</representedOrganization></assignedEntity></performer></serviceEvent></documentationOf>",
        debut=hl7(r.debut),
        id=_personne(r.auteur),
        structure=xml('<id root="{root}" extension="{id}"/>', root=OID_STRUCTURE, id=r.auteur.structure_id)
        if r.auteur.structure_id
        else Xml(""),
        cadre=r.cadre,
    )


def _remplace(r: Redaction) -> Xml:
    if r.remplace is None:
        return Xml("")
    return xml(
        '<relatedDocument typeCode="RPLC"><parentDocument><id root="{id}"/></parentDocument></relatedDocument>',
        id=r.remplace,
    )


_CDA = (
    '<ClinicalDocument xmlns="urn:hl7-org:v3"><realmCode code="FR"/>'
    '<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>'
    '<templateId root="{hl7_france}"/><templateId root="{ci_sis}"/><templateId root="{modele}"/>'
    '<id root="{id}"/><code code="{code}" displayName="{libelle}" codeSystem="{systeme}"/>'
    '<title>{titre}</title><effectiveTime value="{date}"/>'
    '<confidentialityCode code="N" displayName="Normal" codeSystem="2.16.840.1.113883.5.25"/>'
    '<languageCode code="fr-FR"/><setId root="{set_id}"/><versionNumber value="{version}"/>'
    '<recordTarget><patientRole><id root="{oid}" extension="{ins}"/><patient><name>'
    '<family qualifier="BR">{nom}</family><given>{prenoms}</given><given qualifier="BR">{prenom}</given></name>'
    '<administrativeGenderCode code="{sexe}" displayName="{sexe_libelle}" codeSystem="2.16.840.1.113883.5.1"/>'
    '<birthTime value="{naissance}"/><birthplace><place><addr><county>{lieu}</county></addr></place></birthplace>'
    "</patient></patientRole></recordTarget>{auteur}{depositaire}{validateur}{remplace}{acte}"
    '<componentOf><encompassingEncounter><effectiveTime nullFlavor="UNK"/><location><healthCareFacility>'
    '<code code="{etablissement}" displayName="{etablissement}" codeSystem="1.2.250.1.71.4.2.4"/>'
    "</healthCareFacility></location></encompassingEncounter></componentOf>"
    '<component><nonXMLBody><text mediaType="{media}" representation="B64">{donnees}</text></nonXMLBody></component>'
    "</ClinicalDocument>"
)
