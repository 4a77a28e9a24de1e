"""XML is built from templates whose every hole is escaped: a raw value can never become markup.

    xml("<r:Nom>{nom}</r:Nom>", nom="D'ORGEVAL & FILS")  →  Xml("<r:Nom>D'ORGEVAL &amp; FILS</r:Nom>")

A value that is already :class:`Xml` passes through, so fragments nest.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from string import Formatter
from typing import Any

# Characters that XML 1.0 forbids even as references (§2.2).
_INTERDITS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TABLE = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})


class Xml(str):
    """A well-formed XML fragment, by construction."""

    __slots__ = ()


def xml_escape(valeur: object) -> Xml:
    """Text or attribute content; characters XML cannot carry are replaced by U+FFFD."""
    if isinstance(valeur, Xml):
        return valeur
    if valeur is None:
        return Xml("")
    if isinstance(valeur, bool):
        return Xml("true" if valeur else "false")
    if isinstance(valeur, datetime | date):
        return Xml(valeur.isoformat())
    return Xml(_INTERDITS.sub("\ufffd", str(valeur)).translate(_TABLE))


class _Echappeur(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        return xml_escape(format(value, format_spec) if format_spec else value)


_ECHAPPEUR = _Echappeur()


def xml(gabarit: str, **valeurs: object) -> Xml:
    """Fill a template; values are escaped unless they are :class:`Xml`."""
    return Xml(_ECHAPPEUR.vformat(gabarit, (), valeurs))


def joindre(fragments: Iterable[Xml]) -> Xml:
    """Fragments one after the other; anything that is not :class:`Xml` is escaped."""
    return Xml("".join(xml_escape(fragment) for fragment in fragments))


def element(nom: str, valeur: object, **attributs: object) -> Xml:
    """``<nom attribut="…">valeur</nom>``, or nothing at all when the value is ``None``."""
    if valeur is None:
        return Xml("")
    return Xml(f"<{nom}{_attributs(attributs)}>{xml_escape(valeur)}</{nom}>")


def _attributs(attributs: dict[str, object]) -> str:
    return "".join(f' {nom}="{xml_escape(valeur)}"' for nom, valeur in attributs.items() if valeur is not None)
