"""Reading a CDA header (dmp.md §10.1) from bytes, with the hardened parser; the rules on it are in domain.cda."""

import base64
from typing import Final

from lxml import etree

from services.dmp.domain.cda import OID_STRUCTURE, EnTete
from shared.errors import DomainError
from shared.soap.xml import Limites, analyser

HL7: Final = "urn:hl7-org:v3"
NS: Final = {"h": HL7}
MIMES_CDA: Final = frozenset({"text/xml", "application/xml", "application/xslt+xml"})
_LIMITES: Final = Limites(octets=40_000_000, elements=200_000, profondeur=120, nom="the CDA document")


class CdaIllisible(ValueError):
    """Not a ClinicalDocument; the message says why, in English (the check MD-15 words it in both languages)."""


def lire_entete(contenu: bytes) -> EnTete:
    """The header of a CDA R2 document; :class:`CdaIllisible` when the bytes are something else."""
    try:
        racine = analyser(contenu, _LIMITES)
    except DomainError as refus:
        raise CdaIllisible(refus.en) from None
    if racine.tag != f"{{{HL7}}}ClinicalDocument":
        raise CdaIllisible(f"root element is {etree.QName(racine).localname}, ClinicalDocument is expected")
    media = _attr(racine, "h:component/h:nonXMLBody/h:text", "mediaType")
    patient = "h:recordTarget/h:patientRole/h:patient"
    auteur = "h:author/h:assignedAuthor"
    return EnTete(
        royaume=_attr(racine, "h:realmCode", "code"),
        type_id=(_attr(racine, "h:typeId", "root"), _attr(racine, "h:typeId", "extension")),
        modeles=tuple(n.get("root", "") for n in _tous(racine, "h:templateId")),
        id=_ii(racine, "h:id"),
        set_id=_ii(racine, "h:setId"),
        version=_attr(racine, "h:versionNumber", "value"),
        code=_attr(racine, "h:code", "code"),
        code_libelle=_attr(racine, "h:code", "displayName"),
        titre=_texte(racine, "h:title"),
        date=_attr(racine, "h:effectiveTime", "value"),
        confidentialite=_attr(racine, "h:confidentialityCode", "code"),
        langue=_attr(racine, "h:languageCode", "code"),
        patients=tuple(
            (n.get("root", ""), n.get("extension", "")) for n in _tous(racine, "h:recordTarget/h:patientRole/h:id")
        ),
        famille_br=_texte(racine, f"{patient}/h:name/h:family[@qualifier='BR']"),
        familles=len(_tous(racine, f"{patient}/h:name/h:family")),
        prenoms=_texte(racine, f"{patient}/h:name/h:given[not(@qualifier)]"),
        premier_prenom=_texte(racine, f"{patient}/h:name/h:given[@qualifier='BR']"),
        sexe=_attr(racine, f"{patient}/h:administrativeGenderCode", "code"),
        naissance=_attr(racine, f"{patient}/h:birthTime", "value"),
        lieu_cog=_texte(racine, f"{patient}/h:birthplace/h:place/h:addr/h:county"),
        nb_record_target=len(_tous(racine, "h:recordTarget")),
        auteurs=tuple(n.get("extension", "") for n in _tous(racine, f"{auteur}/h:id")),
        auteurs_complets=all(_auteur_complet(a) for a in _tous(racine, "h:author")),
        structure_auteur=_attr(
            racine, f"{auteur}/h:representedOrganization/h:id[@root='{OID_STRUCTURE}']", "extension"
        ),
        depositaire=_depositaire(racine),
        validateur=_attr(racine, "h:legalAuthenticator/h:assignedEntity/h:id", "extension"),
        signature=_attr(racine, "h:legalAuthenticator/h:signatureCode", "code"),
        cadre=_attr(racine, "h:documentationOf/h:serviceEvent/h:performer//h:standardIndustryClassCode", "code"),
        acte_debut=_attr(racine, "h:documentationOf/h:serviceEvent/h:effectiveTime/h:low", "value"),
        nb_actes=len(_tous(racine, "h:documentationOf/h:serviceEvent")),
        etablissement=_attr(
            racine, "h:componentOf/h:encompassingEncounter/h:location/h:healthCareFacility/h:code", "code"
        ),
        rencontre=bool(_tous(racine, "h:componentOf/h:encompassingEncounter")),
        remplace=_ii(racine, "h:relatedDocument/h:parentDocument/h:id"),
        type_remplacement=_attr(racine, "h:relatedDocument", "typeCode"),
        media=media,
        structure=bool(_tous(racine, "h:component/h:structuredBody")),
    )


def _tous(racine: etree._Element, chemin: str) -> list[etree._Element]:
    trouves = racine.xpath(chemin, namespaces=NS)
    return [n for n in trouves if isinstance(n, etree._Element)] if isinstance(trouves, list) else []


def _attr(racine: etree._Element, chemin: str, nom: str) -> str | None:
    return next((v.strip() for n in _tous(racine, chemin) if (v := n.get(nom))), None)


def _texte(racine: etree._Element, chemin: str) -> str | None:
    return next((t for n in _tous(racine, chemin) if (t := "".join(n.itertext()).strip())), None)


def _ii(racine: etree._Element, chemin: str) -> str | None:
    """An instance identifier as the metadata write it: ``root`` or ``root^extension``."""
    for n in _tous(racine, chemin):
        if root := n.get("root"):
            return f"{root}^{n.get('extension')}" if n.get("extension") else root
    return None


def _depositaire(racine: etree._Element) -> tuple[str | None, str | None] | None:
    noeuds = _tous(racine, "h:custodian/h:assignedCustodian/h:representedCustodianOrganization/h:id")
    return (noeuds[0].get("root"), noeuds[0].get("extension")) if noeuds else None


def _auteur_complet(auteur: etree._Element) -> bool:
    return bool(
        _attr(auteur, "h:time", "value")
        and _attr(auteur, "h:assignedAuthor/h:id", "root")
        and (
            _texte(auteur, "h:assignedAuthor/h:assignedPerson/h:name")
            or _texte(auteur, "h:assignedAuthor/h:assignedAuthoringDevice")
        )
    )


def corps_non_structure(contenu: bytes) -> tuple[str, bytes] | None:
    """(media type, bytes) of the nonXMLBody of a level 1 document; ``None`` for anything else."""
    try:
        racine = analyser(contenu, _LIMITES)
    except DomainError:
        return None
    for texte in _tous(racine, "h:component/h:nonXMLBody/h:text"):
        if texte.get("representation") == "B64":
            return texte.get("mediaType", "application/octet-stream"), base64.b64decode("".join(texte.itertext()))
    return None
