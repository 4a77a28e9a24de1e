"""SAML 2.0 assertions of SOAP callers: AssertionCPS (insi.md §9), VIHF (dmp.md §2.2, pro-sante-connect.md §6)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from lxml import etree

from shared.errors import Invalide
from shared.soap.envelope import SAML2, Enveloppe
from shared.soap.xml import XmlInterdit

HL7V3 = "urn:hl7-org:v3"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
_NS = {"saml": SAML2, "hl7": HL7V3, "ds": DSIG}

SUBJECT_ID = "urn:oasis:names:tc:xspa:1.0:subject:subject-id"
ROLE = "urn:oasis:names:tc:xacml:2.0:subject:role"
RESOURCE_ID = "urn:oasis:names:tc:xacml:2.0:resource:resource-id"
PURPOSE_OF_USE = "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse"
CONFIDENTIALITE = "urn:oasis:names:tc:xspa:1.0:resource:patient:hl7:confidentiality-code"

_CX = re.compile(r"^(?P<matricule>[0-9A-Za-z]{1,20})\^\^\^[^&^]*&(?P<oid>[0-9.]+)&ISO(?:\^[A-Z]+)?$")


class AssertionAbsente(Invalide):
    """The call needs a proof of identity and the Security header holds none."""

    regle = "BAC-SAML-01"


class AssertionMalFormee(Invalide):
    """The assertion cannot be read; ``champ`` names the element."""

    regle = "BAC-SAML-02"


@dataclass(frozen=True, slots=True)
class CodeCE:
    """An HL7 V3 coded value (``Role``, ``PurposeOfUse``)."""

    code: str
    systeme: str
    libelle: str | None = None


@dataclass(frozen=True, slots=True)
class PatientVise:
    """The patient of ``resource-id``: ``<INS>^^^&<OID>&ISO^NH``."""

    matricule_ins: str
    oid: str


@dataclass(frozen=True, slots=True)
class Assertion:
    """What an assertion says; nothing here is proven before ``shared.soap.verification`` has looked at it.

    ``attributs`` maps an attribute name to its text values; coded values are in ``codes``.
    """

    id: str
    issue_instant: datetime
    issuer: str
    name_id: str
    name_qualifier: str | None
    not_before: datetime | None
    not_on_or_after: datetime | None
    audiences: tuple[str, ...]
    authn_instant: datetime | None
    authn_context_class: str | None
    authn_context_decl: str | None
    attributs: Mapping[str, tuple[str, ...]]
    codes: Mapping[str, tuple[CodeCE, ...]]
    signee: bool
    element: etree._Element

    def attribut(self, *noms: str) -> str | None:
        """First value of the first of these names that is present, whatever its case."""
        for nom in noms:
            for cle, valeurs in self.attributs.items():
                if cle.lower() == nom.lower() and valeurs and valeurs[0]:
                    return valeurs[0]
        return None

    @property
    def est_cps(self) -> bool:
        """Card assertion of the Assurance Maladie wires, as opposed to a VIHF."""
        return self.name_qualifier == "CPS" or "VIHF_Version" not in self.attributs

    @property
    def identifiant_facturation(self) -> str | None:
        return self.attribut("identifiantFacturation")

    @property
    def code_specialite(self) -> str | None:
        return self.attribut("CodeSpecialite", "codeSpecialiteAMO")

    @property
    def secteur_activite(self) -> str | None:
        """``SAxx`` without its OID suffix; both spellings are seen."""
        valeur = self.attribut("Secteur_Activite", "SecteurActivite")
        return valeur.partition("^")[0] if valeur else None

    @property
    def authentification_mode(self) -> str | None:
        return self.attribut("Authentification_Mode")

    @property
    def roles(self) -> tuple[CodeCE, ...]:
        return self.codes.get(ROLE, ())

    @property
    def purpose_of_use(self) -> CodeCE | None:
        codes = self.codes.get(PURPOSE_OF_USE, ())
        return codes[0] if codes else None

    @property
    def mode_acces_raison(self) -> str | None:
        return self.attribut("Mode_Acces_Raison")

    @property
    def connexion_secrete(self) -> str | None:
        codes = self.codes.get(CONFIDENTIALITE, ())
        return codes[0].code if codes else self.attribut(CONFIDENTIALITE)

    @property
    def patient(self) -> PatientVise | None:
        """The targeted patient; a value that is not a CX identifier is refused."""
        if (valeur := self.attribut(RESOURCE_ID)) is None:
            return None
        if (lu := _CX.match(valeur)) is None:
            raise AssertionMalFormee(
                f"resource-id {valeur!r} is not <INS>^^^&<OID>&ISO^NH",
                f"resource-id {valeur!r} n'est pas de la forme <INS>^^^&<OID>&ISO^NH",
                champ=RESOURCE_ID,
            )
        return PatientVise(lu["matricule"].upper(), lu["oid"])

    @property
    def logiciel(self) -> tuple[str | None, str | None, str | None]:
        """(name, version, homologation number) of the practice software."""
        return self.attribut("LPS_Nom"), self.attribut("LPS_Version"), self.attribut("LPS_ID_HOMOLOGATION_DMP")


def assertion_de(enveloppe: Enveloppe) -> Assertion | None:
    """The professional's assertion: the first that is not a Vitale one (insi.md §3.1)."""
    for brute in enveloppe.assertions:
        if (lue := lire_assertion(brute)).name_qualifier not in ("CV", "VITALE"):
            return lue
    return None


def assertion_vitale_de(enveloppe: Enveloppe) -> Assertion | None:
    """The AssertionCV produced by the card-reading stack, when there is one."""
    for brute in enveloppe.assertions:
        if (lue := lire_assertion(brute)).name_qualifier in ("CV", "VITALE"):
            return lue
    return None


def exiger_assertion(enveloppe: Enveloppe) -> Assertion:
    if (assertion := assertion_de(enveloppe)) is None:
        raise AssertionAbsente(
            "no SAML assertion in the Security header",
            "aucune assertion SAML dans l'en-tête Security",
            champ="wsse:Security/saml2:Assertion",
        )
    return assertion


def lire_assertion(element: etree._Element) -> Assertion:
    """Parse an assertion element; what cannot be read is refused with its path."""
    conditions = element.find("saml:Conditions", _NS)
    statement = element.find("saml:AuthnStatement", _NS)
    name_id = element.find("saml:Subject/saml:NameID", _NS)
    attributs, codes = _attributs(element)
    return Assertion(
        id=_exiger(element.get("ID"), "Assertion/@ID"),
        issue_instant=_instant(_exiger(element.get("IssueInstant"), "Assertion/@IssueInstant"), "IssueInstant"),
        issuer=_exiger(_texte(element, "saml:Issuer"), "Assertion/Issuer"),
        name_id=_exiger(_texte(element, "saml:Subject/saml:NameID"), "Assertion/Subject/NameID"),
        name_qualifier=name_id.get("NameQualifier") if name_id is not None else None,
        not_before=_instant_facultatif(conditions, "NotBefore"),
        not_on_or_after=_instant_facultatif(conditions, "NotOnOrAfter"),
        audiences=tuple(_contenu(a) for a in element.iterfind(".//saml:AudienceRestriction/saml:Audience", _NS)),
        authn_instant=_instant_facultatif(statement, "AuthnInstant"),
        authn_context_class=_texte(element, "saml:AuthnStatement/saml:AuthnContext/saml:AuthnContextClassRef"),
        authn_context_decl=_texte(element, "saml:AuthnStatement/saml:AuthnContext/saml:AuthnContextDecl"),
        attributs=attributs,
        codes=codes,
        signee=element.find("ds:Signature", _NS) is not None,
        element=element,
    )


def _attributs(
    element: etree._Element,
) -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, tuple[CodeCE, ...]]]:
    textes: dict[str, tuple[str, ...]] = {}
    codes: dict[str, tuple[CodeCE, ...]] = {}
    for attribut in element.iterfind("saml:AttributeStatement/saml:Attribute", _NS):
        nom = _exiger(attribut.get("Name"), "Attribute/@Name")
        if nom in textes or nom in codes:
            raise AssertionMalFormee(
                f"attribute {nom} appears twice", f"l'attribut {nom} apparaît deux fois", champ=nom
            )
        valeurs = attribut.findall("saml:AttributeValue", _NS)
        textes[nom] = tuple(_contenu(valeur) for valeur in valeurs)
        codes[nom] = tuple(_code(fils, nom) for valeur in valeurs for fils in valeur.iterchildren(f"{{{HL7V3}}}*"))
    return MappingProxyType(textes), MappingProxyType(codes)


def _code(element: etree._Element, nom: str) -> CodeCE:
    code = _exiger(element.get("code"), f"{nom}/@code")
    return CodeCE(code, element.get("codeSystem") or "", element.get("displayName"))


def _texte(element: etree._Element, chemin: str) -> str | None:
    trouves = element.findall(chemin, _NS)
    if len(trouves) > 1:
        raise XmlInterdit(
            f"{chemin} appears {len(trouves)} times in the assertion",
            f"{chemin} apparaît {len(trouves)} fois dans l'assertion",
            champ=chemin,
        )
    return _contenu(trouves[0]) or None if trouves else None


def _contenu(element: etree._Element) -> str:
    return "".join(element.itertext()).strip()


def _exiger(valeur: str | None, champ: str) -> str:
    if not valeur:
        raise AssertionMalFormee(f"{champ} is missing", f"{champ} est absent", champ=champ)
    return valeur


def _instant_facultatif(element: etree._Element | None, nom: str) -> datetime | None:
    valeur = element.get(nom) if element is not None else None
    return _instant(valeur, nom) if valeur else None


def _instant(valeur: str, champ: str) -> datetime:
    try:
        lu = datetime.fromisoformat(valeur.strip())
    except ValueError:
        raise AssertionMalFormee(
            f"{champ} {valeur!r} is not an instant", f"{champ} {valeur!r} n'est pas un instant", champ=champ
        ) from None
    return lu if lu.tzinfo else lu.replace(tzinfo=UTC)
