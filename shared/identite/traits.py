"""Identity traits and the INSi normalisation (insi §2.3)."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.errors import Invalide

LONGUEUR_NOM = 100
_NOM = re.compile(r"[A-Z]+(?:(?:--?|[' ])[A-Z]+)*", re.ASCII)
_PRENOM = re.compile(r"[A-Z]+(?:(?:--?|')[A-Z]+)*", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_LIEU = re.compile(r"[A-Za-z0-9]{5}", re.ASCII)
_LIGATURES = str.maketrans(
    {"Æ": "AE", "Œ": "OE", "Ø": "O", "ẞ": "SS", "Ł": "L", "Đ": "D", "’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'"}
    | dict.fromkeys("‐‑‒–—−", "-")
)
_HORS_ALPHABET = re.compile(r"[^A-Z' -]+", re.ASCII)
_BLANCS = re.compile(r"\s+")
_AUTOUR = re.compile(r" *([-']) *")

LIEU_INCONNU = "99999"


class Sexe(StrEnum):
    M = "M"
    F = "F"


def normaliser(texte: str) -> str:
    """What a client must send: upper case, no accents, ligatures spelt out, hyphen and apostrophe kept, one blank.

    Whatever remains outside the alphabet becomes a blank. The result may be empty.
    """
    if _NOM.fullmatch(texte):
        return texte
    majuscules = texte.upper().translate(_LIGATURES)
    sans_accents = "".join(c for c in unicodedata.normalize("NFD", majuscules) if not unicodedata.combining(c))
    propres = _BLANCS.sub(" ", _HORS_ALPHABET.sub(" ", sans_accents)).strip()
    return _AUTOUR.sub(r"\1", propres).strip("-' ")


def est_nom_normalise(texte: str) -> bool:
    """Whether a name is already in the form of insi §2.3: words joined by one or two hyphens, apostrophe or blank."""
    return len(texte) <= LONGUEUR_NOM and _NOM.fullmatch(texte) is not None


def est_prenom_normalise(texte: str) -> bool:
    """As :func:`est_nom_normalise` for one given name: no blank inside."""
    return len(texte) <= LONGUEUR_NOM and _PRENOM.fullmatch(texte) is not None


def est_date_naissance(texte: str) -> bool:
    """Whether this is a birth date of the wire: ``YYYY-MM-DD``, real, or with the unknown parts that INSi knows.

    Months 20-42 and 50-99 are fictitious, month and day ``00`` unknown.
    """
    if not _DATE.fullmatch(texte):
        return False
    annee, mois, jour = int(texte[:4]), int(texte[5:7]), int(texte[8:])
    if annee == 0:
        return False
    if 1 <= mois <= 12 and jour:
        try:
            date(annee, mois, jour)
        except ValueError:
            return False
        return True
    return (mois <= 12 or 20 <= mois <= 42 or mois >= 50) and jour <= 31


def date_interpretee(texte: str) -> date:
    """The real date standing for a lunar or incomplete one.

    RNIV as told by insi §2.3: unknown day gives 01, unknown month 01, both unknown 31 December.
    """
    if not est_date_naissance(texte):
        raise _refus("date_naissance", "TRAIT-DATE", "YYYY-MM-DD, month 01-12, 20-42 or 50-99", "AAAA-MM-JJ")
    annee, mois, jour = int(texte[:4]), int(texte[5:7]), int(texte[8:])
    if not 1 <= mois <= 12:
        return date(annee, 1, jour) if jour else date(annee, 12, 31)
    return date(annee, mois, jour or 1)


@dataclass(frozen=True, slots=True)
class Traits:
    """The strict traits of a person, already normalised: birth name, given names of birth, sex, birth date and place.

    Text coming from a client goes through :meth:`lire`; the constructor accepts normalised values only.
    """

    nom_naissance: str
    prenoms: tuple[str, ...]
    sexe: Sexe
    date_naissance: str
    lieu_naissance: str = LIEU_INCONNU

    def __post_init__(self) -> None:
        if not est_nom_normalise(self.nom_naissance):
            raise _refus(
                "nom_naissance", "TRAIT-NOM", "A-Z, hyphen, apostrophe, blank; ≤ 100", "A-Z, tiret, apostrophe"
            )
        if not self.prenoms or not all(est_prenom_normalise(p) for p in self.prenoms):
            raise _refus("prenoms", "TRAIT-PRENOM", "at least one; A-Z, hyphen, apostrophe", "au moins un ; A-Z, tiret")
        if self.sexe not in ("M", "F"):
            raise _refus("sexe", "TRAIT-SEXE", "M or F", "M ou F")
        if not est_date_naissance(self.date_naissance):
            raise _refus(
                "date_naissance",
                "TRAIT-DATE",
                "YYYY-MM-DD, month 01-12, 20-42 or 50-99",
                "AAAA-MM-JJ, mois lunaire admis",
            )
        if not _LIEU.fullmatch(self.lieu_naissance):
            raise _refus("lieu_naissance", "TRAIT-LIEU", "five characters (COG)", "cinq caractères (COG)")

    @classmethod
    def lire(cls, nom: str, prenoms: str, sexe: str, date_naissance: str, lieu: str | None = None) -> "Traits":
        """Normalise what a person typed, then build."""
        return cls(
            normaliser(nom),
            tuple(normaliser(prenoms).split()),
            sexe_de(sexe),
            date_naissance,
            (lieu or LIEU_INCONNU).upper(),
        )

    @property
    def prenom(self) -> str:
        """The first given name of birth."""
        return self.prenoms[0]

    @property
    def liste_prenoms(self) -> str:
        return " ".join(self.prenoms)


def sexe_de(texte: str) -> Sexe:
    try:
        return Sexe(texte)
    except ValueError:
        raise _refus("sexe", "TRAIT-SEXE", "M or F", "M ou F") from None


def _refus(champ: str, regle: str, en: str, fr: str) -> Invalide:
    return Invalide(f"{champ}: expected {en}", f"{champ} : attendu {fr}", regle=regle, champ=champ)
