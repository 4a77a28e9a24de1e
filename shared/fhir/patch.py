"""JSON Patch (RFC 6902), the bounded subset FHIR servers need: test, replace, add, remove.

Also resolves the pseudo-path ``/extension[url:'…']/valueBoolean`` that PDSm4DMP prints though RFC 6901 has no such
form (dmp.md §5.4), and reads a FHIRPath Patch (``Parameters``) as the same operations.
"""

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from shared.errors import Conflit, Invalide
from shared.fhir.validation import Noeud

Verbe: TypeAlias = Literal["test", "replace", "add", "remove"]
VERBES = ("test", "replace", "add", "remove")
OPERATIONS_MAX = 50
_PREDICAT = re.compile(r"(?P<nom>[A-Za-z]+)\[(?P<cle>[A-Za-z]+)\s*[:=]\s*'(?P<valeur>[^']+)'\]")
_FHIRPATH = re.compile(r"[A-Za-z]+|\[(\d+)\]")


class PatchInvalide(Invalide):
    """Not a JSON Patch, or a path that leads nowhere; ``champ`` is the path."""

    regle = "BAC-FHIR-20"


class TestEchoue(Conflit):
    """A ``test`` operation did not hold: nothing is changed."""

    __test__ = False  # not a pytest class
    regle = "BAC-FHIR-21"


@dataclass(frozen=True, slots=True)
class Operation:
    verbe: Verbe
    chemin: str
    valeur: Any = None

    @property
    def jetons(self) -> tuple[str, ...]:
        """RFC 6901 tokens; a ``[url:'…']`` predicate stays one token whatever slashes it holds."""
        return _jetons(self.chemin)


def lire_patch(corps: Any) -> tuple[Operation, ...]:
    """The operations of a parsed JSON Patch array, or of a FHIRPath Patch resource."""
    if isinstance(corps, dict) and corps.get("resourceType") == "Parameters":
        return _lire_parameters(corps)
    if not isinstance(corps, list) or not 0 < len(corps) <= OPERATIONS_MAX:
        raise PatchInvalide(
            f"a JSON Patch is an array of 1 to {OPERATIONS_MAX} operations",
            f"un JSON Patch est un tableau de 1 à {OPERATIONS_MAX} opérations",
        )
    return tuple(_operation(rang, operation) for rang, operation in enumerate(corps))


def appliquer(document: Mapping[str, Any], operations: tuple[Operation, ...]) -> dict[str, Any]:
    """A patched copy; all the operations hold or none is seen."""
    resultat: dict[str, Any] = copy.deepcopy(dict(document))
    for operation in operations:
        _appliquer(resultat, operation)
    return resultat


def _operation(rang: int, brute: Any) -> Operation:
    if not isinstance(brute, dict):
        raise PatchInvalide("an operation is a JSON object", "une opération est un objet JSON", champ=f"[{rang}]")
    verbe, chemin = brute.get("op"), brute.get("path")
    if verbe not in VERBES:
        raise PatchInvalide(
            f"op {verbe!r} is not one of {', '.join(VERBES)}",
            f"op {verbe!r} n'est pas parmi {', '.join(VERBES)}",
            champ=f"[{rang}].op",
        )
    if not isinstance(chemin, str) or not chemin.startswith("/"):
        raise PatchInvalide("path must start with /", "path doit commencer par /", champ=f"[{rang}].path")
    if verbe != "remove" and "value" not in brute:
        raise PatchInvalide("value is missing", "value est absent", champ=f"[{rang}].value")
    return Operation(verbe, chemin, brute.get("value"))


def _jetons(chemin: str) -> tuple[str, ...]:
    jetons, courant, profondeur = [], "", 0
    for caractere in chemin[1:]:
        profondeur += {"[": 1, "]": -1}.get(caractere, 0)
        if caractere == "/" and profondeur == 0:
            jetons.append(courant)
            courant = ""
        else:
            courant += caractere
    return tuple(j.replace("~1", "/").replace("~0", "~") for j in (*jetons, courant))


def _appliquer(document: dict[str, Any], operation: Operation) -> None:
    *parents, dernier = operation.jetons
    cible: Any = document
    for jeton in parents:
        cible = _descendre(cible, jeton, operation)
    if predicat := _PREDICAT.fullmatch(dernier):
        raise _introuvable(operation, f"{predicat['nom']} needs a member")
    match operation.verbe:
        case "test":
            if _descendre(cible, dernier, operation) != operation.valeur:
                raise TestEchoue(
                    f"{operation.chemin} holds another value",
                    f"{operation.chemin} porte une autre valeur",
                    champ=operation.chemin,
                )
        case "remove":
            _descendre(cible, dernier, operation)
            del cible[_indice(cible, dernier, operation) if isinstance(cible, list) else dernier]
        case "replace":
            if not _cree_par_predicat(operation):
                _descendre(cible, dernier, operation)
            _poser(cible, dernier, operation, inserer=False)
        case "add":
            _poser(cible, dernier, operation, inserer=True)


def _poser(cible: Any, jeton: str, operation: Operation, *, inserer: bool) -> None:
    valeur = copy.deepcopy(operation.valeur)
    if isinstance(cible, list):
        if inserer and jeton == "-":
            cible.append(valeur)
            return
        rang = _indice(cible, jeton, operation, fin_admise=inserer)
        cible[rang : rang if inserer else rang + 1] = [valeur]
    elif isinstance(cible, dict):
        cible[jeton] = valeur
    else:
        raise _introuvable(operation, "its parent is a simple value")


def _descendre(cible: Any, jeton: str, operation: Operation) -> Any:
    if isinstance(cible, list):
        return cible[_indice(cible, jeton, operation)]
    if isinstance(cible, dict):
        if predicat := _PREDICAT.fullmatch(jeton):
            return _par_predicat(cible, predicat, operation)
        if jeton in cible:
            return cible[jeton]
    raise _introuvable(operation, f"{jeton} does not exist")


def _par_predicat(cible: dict[str, Any], predicat: re.Match[str], operation: Operation) -> Any:
    elements = cible.setdefault(predicat["nom"], [])
    for element in elements if isinstance(elements, list) else []:
        if isinstance(element, dict) and element.get(predicat["cle"]) == predicat["valeur"]:
            return element
    if operation.verbe not in ("replace", "add") or not isinstance(elements, list):
        raise _introuvable(operation, "no such element")
    elements.append({predicat["cle"]: predicat["valeur"]})
    return elements[-1]


def _cree_par_predicat(operation: Operation) -> bool:
    return any(_PREDICAT.fullmatch(jeton) for jeton in operation.jetons)


def _indice(cible: list[Any], jeton: str, operation: Operation, *, fin_admise: bool = False) -> int:
    if not re.fullmatch(r"0|[1-9]\d{0,5}", jeton) or int(jeton) >= len(cible) + fin_admise:
        raise _introuvable(operation, f"{jeton} is not an index of this list")
    return int(jeton)


def _introuvable(operation: Operation, en: str) -> PatchInvalide:
    return PatchInvalide(
        f"path {operation.chemin}: {en}", f"le chemin {operation.chemin} ne mène à rien", champ=operation.chemin
    )


def _lire_parameters(ressource: Mapping[str, Any]) -> tuple[Operation, ...]:
    operations = []
    for parametre in Noeud(ressource, "Parameters").liste("parameter", minimum=1)[:OPERATIONS_MAX]:
        parts = {part.texte("name"): part for part in parametre.liste("part", minimum=1)}
        if "type" not in parts or "path" not in parts:
            raise PatchInvalide("a FHIRPath Patch operation needs type and path", "type et path sont attendus")
        genre = parts["type"].code("valueCode", parmi=("add", "insert", "delete", "replace"))
        chemin = _pointeur(parts["path"].texte("valueString"))
        if genre == "add":
            chemin += f"/{parts['name'].texte('valueString')}" if "name" in parts else ""
        valeur = _valeur(parts["value"].valeur) if "value" in parts else None
        verbe: Verbe = {"delete": "remove", "replace": "replace"}.get(genre, "add")  # type: ignore[assignment]
        operations.append(Operation(verbe, chemin, valeur))
    return tuple(operations)


def _pointeur(chemin: str) -> str:
    """``DocumentReference.securityLabel[0]`` → ``/securityLabel/0``; richer FHIRPath is refused."""
    if not re.fullmatch(r"[A-Z][A-Za-z]+(\.[a-z][A-Za-z]*(\[\d+\])?)*", chemin):
        raise PatchInvalide(f"path {chemin!r} is not supported", f"chemin {chemin!r} non pris en charge", champ=chemin)
    jetons = [m[1] or m[0] for m in _FHIRPATH.finditer(chemin)][1:]
    return "".join(f"/{jeton}" for jeton in jetons)


def _valeur(part: Mapping[str, Any]) -> Any:
    return next((v for cle, v in part.items() if cle.startswith("value")), None)
