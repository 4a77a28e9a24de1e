"""FETCH: reading the items a client wants and rendering one message's answer (RFC 3501 §6.4.5)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.mss.domain.mime import Partie
from services.mss.mail.imap import rendu
from services.mss.mail.imap.grammaire import Argument, SyntaxeInvalide, ecrire_date_heure

_MACROS = {
    "ALL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"),
    "FAST": ("FLAGS", "INTERNALDATE", "RFC822.SIZE"),
    "FULL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"),
}
_SIMPLES = frozenset({"FLAGS", "UID", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY", "BODYSTRUCTURE"})
_RFC822 = {"RFC822": "", "RFC822.HEADER": "HEADER", "RFC822.TEXT": "TEXT"}
_CORPS = re.compile(
    r"BODY(?P<peek>\.PEEK)?\[(?P<section>[^\]]*)\](?:<(?P<debut>\d{1,10})\.(?P<taille>\d{1,10})>)?", re.I
)
_SECTION = re.compile(
    r"(?P<numeros>\d+(?:\.\d+)*)?\.?(?P<genre>HEADER\.FIELDS(?:\.NOT)?|HEADER|TEXT|MIME)?(?:\s*\((?P<champs>[^()]*)\))?",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Element:
    """One item: its name for simple ones, or a section with its numbers, kind, fields and byte range."""

    nom: str
    etiquette: bytes = b""
    numeros: tuple[int, ...] = ()
    genre: str = ""
    champs: frozenset[str] = frozenset()
    partiel: tuple[int, int] | None = None
    lit: bool = False
    """True when fetching it sets ``\\Seen``."""

    @property
    def veut_contenu(self) -> bool:
        return self.nom in {"ENVELOPE", "BODY", "BODYSTRUCTURE", "SECTION"}


@dataclass(frozen=True, slots=True)
class Message:
    """What FETCH needs of a stored message; ``racine`` is read only when an item wants the content."""

    uid: int
    drapeaux: frozenset[str]
    recu_le: datetime
    taille: int
    racine: Callable[[], Partie]


def lire_elements(argument: Argument) -> list[Element]:
    """The items of a FETCH command, macros expanded, duplicates dropped."""
    if isinstance(argument, str) and argument.upper() in _MACROS:
        return [Element(nom) for nom in _MACROS[argument.upper()]]
    bruts = argument if isinstance(argument, list) else [argument]
    if not bruts or len(bruts) > 100:
        raise SyntaxeInvalide("FETCH wants 1 to 100 items")
    return list(dict.fromkeys(_element(brut) for brut in bruts))


def _element(brut: Argument) -> Element:
    if not isinstance(brut, str):
        raise SyntaxeInvalide("a FETCH item is an atom")
    nom = brut.upper()
    if nom in _SIMPLES:
        return Element(nom)
    if nom in _RFC822:
        return Element("SECTION", nom.encode(), genre=_RFC822[nom], lit=nom != "RFC822.HEADER")
    if (trouve := _CORPS.fullmatch(brut)) is None:
        raise SyntaxeInvalide(f"unknown FETCH item {brut[:40]}")
    lue = _SECTION.fullmatch(trouve["section"].strip())
    if lue is None:
        raise SyntaxeInvalide("invalid section")
    genre = (lue["genre"] or "").upper()
    if (lue["champs"] is not None) != genre.startswith("HEADER.FIELDS") or (genre == "MIME" and not lue["numeros"]):
        raise SyntaxeInvalide("invalid section")
    partiel = (int(trouve["debut"]), int(trouve["taille"])) if trouve["debut"] else None
    numeros = tuple(int(n) for n in lue["numeros"].split(".")) if lue["numeros"] else ()
    if len(numeros) > 30:
        raise SyntaxeInvalide("section nested too deep")
    noms = [champ.strip('"') for champ in (lue["champs"] or "").split()]
    return Element(
        "SECTION",
        _etiquette(lue["numeros"] or "", genre, noms, partiel),
        numeros,
        genre,
        frozenset(nom.lower() for nom in noms),
        partiel,
        lit=trouve["peek"] is None,
    )


def _etiquette(numeros: str, genre: str, champs: list[str], partiel: tuple[int, int] | None) -> bytes:
    dedans = ".".join(m for m in (numeros, genre) if m) + (
        f" ({' '.join(c.upper() for c in champs)})" if champs else ""
    )
    return f"BODY[{dedans}]{f'<{partiel[0]}>' if partiel else ''}".encode()


def rendre(numero: int, message: Message, elements: list[Element]) -> bytes:
    """The untagged FETCH answer of one message, without its final CRLF."""
    morceaux = [_rendre_element(message, element) for element in elements]
    return b"* %d FETCH (%b)" % (numero, b" ".join(morceaux))


def drapeaux(valeurs: frozenset[str]) -> bytes:
    return b"(" + " ".join(sorted(valeurs)).encode() + b")"


def _rendre_element(message: Message, element: Element) -> bytes:
    match element.nom:
        case "FLAGS":
            return b"FLAGS " + drapeaux(message.drapeaux)
        case "UID":
            return b"UID %d" % message.uid
        case "INTERNALDATE":
            return b"INTERNALDATE " + ecrire_date_heure(message.recu_le).encode()
        case "RFC822.SIZE":
            return b"RFC822.SIZE %d" % message.taille
        case "ENVELOPE":
            return b"ENVELOPE " + rendu.enveloppe(message.racine())
        case "BODY" | "BODYSTRUCTURE":
            etendue = element.nom == "BODYSTRUCTURE"
            return element.nom.encode() + b" " + rendu.structure(message.racine(), etendue=etendue)
        case _:
            octets = rendu.section(message.racine(), element.numeros, element.genre, element.champs)
            if octets is None:
                return element.etiquette + b" NIL"
            if element.partiel is not None:
                debut, taille = element.partiel
                octets = octets[debut : debut + taille]
            return element.etiquette + b" " + rendu.litteral(octets)
