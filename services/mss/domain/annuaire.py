"""Code systems of the Annuaire Santé (annuaire-sante.md §4): the names its resources carry."""


def _nos(table: str, nom: str) -> str:
    return f"https://mos.esante.gouv.fr/NOS/{table}-{nom}/FHIR/{table.replace('_', '-', 1)}-{nom}"


G15 = _nos("TRE_G15", "ProfessionSante")
R02_SECTEUR = _nos("TRE_R02", "SecteurActivite")
R09 = _nos("TRE_R09", "CategorieProfessionnelle")
R22 = _nos("TRE_R22", "GenreActivite")
R23 = _nos("TRE_R23", "ModeExercice")
R38 = _nos("TRE_R38", "SpecialiteOrdinale")
R66 = _nos("TRE_R66", "CategorieEtablissement")
R85 = _nos("TRE_R85", "RolePriseCharge")
R256 = _nos("TRE_R256", "TypeMessagerie")
R257 = _nos("TRE_R257", "TypeBAL")
R21 = _nos("TRE_R21", "Fonction")
R04 = _nos("TRE_R04", "TypeSavoirFaire")
G05 = _nos("TRE_G05", "SousSectionTableauPharmaciens")

IDNPS = "urn:oid:1.2.250.1.71.4.2.1"
IDNST = "urn:oid:1.2.250.1.71.4.2.2"
RPPS = "https://rpps.esante.gouv.fr"
RPPS_RANG = "https://rppsrang.esante.gouv.fr"
FINESS = "https://finess.esante.gouv.fr"
SIRENE = "http://sirene.fr"
TYPE_IDENTIFIANT = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
TYPE_ORGANISATION = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-3307"
EXTENSIONS = "https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition/"
TYPE_COURRIEL = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-contact-point-email-type"

_SAVOIR_FAIRE = {
    "SM": R38,
    "SI": _nos("TRE_R39", "Competence"),
    "C": _nos("TRE_R39", "Competence"),
    "CEX": _nos("TRE_R40", "CompetenceExclusive"),
    "CAPA": _nos("TRE_R43", "CapaciteSavoirFaire"),
}


def systeme_savoir_faire(code: str) -> str:
    """The table a skill code belongs to, by its letters (TRE_R38 for specialities)."""
    lettres = code.rstrip("0123456789")
    return _SAVOIR_FAIRE.get(lettres, R38)
