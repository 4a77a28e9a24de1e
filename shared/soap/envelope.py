"""SOAP 1.1 and 1.2 envelopes: bytes in, a value out; a value in, bytes out. No web layer is known here."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.message import Message
from types import MappingProxyType
from typing import Literal, TypeAlias

from lxml import etree

from shared.errors import DomainError, Invalide, TypeNonSupporte
from shared.soap.gabarit import Xml, element, joindre, xml
from shared.soap.xml import LIMITES, Lecteur, Limites, analyser, espace, nom_local

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
WSA = "http://www.w3.org/2005/08/addressing"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
SAML2 = "urn:oasis:names:tc:SAML:2.0:assertion"

VersionSoap: TypeAlias = Literal["1.1", "1.2"]
ESPACES: Mapping[VersionSoap, str] = MappingProxyType({"1.1": SOAP_11, "1.2": SOAP_12})
TYPES_MEDIA: Mapping[VersionSoap, str] = MappingProxyType({"1.1": "text/xml", "1.2": "application/soap+xml"})
_CHARSETS = frozenset({"utf-8", "utf8", "utf-16", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15"})


class EnveloppeInvalide(Invalide):
    """Well-formed XML, but not a SOAP message."""

    regle = "BAC-SOAP-01"


class TypeMediaRefuse(TypeNonSupporte):
    regle = "BAC-SOAP-02"


class VersionIncompatible(EnveloppeInvalide):
    """The envelope's namespace is neither SOAP 1.1 nor SOAP 1.2 (SOAP 1.2 part 1, §5.4.7)."""

    regle = "BAC-SOAP-03"


class EnteteNonCompris(EnveloppeInvalide):
    """A header block marked ``mustUnderstand`` is unknown here (SOAP 1.2 part 1, §5.4.8)."""

    regle = "BAC-SOAP-04"


@dataclass(frozen=True, slots=True)
class TypeMedia:
    """A Content-Type, parsed once: ``application/soap+xml; charset=utf-8; action="urn:…"``."""

    nom: str
    parametres: Mapping[str, str]

    @classmethod
    def lire(cls, valeur: str | None) -> "TypeMedia":
        message = Message()
        message["Content-Type"] = (valeur or "").replace("\r", " ").replace("\n", " ")
        paires = message.get_params(failobj=[], unquote=True)
        parametres = {nom.lower(): str(val) for nom, val in paires[1:]}
        return cls(paires[0][0].strip().lower() if paires else "", MappingProxyType(parametres))


@dataclass(frozen=True, slots=True)
class Enveloppe:
    """What a SOAP message says. ``entetes`` are keyed by Clark name (``{namespace}local``), in order of appearance."""

    version: VersionSoap
    action: str | None
    message_id: str | None
    entetes: Mapping[str, tuple[etree._Element, ...]]
    corps: etree._Element
    assertions: tuple[etree._Element, ...]
    brut: bytes

    @property
    def nom_corps(self) -> str:
        """Clark name of the body's element."""
        return str(self.corps.tag)

    def entete(self, nom: str) -> etree._Element | None:
        trouves = self.entetes.get(nom, ())
        return trouves[0] if trouves else None

    def lecteur(self) -> Lecteur:
        return Lecteur.de(self.corps)

    def verifier_entetes_compris(self, *connus: str) -> None:
        """Refuse a ``mustUnderstand`` header whose name is not among the known ones (WS-Addressing and WSS are)."""
        for nom, blocs in self.entetes.items():
            if nom in connus or etree.QName(nom).namespace in (WSA, WSSE):
                continue
            if any(bloc.get(f"{{{ESPACES[self.version]}}}mustUnderstand") in ("1", "true") for bloc in blocs):
                raise EnteteNonCompris(
                    f"header {nom} must be understood and is not",
                    f"l'en-tête {nom} doit être compris et ne l'est pas",
                    champ=nom,
                )


def lire_enveloppe(
    brut: bytes, content_type: str | None, *, soap_action: str | None = None, limites: Limites = LIMITES
) -> Enveloppe:
    """Parse one SOAP message; the content type, its charset and the envelope's version must agree.

    ``wsa:Action`` wins over the ``action`` parameter of SOAP 1.2 and the ``SOAPAction`` header of SOAP 1.1.
    """
    media = TypeMedia.lire(content_type)
    _verifier_media(media)
    return enveloppe_de(analyser(brut, limites), brut, media, soap_action)


def enveloppe_de(racine: etree._Element, brut: bytes, media: TypeMedia, soap_action: str | None = None) -> Enveloppe:
    version = _version(racine)
    annonce = media.parametres.get("type", media.nom) if media.nom.startswith("application/xop") else media.nom
    if annonce in TYPES_MEDIA.values() and annonce != TYPES_MEDIA[version]:
        raise TypeMediaRefuse(
            f"a SOAP {version} envelope travels as {TYPES_MEDIA[version]}, not {annonce}",
            f"une enveloppe SOAP {version} se transmet en {TYPES_MEDIA[version]}, pas en {annonce}",
            champ="Content-Type",
        )
    entetes = _entetes(racine, version)
    action = _texte_wsa(entetes, "Action") or media.parametres.get("action") or (soap_action or "").strip().strip('"')
    return Enveloppe(
        version=version,
        action=action or None,
        message_id=_texte_wsa(entetes, "MessageID"),
        entetes=entetes,
        corps=_corps(racine, version),
        assertions=_assertions(entetes),
        brut=brut,
    )


def ecrire_enveloppe(
    corps: Xml,
    *,
    version: VersionSoap = "1.2",
    action: str | None = None,
    relates_to: str | None = None,
    message_id: str | None = None,
    entetes: Iterable[Xml] = (),
    prefixe: str = "soap",
) -> bytes:
    """A SOAP message around an already escaped body; WS-Addressing headers appear when ``action`` is given."""
    blocs = list(entetes)
    if action is not None:
        identifiant = message_id or f"uuid:{uuid.uuid4()}"
        blocs += [element("wsa:Action", action), element("wsa:MessageID", identifiant)]
        blocs.append(element("wsa:RelatesTo", relates_to))
    entete = xml(f"<{prefixe}:Header>{{blocs}}</{prefixe}:Header>", blocs=joindre(blocs)) if blocs else Xml("")
    return xml(
        f'<?xml version="1.0" encoding="UTF-8"?><{prefixe}:Envelope xmlns:{prefixe}="{ESPACES[version]}"'
        f' xmlns:wsa="{WSA}">{{entete}}<{prefixe}:Body>{{corps}}</{prefixe}:Body></{prefixe}:Envelope>',
        entete=entete,
        corps=corps,
    ).encode()


def type_de_reponse(version: VersionSoap, action: str | None = None) -> str:
    """The Content-Type of an answer, as the real wire shows it (insi.md §3)."""
    suffixe = f'; action="{action}"' if action and version == "1.2" else ""
    return f"{TYPES_MEDIA[version]}; charset=utf-8{suffixe}"


def peut_etre_soap(erreur: DomainError) -> bool:
    """Whether the caller speaks SOAP at all: decides between a fault and a plain problem as the answer."""
    return not isinstance(erreur, TypeMediaRefuse)


def _verifier_media(media: TypeMedia) -> None:
    if media.nom not in (*TYPES_MEDIA.values(), "application/xop+xml"):
        raise TypeMediaRefuse(
            f"content type {media.nom or '(none)'} is not SOAP: expected application/soap+xml or text/xml",
            f"le type {media.nom or '(absent)'} n'est pas du SOAP : application/soap+xml ou text/xml attendu",
            champ="Content-Type",
        )
    if (charset := media.parametres.get("charset", "utf-8").lower()) not in _CHARSETS:
        raise TypeMediaRefuse(
            f"charset {charset} is not accepted",
            f"le jeu de caractères {charset} n'est pas accepté",
            champ="Content-Type;charset",
        )


def _version(racine: etree._Element) -> VersionSoap:
    if nom_local(racine) != "Envelope":
        raise EnveloppeInvalide(
            f"the root element is {nom_local(racine)}, not Envelope",
            f"l'élément racine est {nom_local(racine)} et non Envelope",
            champ="Envelope",
        )
    for version, uri in ESPACES.items():
        if espace(racine) == uri:
            return version
    raise VersionIncompatible(
        f"envelope namespace {espace(racine) or '(none)'} is neither SOAP 1.1 nor SOAP 1.2",
        f"l'espace de noms {espace(racine) or '(absent)'} de l'enveloppe n'est ni SOAP 1.1 ni SOAP 1.2",
        champ="Envelope",
    )


def _entetes(racine: etree._Element, version: VersionSoap) -> Mapping[str, tuple[etree._Element, ...]]:
    entetes: dict[str, tuple[etree._Element, ...]] = {}
    for bloc in racine.iterchildren(f"{{{ESPACES[version]}}}Header"):
        for fils in bloc:
            entetes[str(fils.tag)] = (*entetes.get(str(fils.tag), ()), fils)
    return MappingProxyType(entetes)


def _corps(racine: etree._Element, version: VersionSoap) -> etree._Element:
    corps = racine.findall(f"{{{ESPACES[version]}}}Body")
    fils = list(corps[0]) if len(corps) == 1 else []
    if len(fils) != 1:
        raise EnveloppeInvalide(
            f"one Body with one element is expected, {len(corps)} Body with {len(fils)} element(s) received",
            f"un Body contenant un élément est attendu, reçu {len(corps)} Body contenant {len(fils)} élément(s)",
            champ="Envelope/Body",
        )
    return fils[0]


def _texte_wsa(entetes: Mapping[str, tuple[etree._Element, ...]], nom: str) -> str | None:
    blocs = entetes.get(f"{{{WSA}}}{nom}", ())
    if len(blocs) > 1:
        raise EnveloppeInvalide(
            f"wsa:{nom} appears {len(blocs)} times", f"wsa:{nom} apparaît {len(blocs)} fois", champ=f"wsa:{nom}"
        )
    return ("".join(blocs[0].itertext()).strip() or None) if blocs else None


def _assertions(entetes: Mapping[str, tuple[etree._Element, ...]]) -> tuple[etree._Element, ...]:
    return tuple(
        assertion
        for securite in entetes.get(f"{{{WSSE}}}Security", ())
        for assertion in securite.iterchildren(f"{{{SAML2}}}Assertion")
    )
