"""FHIR search parameters (R4 §3.1.1): token, reference, date with prefixes, string, number, paging, Prefer handling."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias
from urllib.parse import urlencode

from shared.decision import avertir
from shared.errors import Invalide

Genre: TypeAlias = Literal["token", "reference", "date", "string", "number", "uri", "special"]
Prefixe: TypeAlias = Literal["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]

COUNT_DEFAUT = 50
COUNT_MAX = 200
_COMMUNS = frozenset(
    {"_format", "_pretty", "_summary", "_elements", "_total", "_sort", "_include", "_revinclude", "_count", "_offset"}
)
_DATE = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?(\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?\S*)?)?)?)")
_ECHAPPE = re.compile(r"\\([,|$\\])")


class RechercheInvalide(Invalide):
    """A parameter cannot be understood; ``champ`` is its name."""

    regle = "BAC-FHIR-10"


class ParametreInconnu(RechercheInvalide):
    """``Prefer: handling=strict`` and a parameter that this resource does not declare."""

    regle = "BAC-FHIR-11"
    issue = "not-supported"


class ParametreManquant(RechercheInvalide):
    regle = "BAC-FHIR-12"
    issue = "required"


@dataclass(frozen=True, slots=True)
class Jeton:
    """``system|code``, ``|code`` (no system), ``code`` (any system), ``system|`` (any code)."""

    systeme: str | None
    code: str | None

    @classmethod
    def lire(cls, valeur: str) -> "Jeton":
        systeme, barre, code = _couper(valeur, "|")
        if not barre:
            return cls(None, _nu(valeur))
        return cls(_nu(systeme), _nu(code) or None)

    def correspond(self, systeme: str | None, code: str | None) -> bool:
        if self.systeme is not None and self.systeme != (systeme or ""):
            return False
        return self.code is None or self.code == code


@dataclass(frozen=True, slots=True)
class Reference:
    """``Patient/1``, ``1`` or an absolute address."""

    type: str | None
    id: str
    absolue: str | None = None

    @classmethod
    def lire(cls, valeur: str) -> "Reference":
        morceaux = _nu(valeur).rstrip("/").split("/")
        absolue = _nu(valeur) if "://" in valeur or valeur.startswith("urn:") else None
        if absolue and absolue.startswith("urn:"):
            return cls(None, absolue, absolue)
        return cls(morceaux[-2] if len(morceaux) > 1 else None, morceaux[-1], absolue)


@dataclass(frozen=True, slots=True)
class PlageDate:
    """A date value with its prefix: the half-open interval [``debut``, ``fin``) its precision stands for."""

    prefixe: Prefixe
    debut: datetime
    fin: datetime

    @classmethod
    def lire(cls, nom: str, valeur: str) -> "PlageDate":
        if (lu := _DATE.fullmatch(_nu(valeur).replace(" ", "+"))) is None:
            raise _date_invalide(nom, valeur)
        texte = lu[2]
        try:
            debut = datetime.fromisoformat({4: f"{texte}-01-01", 7: f"{texte}-01"}.get(len(texte), texte))
            debut = debut if debut.tzinfo else debut.replace(tzinfo=UTC)
            fin = _fin(debut, texte)
        except (ValueError, OverflowError):
            raise _date_invalide(nom, valeur) from None
        return cls(lu[1] or "eq", debut, fin)  # type: ignore[arg-type]  # the pattern allows only prefixes

    def bornes(self) -> tuple[datetime | None, datetime | None]:
        """[inclusive, exclusive) bounds an instant must respect; ``ne`` has none and is tested by ``correspond``."""
        if self.prefixe in ("eq", "ap"):
            marge = (self.fin - self.debut) / 10 if self.prefixe == "ap" else timedelta()
            return self.debut - marge, self.fin + marge
        if self.prefixe in ("gt", "sa"):
            return self.fin, None
        if self.prefixe in ("lt", "eb"):
            return None, self.debut
        return {"ge": (self.debut, None), "le": (None, self.fin)}.get(self.prefixe, (None, None))

    def correspond(self, instant: datetime) -> bool:
        if self.prefixe == "ne":
            return not self.debut <= instant < self.fin
        bas, haut = self.bornes()
        return (bas is None or instant >= bas) and (haut is None or instant < haut)


@dataclass(frozen=True, slots=True)
class Parametre:
    """One ``name:modifier=v1,v2``: the values are alternatives, several parameters must all hold."""

    nom: str
    modificateur: str | None
    valeurs: tuple[str, ...]

    def jetons(self) -> tuple[Jeton, ...]:
        return tuple(Jeton.lire(v) for v in self.valeurs)

    def references(self) -> tuple[Reference, ...]:
        return tuple(Reference.lire(v) for v in self.valeurs)

    def dates(self) -> tuple[PlageDate, ...]:
        return tuple(PlageDate.lire(self.nom, v) for v in self.valeurs)

    def textes(self) -> tuple[str, ...]:
        return tuple(_nu(v) for v in self.valeurs)


@dataclass(frozen=True, slots=True)
class Recherche:
    """A parsed search: declared parameters, page, and the names that were ignored."""

    parametres: tuple[Parametre, ...]
    count: int
    offset: int
    tri: tuple[str, ...]
    ignores: tuple[str, ...]
    bruts: tuple[tuple[str, str], ...]

    def de(self, *noms: str) -> tuple[Parametre, ...]:
        return tuple(p for p in self.parametres if p.nom in noms)

    def premier(self, *noms: str) -> Parametre | None:
        trouves = self.de(*noms)
        return trouves[0] if trouves else None

    def exiger(self, *noms: str) -> Parametre:
        """The first of these parameters that is present; none is a refusal that names them."""
        if (trouve := self.premier(*noms)) is None:
            attendus = " or ".join(noms)
            raise ParametreManquant(
                f"parameter {attendus} is required",
                f"le paramètre {' ou '.join(noms)} est obligatoire",
                champ=noms[0],
            )
        return trouve

    def liens(self, url: str, total: int | None = None) -> dict[str, str]:
        """``self``, ``previous`` and ``next`` links; without a total, ``next`` is the caller's to decide."""
        reste = [(n, v) for n, v in self.bruts if n not in ("_count", "_offset")]

        def page(offset: int) -> str:
            return f"{url}?{urlencode([*reste, ('_count', str(self.count)), ('_offset', str(offset))])}"

        liens = {"self": page(self.offset)}
        if self.offset:
            liens["previous"] = page(max(0, self.offset - self.count))
        if total is not None and self.count and self.offset + self.count < total:
            liens["next"] = page(self.offset + self.count)
        return liens


def lire_recherche(
    couples: Iterable[tuple[str, str]],
    declares: Mapping[str, Genre],
    *,
    prefer: str | None = None,
    strict: bool = False,
    count_defaut: int = COUNT_DEFAUT,
    count_max: int = COUNT_MAX,
) -> Recherche:
    """Parse query (or form) couples against the declared parameters.

    An unknown parameter is refused under ``Prefer: handling=strict`` (or ``strict``), else ignored and noted; a chained
    name (``patient.identifier``) is declared as such. Values are parsed at once, so a bad date is refused here.
    """
    bruts = tuple((nom, valeur) for nom, valeur in couples if valeur != "")
    exigeant = strict if prefer is None or "handling=" not in prefer else "handling=strict" in prefer.replace(" ", "")
    parametres: list[Parametre] = []
    ignores: list[str] = []
    for nom_complet, valeur in bruts:
        nom, _, modificateur = nom_complet.partition(":")
        if nom in _COMMUNS:
            continue
        if nom not in declares and nom not in ("_id", "_lastUpdated"):
            _inconnu(nom, exigeant)
            ignores.append(nom)
            continue
        lu = Parametre(nom, modificateur or None, tuple(_alternatives(valeur)))
        _verifier(lu, declares.get(nom, "date" if nom == "_lastUpdated" else "token"))
        parametres.append(lu)
    derniers = dict(bruts)
    return Recherche(
        parametres=tuple(parametres),
        count=min(_entier(derniers, "_count", count_defaut), count_max),
        offset=_entier(derniers, "_offset", 0),
        tri=tuple(t for t in derniers.get("_sort", "").split(",") if t),
        ignores=tuple(ignores),
        bruts=bruts,
    )


def _inconnu(nom: str, exigeant: bool) -> None:
    fr, en = f"le paramètre {nom} n'est pas connu ici", f"parameter {nom} is not known here"
    if exigeant:
        raise ParametreInconnu(en, fr, champ=nom)
    avertir(ParametreInconnu.regle, fr=f"{fr} : ignoré", en=f"{en}: ignored", parametre=nom)


def _verifier(parametre: Parametre, genre: Genre) -> None:
    if parametre.modificateur == "missing":
        if parametre.valeurs[:1] not in (("true",), ("false",)):
            raise RechercheInvalide(":missing is true or false", ":missing vaut true ou false", champ=parametre.nom)
        return
    if genre == "date":
        parametre.dates()
    if genre == "number":
        for valeur in parametre.valeurs:
            if not re.fullmatch(r"(eq|ne|gt|lt|ge|le)?-?\d+(\.\d+)?", valeur):
                raise RechercheInvalide(
                    f"{parametre.nom}: {valeur!r} is not a number",
                    f"{parametre.nom} : {valeur!r} n'est pas un nombre",
                    champ=parametre.nom,
                )


def _alternatives(valeur: str) -> list[str]:
    return [v for v in re.split(r"(?<!\\),", valeur) if v] or [valeur]


def _couper(valeur: str, separateur: str) -> tuple[str, str, str]:
    morceaux = re.split(rf"(?<!\\)\{separateur}", valeur, maxsplit=1)
    return (morceaux[0], separateur, morceaux[1]) if len(morceaux) == 2 else (valeur, "", "")


def _nu(valeur: str) -> str:
    return _ECHAPPE.sub(r"\1", valeur)


def _entier(couples: Mapping[str, str], nom: str, defaut: int) -> int:
    brut = couples.get(nom)
    if brut is None:
        return defaut
    if not re.fullmatch(r"\d{1,9}", brut):
        raise RechercheInvalide(
            f"{nom} {brut!r} is not a positive integer", f"{nom} {brut!r} n'est pas un entier positif", champ=nom
        )
    return int(brut)


def _fin(debut: datetime, texte: str) -> datetime:
    if len(texte) == 4:
        return debut.replace(year=debut.year + 1)
    if len(texte) == 7:
        return (debut + timedelta(days=32)).replace(day=1)
    if len(texte) == 10:
        return debut + timedelta(days=1)
    heure = re.split(r"[+-]|Z", texte.partition("T")[2])[0]
    if heure.count(":") == 1:
        return debut + timedelta(minutes=1)
    return debut + (timedelta(milliseconds=1) if "." in heure else timedelta(seconds=1))


def _date_invalide(nom: str, valeur: str) -> RechercheInvalide:
    return RechercheInvalide(
        f"{nom}: {valeur!r} is not a FHIR date", f"{nom} : {valeur!r} n'est pas une date FHIR", champ=nom
    )
