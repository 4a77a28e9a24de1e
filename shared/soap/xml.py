"""Hostile XML is normal input: one parser, no entities, no network, bounded in bytes, elements and depth."""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from shared.errors import Invalide, TropGros

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_DOCTYPES = tuple("<!DOCTYPE".encode(codage) for codage in ("ascii", "utf-16-le", "utf-16-be"))
_CODAGES = frozenset({"UTF-8", "UTF-16", "UTF-16LE", "UTF-16BE", "US-ASCII", "ASCII", "ISO-8859-1", "ISO-8859-15"})


@dataclass(frozen=True, slots=True)
class Limites:
    """Protective bounds of one XML document (architecture §7: bounded sizes everywhere)."""

    octets: int = 2_000_000
    elements: int = 50_000
    profondeur: int = 100
    nom: str = "the message"


LIMITES = Limites()


class XmlMalForme(Invalide):
    """The bytes are not well-formed XML."""

    regle = "BAC-XML-01"


class XmlInterdit(Invalide):
    """A construct no national service needs and every attack does: DOCTYPE, entities, exotic encodings."""

    regle = "BAC-XML-02"


class XmlTropGros(TropGros):
    regle = "BAC-XML-03"


class ElementInvalide(Invalide):
    """An element is missing, repeated or carries a value its schema refuses; ``champ`` is its path."""

    regle = "BAC-XML-04"


def analyser(brut: bytes, limites: Limites = LIMITES) -> etree._Element:
    """The root element of a document that is safe to walk, or a refusal that names the bound or the construct."""
    if len(brut) > limites.octets:
        raise XmlTropGros(
            f"{limites.nom} is {len(brut)} bytes long, the bound is {limites.octets}",
            f"le document XML pèse {len(brut)} octets, la limite est de {limites.octets}",
        )
    if any(motif in brut for motif in _DOCTYPES):
        raise _doctype()
    if brut.count(b"<") > 2 * limites.elements:
        raise _trop_d_elements(limites)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        racine = etree.fromstring(brut, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as exc:
        ligne = getattr(exc, "lineno", None) or 1
        raise XmlMalForme(
            f"{limites.nom} is not well-formed XML: {str(exc)[:200]}",
            f"le document n'est pas du XML bien formé (ligne {ligne})",
            champ=f"ligne {ligne}",
        ) from None
    _controler(racine, limites)
    return racine


def _controler(racine: etree._Element, limites: Limites) -> None:
    arbre = racine.getroottree()
    if arbre.docinfo.doctype:
        raise _doctype()
    if (codage := (arbre.docinfo.encoding or "UTF-8").upper()) not in _CODAGES:
        raise XmlInterdit(f"the encoding {codage} is not accepted", f"l'encodage {codage} n'est pas accepté")
    profondeur = nombre = 0
    for evenement, noeud in etree.iterwalk(racine, events=("start", "end")):
        if not isinstance(noeud.tag, str):
            raise _doctype()  # an unexpanded entity reference
        if evenement == "end":
            profondeur -= 1
            continue
        profondeur += 1
        nombre += 1
        if profondeur > limites.profondeur:
            raise XmlTropGros(
                f"{limites.nom} nests elements deeper than {limites.profondeur}",
                f"le document XML imbrique plus de {limites.profondeur} niveaux d'éléments",
            )
    if nombre > limites.elements:
        raise _trop_d_elements(limites)


def _doctype() -> XmlInterdit:
    return XmlInterdit(
        "document type declarations and entities are refused",
        "les déclarations DOCTYPE et les entités sont refusées",
    )


def _trop_d_elements(limites: Limites) -> XmlTropGros:
    return XmlTropGros(
        f"{limites.nom} holds more than {limites.elements} elements",
        f"le document XML contient plus de {limites.elements} éléments",
    )


def nom_local(element: etree._Element) -> str:
    return etree.QName(element).localname


def espace(element: etree._Element) -> str:
    return etree.QName(element).namespace or ""


@dataclass(frozen=True, slots=True)
class Lecteur:
    """Reads children by local name in the namespace of the element, whatever their prefix and order (insi.md §10.8).

    Every refusal carries the path of the element as ``champ``.
    """

    element: etree._Element
    chemin: str = ""

    @classmethod
    def de(cls, element: etree._Element) -> "Lecteur":
        return cls(element, nom_local(element))

    def _fils(self, nom: str) -> Iterator[etree._Element]:
        yield from self.element.iterchildren(f"{{{espace(self.element)}}}{nom}" if espace(self.element) else nom)

    def enfants(self, nom: str) -> list["Lecteur"]:
        return [Lecteur(fils, f"{self.chemin}/{nom}") for fils in self._fils(nom)]

    def enfant(self, nom: str) -> "Lecteur | None":
        """The only child of that name, or nothing; a second one is refused."""
        trouves = self.enfants(nom)
        if len(trouves) > 1:
            raise ElementInvalide(
                f"{nom} appears {len(trouves)} times, once is allowed",
                f"{nom} apparaît {len(trouves)} fois, un seul est admis",
                champ=f"{self.chemin}/{nom}",
            )
        return trouves[0] if trouves else None

    def exiger(self, nom: str) -> "Lecteur":
        if (fils := self.enfant(nom)) is None:
            raise self._manquant(nom)
        return fils

    def facultatif(self, nom: str) -> str | None:
        """The trimmed text of an optional child; an empty element counts as absent."""
        fils = self.enfant(nom)
        return (fils.valeur or None) if fils else None

    def texte(self, nom: str) -> str:
        """The trimmed text of a mandatory child."""
        if not (valeur := self.exiger(nom).valeur):
            raise self._manquant(nom)
        return valeur

    def textes(self, nom: str) -> list[str]:
        return [fils.valeur for fils in self.enfants(nom) if fils.valeur]

    def attribut(self, nom: str) -> str | None:
        return self.element.get(nom)

    @property
    def valeur(self) -> str:
        return "".join(self.element.itertext()).strip()

    @property
    def est_vide(self) -> bool:
        """Neither child elements nor text."""
        return len(self.element) == 0 and not (self.element.text or "").strip()

    def refuser_inconnus(self, *connus: str) -> None:
        """Refuse children that the schema does not declare."""
        for fils in self.element:
            if nom_local(fils) not in connus or espace(fils) != espace(self.element):
                raise ElementInvalide(
                    f"{etree.QName(fils).text} is not expected in {self.chemin}",
                    f"{etree.QName(fils).text} n'est pas attendu dans {self.chemin}",
                    champ=f"{self.chemin}/{nom_local(fils)}",
                )

    def _manquant(self, nom: str) -> ElementInvalide:
        return ElementInvalide(f"{nom} is missing or empty", f"{nom} est absent ou vide", champ=f"{self.chemin}/{nom}")
