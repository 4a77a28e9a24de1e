"""SEARCH: a tree of criteria and whether a message meets them (RFC 3501 §6.4.4)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeAlias

from services.mss.domain import mime
from services.mss.domain.mime import Partie
from services.mss.domain.reception import resumer
from services.mss.mail.imap.grammaire import Argument, SyntaxeInvalide, astring, choisir, ensemble, lire_date

PROFONDEUR_MAX = 20


class JeuInconnu(Exception):
    """A charset we do not search in: ``NO [BADCHARSET]``."""


@dataclass(frozen=True, slots=True)
class Candidat:
    numero: int
    uid: int
    drapeaux: frozenset[str]
    recu_le: datetime
    taille: int
    racine: Callable[[], Partie]
    dernier_numero: int
    dernier_uid: int


Critere: TypeAlias = Callable[[Candidat], bool]

_DRAPEAUX = {
    "ANSWERED": "\\Answered",
    "DELETED": "\\Deleted",
    "DRAFT": "\\Draft",
    "FLAGGED": "\\Flagged",
    "SEEN": "\\Seen",
    "RECENT": "\\Recent",
}
_ENTETES = {"BCC": "bcc", "CC": "cc", "FROM": "from", "SUBJECT": "subject", "TO": "to"}


def lire_criteres(arguments: list[Argument]) -> Critere:
    """The criteria of a SEARCH command, all of which a message must meet."""
    if len(arguments) >= 2 and isinstance(arguments[0], str) and arguments[0].upper() == "CHARSET":
        if astring(arguments[1]).upper() not in {"UTF-8", "US-ASCII"}:
            raise JeuInconnu
        arguments = arguments[2:]
    if not arguments:
        raise SyntaxeInvalide("SEARCH wants a criterion")
    return _tous(arguments, 0)


def _tous(arguments: list[Argument], profondeur: int) -> Critere:
    if profondeur > PROFONDEUR_MAX:
        raise SyntaxeInvalide("criteria nested too deep")
    suite = iter(arguments)
    criteres = [_critere(premier, suite, profondeur) for premier in suite]
    return lambda c: all(critere(c) for critere in criteres)


def _critere(premier: Argument, suite: Iterator[Argument], profondeur: int) -> Critere:
    if profondeur > PROFONDEUR_MAX:
        raise SyntaxeInvalide("criteria nested too deep")
    if isinstance(premier, list):
        return _tous(premier, profondeur + 1)
    if not isinstance(premier, str):
        raise SyntaxeInvalide("a search key is an atom")
    cle = premier.upper()
    if cle[:1].isdigit() or cle[:1] == "*":
        plages = ensemble(premier)
        return lambda c: bool(choisir(plages, {c.numero, c.dernier_numero}) & {c.numero})
    if cle in _DRAPEAUX:
        drapeau = _DRAPEAUX[cle]
        return lambda c: drapeau in c.drapeaux
    if cle.startswith("UN") and cle[2:] in _DRAPEAUX:
        drapeau = _DRAPEAUX[cle[2:]]
        return lambda c: drapeau not in c.drapeaux
    if (constant := _SANS_ARGUMENT.get(cle)) is not None:
        return constant
    if cle == "NOT":
        nie = _critere(_suivant(suite), suite, profondeur + 1)
        return lambda c: not nie(c)
    if cle == "OR":
        a = _critere(_suivant(suite), suite, profondeur + 1)
        b = _critere(_suivant(suite), suite, profondeur + 1)
        return lambda c: a(c) or b(c)
    return _avec_argument(cle, suite)


_SANS_ARGUMENT: dict[str, Critere] = {
    "ALL": lambda c: True,
    "NEW": lambda c: "\\Recent" in c.drapeaux and "\\Seen" not in c.drapeaux,
    "OLD": lambda c: "\\Recent" not in c.drapeaux,
}


def _avec_argument(cle: str, suite: Iterator[Argument]) -> Critere:
    argument = _suivant(suite)
    if cle in _ENTETES:
        return _dans_entete(_ENTETES[cle], astring(argument))
    if cle == "HEADER":
        return _dans_entete(astring(argument).lower(), astring(_suivant(suite)))
    if cle in {"BODY", "TEXT"}:
        return _dans_texte(astring(argument).lower(), entetes=cle == "TEXT")
    if cle in {"KEYWORD", "UNKEYWORD"}:
        mot = astring(argument).lower()
        return lambda c: any(mot == d.lower() for d in c.drapeaux) is (cle == "KEYWORD")
    if cle == "UID":
        plages = ensemble(argument)
        return lambda c: bool(choisir(plages, {c.uid, c.dernier_uid}) & {c.uid})
    if cle in {"LARGER", "SMALLER"}:
        if not astring(argument).isdigit():
            raise SyntaxeInvalide("a size is a number")
        borne = int(astring(argument)[:12])
        return (lambda c: c.taille > borne) if cle == "LARGER" else (lambda c: c.taille < borne)
    return _par_date(cle, argument)


def _par_date(cle: str, argument: Argument) -> Critere:
    comparaison = cle.removeprefix("SENT")
    if comparaison not in {"BEFORE", "ON", "SINCE"}:
        raise SyntaxeInvalide(f"unknown search key {cle[:20]}")
    borne = lire_date(astring(argument))

    def compare(jour: date | None) -> bool:
        if jour is None:
            return False
        if comparaison == "ON":
            return jour == borne
        return jour < borne if comparaison == "BEFORE" else jour >= borne

    if cle.startswith("SENT"):
        return lambda c: compare(_jour_d_envoi(c))
    return lambda c: compare(c.recu_le.astimezone(UTC).date())


def _jour_d_envoi(candidat: Candidat) -> date | None:
    date_entete = resumer(candidat.racine()).date
    return date_entete.date() if date_entete else None


def _dans_entete(nom: str, cherche: str) -> Critere:
    aiguille = cherche.lower()

    def presente(c: Candidat) -> bool:
        valeurs = c.racine().tous(nom)
        return any(aiguille in mime.decoder(valeur).lower() or aiguille in valeur.lower() for valeur in valeurs)

    return presente


def _dans_texte(aiguille: str, *, entetes: bool) -> Critere:
    def presente(c: Candidat) -> bool:
        racine = c.racine()
        if entetes and any(aiguille in mime.decoder(valeur).lower() for _, valeur in racine.entetes):
            return True
        return any(p.type_mime.startswith("text/") and aiguille in p.texte().lower() for p in racine.feuilles())

    return presente


def _suivant(suite: Iterator[Argument]) -> Argument:
    try:
        return next(suite)
    except StopIteration:
        raise SyntaxeInvalide("a search key wants an argument") from None


_CONTENU = frozenset(
    {"BCC", "BODY", "CC", "FROM", "HEADER", "SENTBEFORE", "SENTON", "SENTSINCE", "SUBJECT", "TEXT", "TO"}
)


def veut_contenu(arguments: list[Argument]) -> bool:
    """Whether a criterion may look inside messages."""
    return any(
        veut_contenu(a) if isinstance(a, list) else isinstance(a, str) and a.upper() in _CONTENU for a in arguments
    )
