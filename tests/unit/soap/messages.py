"""Messages the SOAP tests share."""

# ruff: noqa: E501 (XML reads better unbroken)

from shared.soap.gabarit import Xml, xml

SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
TYPE_12 = "application/soap+xml; charset=utf-8"
ACTION = "urn:ServiceIdentiteCertifiee:1.0.0:rechercherInsAvecTraitsIdentite"

CORPS = Xml(
    '<r:RECSANSVITALE xmlns:r="http://www.cnamts.fr/INSiRecSans"><r:NomNaissance>Œ</r:NomNaissance></r:RECSANSVITALE>'
)


def enveloppe(*, entetes: str = "", corps: str = CORPS, espace: str = SOAP12, wsa: bool = True) -> bytes:
    adressage = (
        f'<wsa:Action xmlns:wsa="http://www.w3.org/2005/08/addressing">{ACTION}</wsa:Action>'
        '<wsa:MessageID xmlns:wsa="http://www.w3.org/2005/08/addressing">uuid:1</wsa:MessageID>'
    )
    return (
        f'<s:Envelope xmlns:s="{espace}"><s:Header>{entetes}{adressage if wsa else ""}</s:Header>'
        f"<s:Body>{corps}</s:Body></s:Envelope>"
    ).encode()


def securite(*assertions: str) -> str:
    return (
        '<wsse:Security xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd">'
        f"{''.join(assertions)}</wsse:Security>"
    )


def assertion_cps(instant: str = "2026-01-15T08:30:00Z", *, qualifier: str = "CPS") -> str:
    return xml(
        '<saml2:Assertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a1" IssueInstant="{i}" Version="2.0">'
        '<saml2:Issuer Format="urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName">CN=carte,C=FR</saml2:Issuer>'
        '<saml2:Subject><saml2:NameID NameQualifier="{q}">00B6087510</saml2:NameID></saml2:Subject>'
        "<saml2:AttributeStatement>"
        '<saml2:Attribute Name="identifiantFacturation"><saml2:AttributeValue>991234562</saml2:AttributeValue></saml2:Attribute>'
        '<saml2:Attribute Name="CodeSpecialite"><saml2:AttributeValue>01</saml2:AttributeValue></saml2:Attribute>'
        '<saml2:Attribute Name="SecteurActivite"><saml2:AttributeValue>SA05</saml2:AttributeValue></saml2:Attribute>'
        "</saml2:AttributeStatement></saml2:Assertion>",
        i=instant,
        q=qualifier,
    )


def vihf(*, resource: str = "285076311304226^^^&amp;1.2.250.1.213.1.4.8&amp;ISO^NH", extra: str = "") -> str:
    return (
        '<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_v1" IssueInstant="2026-01-05T09:00:00Z" Version="2.0">'
        "<Issuer>CN=lps-demo,OU=1990000010,O=HOPITAL DEMO,C=FR</Issuer><Subject><NameID>899700990015</NameID></Subject>"
        f'{extra}<AuthnStatement AuthnInstant="2026-01-05T08:58:10Z"><AuthnContext><AuthnContextClassRef>'
        "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI</AuthnContextClassRef></AuthnContext></AuthnStatement>"
        "<AttributeStatement>"
        '<Attribute Name="VIHF_Version"><AttributeValue>4.0</AttributeValue></Attribute>'
        '<Attribute Name="Identifiant_Structure"><AttributeValue>1990000010</AttributeValue></Attribute>'
        '<Attribute Name="Secteur_Activite"><AttributeValue>SA07^1.2.250.1.71.4.2.4</AttributeValue></Attribute>'
        '<Attribute Name="Authentification_mode"><AttributeValue>DIRECTE</AttributeValue></Attribute>'
        f'<Attribute Name="urn:oasis:names:tc:xacml:2.0:resource:resource-id"><AttributeValue>{resource}</AttributeValue></Attribute>'
        '<Attribute Name="urn:oasis:names:tc:xacml:2.0:subject:role">'
        '<AttributeValue><Role xmlns="urn:hl7-org:v3" code="10" codeSystem="1.2.250.1.71.1.2.7" displayName="Médecin"/></AttributeValue>'
        '<AttributeValue><Role xmlns="urn:hl7-org:v3" code="SM54" codeSystem="1.2.250.1.71.4.2.5"/></AttributeValue></Attribute>'
        '<Attribute Name="urn:oasis:names:tc:xspa:1.0:subject:purposeofuse"><AttributeValue>'
        '<PurposeOfUse xmlns="urn:hl7-org:v3" code="bris_de_glace" codeSystem="1.2.250.1.213.1.1.4.248"/></AttributeValue></Attribute>'
        '<Attribute Name="Mode_Acces_Raison"><AttributeValue>patient inconscient</AttributeValue></Attribute>'
        "</AttributeStatement></Assertion>"
    )


def contexte_lps(*, version: str = "01_00", idam: str = "SBX0000001") -> str:
    return (
        f'<l:ContexteLPS xmlns:l="urn:siram:lps:ctxlps" Nature="CTXLPS" Version="{version}"><l:Id>6f0a</l:Id>'
        f'<l:Temps>2026-01-15T08:30:00.000Z</l:Temps><l:LPS><l:IDAM R="4">{idam}</l:IDAM><l:Version>1.2.0</l:Version>'
        "<l:Instance>1c0d3f0e-2a50-4f52-8f61-0b7b1c1f0001</l:Instance><l:Nom>urn:lps:monlps:1.2.0</l:Nom></l:LPS>"
        "</l:ContexteLPS>"
    )


def contexte_bam(couverture: str = "<b:COUVERTURE/>", *, version: str = "01_02") -> str:
    return (
        f'<b:ContexteBAM xmlns:b="urn:siram:bam:ctxbam" Nature="CTXBAM" Version="{version}"><b:Id>6f0a</b:Id>'
        f"<b:Temps>2026-01-15T08:30:00.000Z</b:Temps><b:Emetteur>10B0999999</b:Emetteur>{couverture}</b:ContexteBAM>"
    )
