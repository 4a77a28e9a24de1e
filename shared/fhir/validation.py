"""Reading a received resource: small typed steps, and a refusal that names the FHIRPath of what is wrong."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import orjson

from shared.errors import Invalide, TropGros, TypeNonSupporte

MEDIAS_JSON = frozenset({"application/fhir+json", "application/json", "application/json+fhir", "text/json"})
PROFONDEUR_MAX = 60

T = TypeVar("T")


class RessourceInvalide(Invalide):
    """An element is absent, of another type, or outside its value set; ``champ`` is its FHIRPath."""

    regle = "BAC-FHIR-01"


class JsonMalForme(Invalide):
    regle = "BAC-FHIR-02"
    issue = "structure"


class RessourceTropGrosse(TropGros):
    regle = "BAC-FHIR-03"


class FormatNonSupporte(TypeNonSupporte):
    regle = "BAC-FHIR-04"


def lire_json(corps: bytes, *, limite: int = 10_000_000) -> Any:
    """Parsed JSON, bounded in size and depth; duplicates and NaN are not JSON."""
    if len(corps) > limite:
        raise RessourceTropGrosse(
            f"the body is {len(corps)} bytes long, the bound is {limite}",
            f"le corps pèse {len(corps)} octets, la limite est de {limite}",
        )
    try:
        valeur = orjson.loads(corps)
    except orjson.JSONDecodeError as exc:
        raise JsonMalForme(
            f"malformed JSON at line {exc.lineno} column {exc.colno}: {exc.msg}",
            f"JSON mal formé, ligne {exc.lineno}, colonne {exc.colno}",
            champ=f"ligne {exc.lineno}",
        ) from None
    if _profondeur_depasse(valeur, PROFONDEUR_MAX):
        raise JsonMalForme(
            f"JSON nests deeper than {PROFONDEUR_MAX}", f"JSON imbriqué au-delà de {PROFONDEUR_MAX} niveaux"
        )
    return valeur


def lire_ressource(
    corps: bytes, content_type: str | None, *types: str, limite: int = 10_000_000
) -> tuple[dict[str, Any], "Noeud"]:
    """A received resource of one of the given types: as a dict to keep whole, and as a node to read."""
    media = (content_type or "").partition(";")[0].strip().lower()
    if media not in MEDIAS_JSON:
        raise FormatNonSupporte(
            f"content type {media or '(none)'} is not FHIR JSON: send application/fhir+json",
            f"le type {media or '(absent)'} n'est pas du FHIR JSON : envoyer application/fhir+json",
            champ="Content-Type",
        )
    valeur = lire_json(corps, limite=limite)
    if not isinstance(valeur, dict):
        raise RessourceInvalide("a resource is a JSON object", "une ressource est un objet JSON", champ="$this")
    type_lu = valeur.get("resourceType")
    noeud = Noeud(valeur, str(type_lu) if isinstance(type_lu, str) else "$this")
    noeud.code("resourceType", parmi=types) if types else noeud.texte("resourceType")
    return valeur, noeud


@dataclass(frozen=True, slots=True)
class Noeud:
    """An object of a resource and where it is: ``DocumentReference.content[0].attachment``."""

    valeur: Mapping[str, Any]
    chemin: str

    def present(self, nom: str) -> bool:
        return self.valeur.get(nom) is not None

    def texte(self, nom: str) -> str:
        return self._exiger(nom, self.texte_facultatif(nom))

    def texte_facultatif(self, nom: str) -> str | None:
        valeur = self._lire(nom, str, "a string")
        if valeur is not None and not valeur.strip():
            raise self._refus(nom, "is empty", "est vide")
        return valeur

    def code(self, nom: str, *, parmi: Collection[str]) -> str:
        """A mandatory code of a closed set."""
        return self._parmi(nom, self.texte(nom), parmi)

    def booleen(self, nom: str, defaut: bool | None = None) -> bool:
        valeur = self._lire(nom, bool, "a boolean")
        return self._exiger(nom, defaut if valeur is None else valeur)

    def entier(self, nom: str, *, minimum: int | None = None, maximum: int | None = None) -> int:
        return self._exiger(nom, self.entier_facultatif(nom, minimum=minimum, maximum=maximum))

    def entier_facultatif(self, nom: str, *, minimum: int | None = None, maximum: int | None = None) -> int | None:
        valeur = self._lire(nom, int, "an integer")
        if isinstance(valeur, bool):
            raise self._refus(nom, "is not an integer", "n'est pas un entier")
        if valeur is not None and (
            (minimum is not None and valeur < minimum) or (maximum is not None and valeur > maximum)
        ):
            raise self._refus(nom, f"is out of [{minimum}, {maximum}]", f"est hors de [{minimum}, {maximum}]")
        return valeur

    def decimal(self, nom: str) -> float:
        valeur: object = self._exiger(nom, self.valeur.get(nom))
        if isinstance(valeur, bool) or not isinstance(valeur, int | float):
            raise self._refus(nom, "is not a number", "n'est pas un nombre")
        return float(valeur)

    def instant(self, nom: str) -> datetime:
        return self._exiger(nom, self.instant_facultatif(nom))

    def instant_facultatif(self, nom: str) -> datetime | None:
        """A dateTime or instant; a partial date takes its first moment, UTC when no zone is written."""
        if (texte := self.texte_facultatif(nom)) is None:
            return None
        try:
            lu = datetime.fromisoformat({4: f"{texte}-01-01", 7: f"{texte}-01"}.get(len(texte), texte))
        except ValueError:
            raise self._refus(nom, f"{texte!r} is not a date", f"{texte!r} n'est pas une date") from None
        return lu if lu.tzinfo else lu.replace(tzinfo=UTC)

    def jour(self, nom: str) -> date:
        texte = self.texte(nom)
        try:
            return date.fromisoformat(texte)
        except ValueError:
            raise self._refus(nom, f"{texte!r} is not a date", f"{texte!r} n'est pas une date") from None

    def objet(self, nom: str) -> "Noeud":
        return self._exiger(nom, self.objet_facultatif(nom))

    def objet_facultatif(self, nom: str) -> "Noeud | None":
        valeur = self._lire(nom, dict, "an object")
        return None if valeur is None else Noeud(valeur, f"{self.chemin}.{nom}")

    def liste(self, nom: str, *, minimum: int = 0) -> list["Noeud"]:
        """A list of objects, absent counting as empty."""
        valeurs = self._lire(nom, list, "a list") or []
        if len(valeurs) < minimum:
            raise self._refus(nom, f"needs at least {minimum} element(s)", f"attend au moins {minimum} élément(s)")
        noeuds = []
        for rang, valeur in enumerate(valeurs):
            if not isinstance(valeur, dict):
                raise self._refus(f"{nom}[{rang}]", "is not an object", "n'est pas un objet")
            noeuds.append(Noeud(valeur, f"{self.chemin}.{nom}[{rang}]"))
        return noeuds

    def textes(self, nom: str) -> list[str]:
        valeurs = self._lire(nom, list, "a list") or []
        if not all(isinstance(v, str) for v in valeurs):
            raise self._refus(nom, "is not a list of strings", "n'est pas une liste de chaînes")
        return list(valeurs)

    def premier_coding(self, nom: str, systeme: str | None = None) -> tuple[str | None, str] | None:
        """(system, code) of the first coding of a CodeableConcept, of that system when one is asked for."""
        if (concept := self.objet_facultatif(nom)) is None:
            return None
        for coding in concept.liste("coding"):
            if systeme is None or coding.valeur.get("system") == systeme:
                return coding.texte_facultatif("system"), coding.texte("code")
        return None

    def identifiant(self, *systemes: str) -> str | None:
        """Value of the first ``identifier`` of one of these systems (an object or a list of objects)."""
        brut = self.valeur.get("identifier")
        noeuds = [Noeud(brut, f"{self.chemin}.identifier")] if isinstance(brut, dict) else self.liste("identifier")
        for noeud in noeuds:
            if not systemes or noeud.valeur.get("system") in systemes:
                return noeud.texte("value")
        return None

    def refuser(self, nom: str, en: str, fr: str, *, regle: str | None = None) -> RessourceInvalide:
        """The refusal of a child, worded by the caller: ``raise noeud.refuser("type", "…", "…")``."""
        return RessourceInvalide(en, fr, champ=f"{self.chemin}.{nom}", regle=regle)

    def _lire(self, nom: str, genre: type[T], attendu: str) -> T | None:
        valeur = self.valeur.get(nom)
        if valeur is None or isinstance(valeur, genre):
            return valeur
        raise self._refus(nom, f"is not {attendu}", "n'est pas du type attendu")

    def _exiger(self, nom: str, valeur: T | None) -> T:
        if valeur is None:
            raise RessourceInvalide(
                f"{self.chemin}.{nom} is required",
                f"{self.chemin}.{nom} est obligatoire",
                champ=f"{self.chemin}.{nom}",
                membres={"issue": "required"},
            )
        return valeur

    def _parmi(self, nom: str, valeur: str, parmi: Collection[str]) -> str:
        if valeur not in parmi:
            liste = ", ".join(sorted(parmi)[:12])
            raise RessourceInvalide(
                f"{self.chemin}.{nom} is {valeur!r}, one of {liste} is expected",
                f"{self.chemin}.{nom} vaut {valeur!r}, attendu : {liste}",
                champ=f"{self.chemin}.{nom}",
                membres={"issue": "code-invalid"},
            )
        return valeur

    def _refus(self, nom: str, en: str, fr: str) -> RessourceInvalide:
        chemin = f"{self.chemin}.{nom}"
        return RessourceInvalide(f"{chemin} {en}", f"{chemin} {fr}", champ=chemin)


def _profondeur_depasse(valeur: Any, maximum: int) -> bool:
    niveau = [valeur] if isinstance(valeur, dict | list) else []
    for _ in range(maximum):
        if not niveau:
            return False
        niveau = [
            fils
            for parent in niveau
            for fils in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(fils, dict | list)
        ]
    return bool(niveau)
