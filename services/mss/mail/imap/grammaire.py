"""The words of an IMAP command (RFC 3501 §9): atoms, strings, literals, lists, sequence sets, mailbox names."""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeAlias

PROFONDEUR_MAX = 20
ELEMENTS_MAX = 10_000


class SyntaxeInvalide(Exception):
    """The command cannot be read: the answer is a tagged ``BAD``."""


@dataclass(frozen=True, slots=True)
class Chaine:
    """A quoted string or a literal: never a keyword, never NIL."""

    octets: bytes

    def __str__(self) -> str:
        return texte(self.octets)


Argument: TypeAlias = "str | Chaine | list[Argument]"


@dataclass(frozen=True, slots=True)
class Commande:
    etiquette: str
    nom: str
    arguments: list[Argument]


LITTERAL = re.compile(rb"\{(\d{1,10})(\+?)\}$")
_ETIQUETTE = re.compile(r"[!-~]{1,64}")
_ATOME_FIN = b' ()"\r\n'


def texte(octets: bytes) -> str:
    """Bytes of a client as text: UTF-8, else Latin-1."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def analyser(segments: list[bytes], litteraux: list[bytes]) -> Commande:
    """Read a command given as lines without their ``{n}`` endings, each followed by its literal."""
    elements = _Lecteur(segments, litteraux).tout()
    if len(elements) < 2 or not isinstance(elements[0], str) or not isinstance(elements[1], str):
        raise SyntaxeInvalide("a command is a tag and a name")
    etiquette, nom = elements[0], elements[1]
    if not _ETIQUETTE.fullmatch(etiquette) or any(c in etiquette for c in '+(){%*"\\'):
        raise SyntaxeInvalide("invalid tag")
    return Commande(etiquette, nom.upper(), elements[2:])


class _Lecteur:
    def __init__(self, segments: list[bytes], litteraux: list[bytes]) -> None:
        self._segments = segments
        self._litteraux = litteraux
        self._compte = 0

    def tout(self) -> list[Argument]:
        piles: list[list[Argument]] = [[]]
        for rang, segment in enumerate(self._segments):
            self._segment(segment, piles)
            if rang < len(self._litteraux):
                piles[-1].append(Chaine(self._litteraux[rang]))
        if len(piles) != 1:
            raise SyntaxeInvalide("unbalanced parentheses")
        return piles[0]

    def _segment(self, segment: bytes, piles: list[list[Argument]]) -> None:
        position, fin = 0, len(segment)
        while position < fin:
            self._compte += 1
            if self._compte > ELEMENTS_MAX:
                raise SyntaxeInvalide("too many arguments")
            octet = segment[position : position + 1]
            if octet == b" ":
                position += 1
            elif octet == b"(":
                if len(piles) > PROFONDEUR_MAX:
                    raise SyntaxeInvalide("lists nested too deep")
                liste: list[Argument] = []
                piles[-1].append(liste)
                piles.append(liste)
                position += 1
            elif octet == b")":
                if len(piles) == 1:
                    raise SyntaxeInvalide("unbalanced parentheses")
                piles.pop()
                position += 1
            elif octet == b'"':
                chaine, position = _guillemets(segment, position + 1)
                piles[-1].append(chaine)
            else:
                atome, position = _atome(segment, position)
                piles[-1].append(atome)


def _guillemets(segment: bytes, position: int) -> tuple[Chaine, int]:
    valeur = bytearray()
    while position < len(segment):
        octet = segment[position]
        if octet == 0x22:
            return Chaine(bytes(valeur)), position + 1
        if octet == 0x5C:
            position += 1
            if position >= len(segment) or segment[position] not in b'"\\':
                raise SyntaxeInvalide("only a quote or a backslash may be escaped")
            octet = segment[position]
        valeur.append(octet)
        position += 1
    raise SyntaxeInvalide("unterminated quoted string")


def _atome(segment: bytes, position: int) -> tuple[str, int]:
    """An atom; between square brackets (``BODY[HEADER.FIELDS (DATE)]``) blanks and parentheses belong to it."""
    debut, crochets = position, 0
    while position < len(segment):
        octet = segment[position]
        if octet < 0x20 or octet == 0x7F:
            raise SyntaxeInvalide("control character in an atom")
        if octet == 0x5B:
            crochets += 1
        elif octet == 0x5D and crochets:
            crochets -= 1
        elif not crochets and octet in _ATOME_FIN:
            break
        position += 1
    if crochets:
        raise SyntaxeInvalide("unbalanced brackets")
    return texte(segment[debut:position]), position


def astring(argument: Argument) -> str:
    """An atom or a string, as text."""
    if isinstance(argument, list):
        raise SyntaxeInvalide("a string was expected, not a list")
    return str(argument)


# -- sequence sets -------------------------------------------------------------------------------------------------

Ensemble: TypeAlias = "list[tuple[int | None, int | None]]"
_PLAGE = re.compile(r"(\d{1,10}|\*)(?::(\d{1,10}|\*))?")


def ensemble(argument: Argument) -> Ensemble:
    """``1:3,5,7:*`` as bounds, ``None`` standing for ``*``."""
    if not isinstance(argument, str) or len(argument) > 8000:
        raise SyntaxeInvalide("a sequence set was expected")
    plages: Ensemble = []
    for morceau in argument.split(","):
        trouve = _PLAGE.fullmatch(morceau)
        if trouve is None or "0" in (trouve[1], trouve[2]):
            raise SyntaxeInvalide("invalid sequence set")
        a = None if trouve[1] == "*" else int(trouve[1])
        b = a if trouve[2] is None else (None if trouve[2] == "*" else int(trouve[2]))
        plages.append((a, b))
    return plages


def choisir(plages: Ensemble, numeros: Iterable[int]) -> set[int]:
    """The numbers of ``numeros`` that a set names; ``*`` is the greatest of them (RFC 3501, seq-range)."""
    tous = sorted(set(numeros))
    if not tous:
        return set()
    bornes = [tuple(sorted((a or tous[-1], b or tous[-1]))) for a, b in plages]
    return {n for n in tous if any(bas <= n <= haut for bas, haut in bornes)}


def compacter(numeros: Iterable[int]) -> str:
    """``{1, 2, 3, 7}`` → ``1:3,7``."""
    plages: list[list[int]] = []
    for numero in sorted(numeros):
        if plages and numero == plages[-1][1] + 1:
            plages[-1][1] = numero
        else:
            plages.append([numero, numero])
    return ",".join(str(a) if a == b else f"{a}:{b}" for a, b in plages)


# -- dates -----------------------------------------------------------------------------------------------------------

_MOIS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(r"\s?(\d{1,2})-([A-Za-z]{3})-(\d{4})")
_DATE_HEURE = re.compile(r"\s?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})")


def lire_date(valeur: str) -> date:
    if (trouve := _DATE.fullmatch(valeur)) is None:
        raise SyntaxeInvalide("a date is dd-Mmm-yyyy")
    try:
        return date(int(trouve[3]), _mois(trouve[2]), int(trouve[1]))
    except ValueError as erreur:
        raise SyntaxeInvalide("no such day") from erreur


def lire_date_heure(valeur: str) -> datetime:
    if (trouve := _DATE_HEURE.fullmatch(valeur)) is None:
        raise SyntaxeInvalide("a date-time is dd-Mmm-yyyy hh:mm:ss +zzzz")
    jour, mois, an, heure, minute, seconde, signe, dh, dm = trouve.groups()
    try:
        texte_iso = f"{an}-{_mois(mois):02d}-{int(jour):02d}T{heure}:{minute}:{seconde}{signe}{dh}:{dm}"
        return datetime.fromisoformat(texte_iso).astimezone(UTC)
    except (ValueError, OverflowError) as erreur:
        raise SyntaxeInvalide("no such instant") from erreur


def ecrire_date_heure(instant: datetime) -> str:
    utc = instant.astimezone(UTC)
    return f'"{utc.day:02d}-{_MOIS[utc.month - 1]}-{utc.year:04d} {utc:%H:%M:%S} +0000"'


def _mois(nom: str) -> int:
    try:
        return _MOIS.index(nom.capitalize()) + 1
    except ValueError as erreur:
        raise SyntaxeInvalide("no such month") from erreur


# -- mailbox names (RFC 3501 §5.1.3) -----------------------------------------------------------------------------------


def nom_vers_fil(nom: str) -> str:
    """Modified UTF-7 of a mailbox name."""
    sortie: list[str] = []
    attente = ""

    def vider() -> None:
        nonlocal attente
        if attente:
            code = base64.b64encode(attente.encode("utf-16-be")).rstrip(b"=").replace(b"/", b",")
            sortie.append(f"&{code.decode()}-")
            attente = ""

    for caractere in nom:
        if " " <= caractere <= "~":
            vider()
            sortie.append("&-" if caractere == "&" else caractere)
        else:
            attente += caractere
    vider()
    return "".join(sortie)


def nom_du_fil(nom: str) -> str:
    """A mailbox name from modified UTF-7; what is not valid is taken as it is (clients send UTF-8 too)."""

    def decoder(trouve: "re.Match[str]") -> str:
        code = trouve[1]
        if not code:
            return "&"
        try:
            return base64.b64decode(code.replace(",", "/") + "=" * (-len(code) % 4)).decode("utf-16-be")
        except ValueError:
            return trouve[0]

    return re.sub(r"&([A-Za-z0-9+,]*)-", decoder, nom)


def motif_de_liste(reference: str, motif: str) -> "re.Pattern[str]":
    """LIST wildcards: ``*`` anything, ``%`` anything but the hierarchy separator ``/``."""
    brut = re.escape(reference + motif).replace(r"\*", ".*").replace("%", "[^/]*")
    return re.compile(brut, re.IGNORECASE)
