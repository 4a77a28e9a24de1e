"""Messages of a practice software for ``/lps``: envelope, CPS assertion, contexts, as published (insi.md §3, §4)."""

from datetime import UTC, datetime
from uuid import uuid4

from lxml import etree

SOAP = "http://www.w3.org/2003/05/soap-envelope"
TYPE = {"Content-Type": "application/soap+xml; charset=utf-8"}
MAINTENANT = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)

_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_NS = {
    "s": SOAP,
    "siram": "urn:siram",
    "regle": "urn:bacasante:regle",
    "wsa": "http://www.w3.org/2005/08/addressing",
}


def assertion(
    *,
    name_id: str = "00B6087510",
    qualifier: str | None = "CPS",
    facturation: str | None = "991234562",
    emise_le: datetime = MAINTENANT,
) -> str:
    attributs = {"identifiantFacturation": facturation, "CodeSpecialite": "01", "SecteurActivite": "SA07"}
    enonces = "".join(
        f'<saml2:Attribute Name="{nom}"><saml2:AttributeValue>{valeur}</saml2:AttributeValue></saml2:Attribute>'
        for nom, valeur in attributs.items()
        if valeur is not None
    )
    qualifie = f' NameQualifier="{qualifier}"' if qualifier else ""
    return (
        f'<saml2:Assertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion" Version="2.0" ID="_{uuid4().hex}"'
        f' IssueInstant="{emise_le.isoformat()}">'
        '<saml2:Issuer Format="urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName">CN=00B6087510</saml2:Issuer>'
        f"<saml2:Subject><saml2:NameID{qualifie}>{name_id}</saml2:NameID></saml2:Subject>"
        f"<saml2:AttributeStatement>{enonces}</saml2:AttributeStatement></saml2:Assertion>"
    )


def vitale(emise_le: datetime = MAINTENANT) -> str:
    return assertion(name_id="CV", qualifier="CV", facturation=None, emise_le=emise_le)


def contexte_bam(couverture: str = "", version: str = "01_02") -> str:
    return (
        f'<b:ContexteBAM xmlns:b="urn:siram:bam:ctxbam" Nature="CTXBAM" Version="{version}"><b:Id>1</b:Id>'
        f"<b:Temps>2026-01-15T09:00:00Z</b:Temps><b:Emetteur>10B0999999</b:Emetteur>"
        f"<b:COUVERTURE>{couverture}</b:COUVERTURE></b:ContexteBAM>"
    )


def contexte_lps(idam: str = "SBX0000001", version: str = "01_00") -> str:
    return (
        f'<l:ContexteLPS xmlns:l="urn:siram:lps:ctxlps" Nature="CTXLPS" Version="{version}"><l:Id>1</l:Id>'
        "<l:Temps>2026-01-15T09:00:00Z</l:Temps><l:Emetteur>10B0999999</l:Emetteur>"
        f'<l:LPS><l:IDAM R="4">{idam}</l:IDAM><l:Version>1.2.0</l:Version>'
        "<l:Instance>1c0d3f0e-2a50-4f52-8f61-0b7b1c1f0001</l:Instance><l:Nom>urn:lps:monlps:1.2.0</l:Nom></l:LPS>"
        "</l:ContexteLPS>"
    )


def enveloppe(
    action: str,
    corps: str,
    *,
    assertions: str | None = None,
    bam: str | None = None,
    lps: str | None = None,
    message_id: str = "uuid:2b6e",
) -> bytes:
    return (
        f'<soap:Envelope xmlns:soap="{SOAP}"><soap:Header><wsse:Security xmlns:wsse="{_WSSE}">'
        f"{assertion() if assertions is None else assertions}</wsse:Security>"
        f"{contexte_bam() if bam is None else bam}{contexte_lps() if lps is None else lps}"
        f'<wsa:Action xmlns:wsa="http://www.w3.org/2005/08/addressing">{action}</wsa:Action>'
        f'<wsa:MessageID xmlns:wsa="http://www.w3.org/2005/08/addressing">{message_id}</wsa:MessageID>'
        f"</soap:Header><soap:Body>{corps}</soap:Body></soap:Envelope>"
    ).encode()


def corps(reponse: bytes) -> etree._Element:
    """The element inside the Body of an answer."""
    element: etree._Element
    [element] = etree.fromstring(reponse).xpath("/s:Envelope/s:Body/*", namespaces=_NS)
    return element


def texte(reponse: bytes, chemin: str) -> str | None:
    """Text at a path of local names under the body, whatever the namespaces: ``CR/CodeCR``."""
    etapes = "".join(f"/*[local-name()='{nom}']" for nom in chemin.split("/"))
    trouve = corps(reponse).xpath(f".{etapes}")
    return str(trouve[0].text) if trouve else None


def faute(reponse: bytes) -> dict[str, str]:
    """What a ``siram`` fault says."""
    racine = etree.fromstring(reponse)

    def un(chemin: str) -> str:
        [valeur] = racine.xpath(chemin, namespaces=_NS)
        return str(valeur)

    return {
        "value": un("//s:Fault/s:Code/s:Value/text()"),
        "subcode": un("//s:Fault/s:Code/s:Subcode/s:Value/text()"),
        "code": un("//siram:Erreur/@code"),
        "severite": un("//siram:Erreur/@severite"),
        "detail": un("//siram:Erreur/text()"),
        "regle": un("//regle:Regle/@id"),
    }
