"""The Assurance Maladie téléservices as zeep calls them: from the WSDL we serve, headers of insi.md §3.1."""

import logging
import uuid
from typing import Any

import requests
from lxml import etree
from zeep import Client, Settings
from zeep.exceptions import Fault, TransportError
from zeep.helpers import serialize_object
from zeep.transports import Transport

from bacasante.demo.modele import Echange, PromesseRompue
from bacasante.demo.scene import Scene
from shared.monde.modele import Professionnel
from shared.soap.gabarit import Xml, xml

IDAM = "SBX0000001"
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_INSTANCE = str(uuid.uuid5(uuid.NAMESPACE_URL, "https://bacasante.example/demo"))

# ruff: noqa: E501 (XML reads better unbroken)
_CPS = """<wsse:Security xmlns:wsse="{wsse}"><saml2:Assertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion"
 ID="_{id}" IssueInstant="{instant}" Version="2.0"><saml2:Issuer
 Format="urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName">CN={id_nat},OU=TEST,O=BAC A SANTE,C=FR</saml2:Issuer>
<saml2:Subject><saml2:NameID NameQualifier="CPS">{id_nat}</saml2:NameID></saml2:Subject><saml2:AttributeStatement>
<saml2:Attribute Name="identifiantFacturation"><saml2:AttributeValue>{facturation}</saml2:AttributeValue></saml2:Attribute>
<saml2:Attribute Name="CodeSpecialite"><saml2:AttributeValue>{specialite}</saml2:AttributeValue></saml2:Attribute>
<saml2:Attribute Name="SecteurActivite"><saml2:AttributeValue>{secteur}</saml2:AttributeValue></saml2:Attribute>
</saml2:AttributeStatement></saml2:Assertion></wsse:Security>"""

_LPS = """<l:ContexteLPS xmlns:l="urn:siram:lps:ctxlps" Nature="CTXLPS" Version="01_00"><l:Id>{id}</l:Id>
<l:Temps>{instant}</l:Temps><l:Emetteur>{id_nat}</l:Emetteur><l:LPS><l:IDAM R="4">{idam}</l:IDAM><l:Version>1.0</l:Version>
<l:Instance>{instance}</l:Instance><l:Nom>urn:lps:bacasante-demo:1.0</l:Nom></l:LPS></l:ContexteLPS>"""

_BAM = """<b:ContexteBAM xmlns:b="urn:siram:bam:ctxbam" Nature="CTXBAM" Version="01_02"><b:Id>{id}</b:Id>
<b:Temps>{instant}</b:Temps><b:Emetteur>{id_nat}</b:Emetteur>{couverture}</b:ContexteBAM>"""


class _Transport(Transport):
    """zeep's own transport, remembering the journal id of the last answer."""

    journal: str | None = None

    def post(self, address: str, message: Any, headers: Any) -> Any:
        reponse = super().post(address, message, headers)  # type: ignore[no-untyped-call]  # zeep is not typed
        self.journal = reponse.headers.get("bac-journal")
        return reponse


class Lps:
    """One téléservice of one bac, called by one professional."""

    def __init__(self, scene: Scene, nom: str, qui: Professionnel) -> None:
        self.scene = scene
        self.qui = qui
        self.voie = f"SOAP {nom}"
        logging.getLogger("zeep").setLevel(logging.ERROR)
        session = requests.Session()
        scene.fil.confier(session)
        self.transport = _Transport(session=session, timeout=30, operation_timeout=30)  # type: ignore[no-untyped-call]  # zeep is not typed
        try:
            self.client = Client(  # type: ignore[no-untyped-call]  # zeep is not typed
                f"{scene.fil.base}/lps?wsdl={nom}",
                transport=self.transport,
                settings=Settings(strict=True, xml_huge_tree=False, forbid_entities=True),
            )
        except Exception as erreur:
            raise PromesseRompue(
                f"zeep reads the WSDL of {nom}", voie=self.voie, recu=f"{type(erreur).__name__}: {erreur}"[:300]
            ) from erreur

    def appeler(self, operation: str, couverture: Xml | None = None, *, port: str | None = None, **corps: Any) -> Any:
        """The answer as plain Python values; a fault is a broken promise that carries its code and its reason."""
        try:
            service = self.client.bind(port_name=port) if port else self.client.service
            reponse = service[operation](**corps, _soapheaders=self._entetes(couverture))
        except Fault as faute:
            self._noter(operation, f"fault {_code(faute)} {faute.message}")
            raise FauteLps(operation, _code(faute), str(faute.message), self._pourquoi()) from faute
        except (TransportError, requests.RequestException) as erreur:
            self._noter(operation, str(erreur))
            raise PromesseRompue(
                f"{operation} is answered", voie=self.voie, recu=str(erreur)[:300], pourquoi=self._pourquoi()
            ) from erreur
        valeurs = serialize_object(reponse, dict)  # type: ignore[no-untyped-call]  # zeep is not typed
        self._noter(operation, _court(valeurs))
        return valeurs

    def _noter(self, operation: str, retour: str) -> None:
        if self.scene.fil.recit is not None:
            self.scene.fil.recit.echange(
                Echange(self.voie, f"{operation} (zeep)", retour[:160], self.qui.slug, self.transport.journal)
            )

    def _pourquoi(self) -> str | None:
        return f"{self.scene.fil.base}/_bac/why/{self.transport.journal}" if self.transport.journal else None

    def _entetes(self, couverture: Xml | None) -> list[Any]:
        communs = {
            "id": uuid.uuid4().hex,
            "instant": self.scene.maintenant().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "id_nat": self.qui.id_nat,
        }
        facturation, specialite, secteur = facturation_de(self.qui)
        entetes = [
            xml(_CPS, wsse=_WSSE, facturation=facturation, specialite=specialite, secteur=secteur, **communs),
            xml(_LPS, idam=IDAM, instance=_INSTANCE, **communs),
        ]
        if couverture is not None:
            entetes.append(xml(_BAM, couverture=couverture, **communs))
        return [etree.fromstring(entete) for entete in entetes]


class FauteLps(PromesseRompue):
    """A SOAP fault; ``code`` is that of ``siram:Erreur``."""

    def __init__(self, operation: str, code: str, message: str, pourquoi: str | None) -> None:
        super().__init__(f"{operation} is accepted", voie="SOAP", recu=f"{code} {message}", pourquoi=pourquoi)
        self.code = code


def _code(faute: Fault) -> str:
    if faute.detail is not None:
        for element in faute.detail.iter("{urn:siram}Erreur"):
            return str(element.get("code"))
    return str(faute.code)


def _court(valeurs: Any) -> str:
    if isinstance(valeurs, dict):
        return ", ".join(f"{k}={_court(v)}" for k, v in valeurs.items() if v is not None)
    if isinstance(valeurs, list):
        return f"[{', '.join(_court(v) for v in valeurs)}]"
    return str(valeurs)


def facturation_de(personne: Professionnel) -> tuple[str, str, str]:
    """(billing number, AMO specialty, sector) of a professional, as their card says."""
    if personne.facturation is None:
        raise PromesseRompue(f"{personne.slug} has a billing number", voie="demo")
    secteur = next((a.secteur for e in personne.exercices for a in e.activites), "SA07")
    return personne.facturation.numero, personne.facturation.specialite, secteur
