"""Templates of the eP-MED-DM document; template ids are those of e-prescription §4.6."""

DOCUMENT = (
    '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:pharm="urn:hl7-org:pharm" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    '<realmCode code="FR"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>'
    '<templateId root="2.16.840.1.113883.2.8.2.1"/><templateId root="1.2.250.1.213.1.1.1.1"/>'
    '<templateId root="1.3.6.1.4.1.19376.1.5.3.1.1.1"/><templateId root="1.3.6.1.4.1.19376.1.9.1.1.1"/>'
    '<templateId root="1.2.250.1.213.1.1.1.39" extension="2024.01"/>'
    '<id root="{unique_id}"/>'
    '<code code="57833-6" displayName="Prescription de médicaments et/ou de dispositifs médicaux" '
    'codeSystem="2.16.840.1.113883.6.1"/>'
    '<title>{titre}</title><effectiveTime value="{date}"/>'
    '<confidentialityCode code="N" displayName="Normal" codeSystem="2.16.840.1.113883.5.25"/>'
    '<languageCode code="fr-FR"/><setId root="{unique_id}"/><versionNumber value="1"/>'
    '<recordTarget><patientRole><id root="{oid}" extension="{matricule}"/><addr nullFlavor="NI"/>'
    '<telecom nullFlavor="NI"/><patient><name><family qualifier="BR">{nom}</family><given>{prenoms}</given>'
    '<given qualifier="BR">{prenom}</given></name>'
    '<administrativeGenderCode code="{sexe}" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="{naissance}"/>'
    "<birthplace><place><addr><county>{lieu}</county></addr></place></birthplace></patient></patientRole>"
    "</recordTarget>"
    '<author><time value="{date}"/><assignedAuthor><id root="1.2.250.1.71.4.2.1" extension="{id_nat}"/>'
    '<code code="{profession}" displayName="{profession_libelle}" codeSystem="1.2.250.1.213.1.1.4.5"/>'
    '<addr nullFlavor="NI"/>{telecom}'
    "<assignedPerson><name><family>{ps_nom}</family><given>{ps_prenom}</given></name></assignedPerson>"
    '<representedOrganization><id root="1.2.250.1.71.4.2.2" extension="{structure_id}"/><name>{structure}</name>'
    "</representedOrganization></assignedAuthor></author>"
    "<custodian><assignedCustodian><representedCustodianOrganization>"
    '<id root="1.2.250.1.71.4.2.2" extension="{structure_id}"/><name>{structure}</name>'
    "</representedCustodianOrganization></assignedCustodian></custodian>"
    '<legalAuthenticator><time value="{date}"/><signatureCode code="S"/><assignedEntity>'
    '<id root="1.2.250.1.71.4.2.1" extension="{id_nat}"/>'
    '<code code="{profession}" displayName="{profession_libelle}" codeSystem="1.2.250.1.213.1.1.4.5"/>'
    "<assignedPerson><name><family>{ps_nom}</family><given>{ps_prenom}</given></name></assignedPerson>"
    "</assignedEntity></legalAuthenticator>"
    '<documentationOf><serviceEvent classCode="ACT"><id root="{systeme}" extension="{numero}"/>'
    '<code code="57833-6" codeSystem="2.16.840.1.113883.6.1"/>'
    '<effectiveTime><low value="{debut}"/>{fin}</effectiveTime>'
    '<performer typeCode="PRF"><assignedEntity><id root="1.2.250.1.71.4.2.1" extension="{id_nat}"/>'
    '<representedOrganization><id root="1.2.250.1.71.4.2.2" extension="{structure_id}"/>'
    '<standardIndustryClassCode code="AMBULATOIRE" displayName="Ambulatoire" codeSystem="1.2.250.1.213.1.1.4.9"/>'
    "</representedOrganization></assignedEntity></performer></serviceEvent></documentationOf>"
    "{sous_types}"
    '<componentOf><encompassingEncounter><effectiveTime nullFlavor="UNK"/><location><healthCareFacility>'
    '<code code="SA07" displayName="Cabinet individuel" codeSystem="1.2.250.1.71.4.2.4"/>'
    "</healthCareFacility></location></encompassingEncounter></componentOf>"
    "<component><structuredBody>{sections}</structuredBody></component></ClinicalDocument>"
)
SOUS_TYPE = (
    '<documentationOf><serviceEvent classCode="INFO"><code code="{code}" displayName="{libelle}" '
    'codeSystem="1.2.250.1.213.1.1.4.322"/></serviceEvent></documentationOf>'
)
SECTION = (
    '<component><section>{modeles}<code code="{code}" codeSystem="2.16.840.1.113883.6.1"/><title>{nom}</title>'
    "{texte}{entrees}</section></component>"
)
BIDIM = (
    '<component><section><templateId root="1.2.250.1.213.1.1.2.223"/>'
    '<code code="57723-9" codeSystem="2.16.840.1.113883.6.1"/><title>Code à barres 2D</title>'
    '<text><renderMultiMedia referencedObject="qr"/> {numero}</text>'
    '<entry><observationMedia classCode="OBS" moodCode="EVN" ID="qr"><templateId root="1.2.250.1.213.1.1.3.103"/>'
    '<value mediaType="image/png" representation="B64">{image}</value></observationMedia></entry>'
    "</section></component>"
)
ENTREE_MED = (
    '<entry><substanceAdministration classCode="SBADM" moodCode="INT"><templateId root="1.2.250.1.213.1.1.3.83"/>'
    '<templateId root="1.3.6.1.4.1.19376.1.9.1.3.2"/><id root="{systeme}" extension="{id}"/>'
    '<text><reference value="#l{rang}"/></text><statusCode code="completed"/>{duree}{renouvellements}{route}'
    "<consumable><manufacturedProduct><manufacturedMaterial>{code}<name>{nom}</name></manufacturedMaterial>"
    "</manufacturedProduct></consumable>"
    "{quantite}{substitution}{posologie}{lettres}{indicateurs}</substanceAdministration></entry>"
)
ENTREE_DM = (
    '<entry><supply classCode="SPLY" moodCode="INT"><templateId root="1.2.250.1.213.1.1.3.20"/>'
    '<id root="{systeme}" extension="{id}"/><text><reference value="#l{rang}"/></text>'
    '<repeatNumber value="{renouvellements}"/>{quantite}'
    '<participant typeCode="DEV"><participantRole classCode="MANU"><playingDevice classCode="DEV">'
    '<code code="{lpp}" displayName="{designation}" codeSystem="1.2.250.1.215.200.2.1"/>'
    "</playingDevice></participantRole></participant>{indicateurs}</supply></entry>"
)
SUBSTITUTION = (
    '<entryRelationship typeCode="COMP"><act classCode="ACT" moodCode="DEF">'
    '<templateId root="1.2.250.1.213.1.1.3.87"/><code code="{code}" codeSystem="2.16.840.1.113883.5.1070"/>{motif}'
    "</act></entryRelationship>"
)
POSOLOGIE = (
    '<entryRelationship typeCode="SUBJ" inversionInd="true"><act classCode="ACT" moodCode="INT">'
    '<templateId root="1.2.250.1.213.1.1.3.33"/><code code="PINSTRUCT" codeSystem="1.3.6.1.4.1.19376.1.5.3.2"/>'
    "<text>{texte}</text></act></entryRelationship>"
)
INDICATEUR = (
    '<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="{modele}"/>'
    '<code code="{code}" displayName="{libelle}" codeSystem="1.2.250.1.213.1.1.4.322"/>'
    '<statusCode code="completed"/><value xsi:type="BL" value="{valeur}"/></observation></entryRelationship>'
)
SIGNE_VITAL = (
    '<entry><observation classCode="OBS" moodCode="EVN"><code code="{code}" displayName="{nom}" '
    'codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="{date}"/>'
    '<value xsi:type="PQ" value="{valeur}" unit="{unite}"/></observation></entry>'
)
GROSSESSE = (
    '<entry><observation classCode="OBS" moodCode="EVN"><code code="11449-6" displayName="Statut de grossesse" '
    'codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><value xsi:type="BL" value="true"/>'
    "</observation></entry>"
)
