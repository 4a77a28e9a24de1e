"""Serve the WSDL and XSD files we wrote, with the address of the bac that answers."""

import re
from functools import lru_cache
from importlib.resources import files

from lxml import etree

from shared.errors import Introuvable

_SOAP_ADRESSES = (
    "{http://schemas.xmlsoap.org/wsdl/soap/}address",
    "{http://schemas.xmlsoap.org/wsdl/soap12/}address",
)
_NOM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}\.(wsdl|xsd)")
MEDIA_TYPE = "text/xml; charset=utf-8"


class ContratIntrouvable(Introuvable):
    regle = "BAC-SOAP-05"


@lru_cache(maxsize=64)
def servir_wsdl(paquet: str, nom: str, adresse: str) -> bytes:
    """The WSDL ``nom`` of a package (``services.ins.soap.wsdl``), every ``soap:address`` pointing at ``adresse``.

    A ``schemaLocation`` that names a neighbour file becomes ``{adresse}?xsd=<file>``.
    """
    racine = etree.fromstring(_lire(paquet, nom))
    for element in racine.iter(*_SOAP_ADRESSES):
        element.set("location", adresse)
    for element in racine.iter():
        lieu = element.get("schemaLocation") if isinstance(element.tag, str) else None
        if lieu and _NOM.fullmatch(lieu):
            element.set("schemaLocation", f"{adresse}?xsd={lieu}")
    return etree.tostring(racine, xml_declaration=True, encoding="UTF-8")


def _lire(paquet: str, nom: str) -> bytes:
    ressource = files(paquet) / nom
    if not _NOM.fullmatch(nom) or not ressource.is_file():
        raise ContratIntrouvable(f"no contract named {nom}", f"aucun contrat nommé {nom}", champ="wsdl")
    return ressource.read_bytes()
