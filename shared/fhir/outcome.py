"""An OperationOutcome is a value (FHIR R4 §OperationOutcome): one per refusal, rule id as coding, both languages."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

import orjson

from shared.errors import DomainError

SYSTEME_REGLES = "urn:bacasante:regle"
_TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"

Gravite: TypeAlias = Literal["fatal", "error", "warning", "information"]


def outcome(erreur: DomainError) -> dict[str, Any]:
    """The refusal as a FHIR resource.

    ``details.coding`` carries the rule and, when ``membres["code"]`` exists, the code the sheet publishes (its system
    in ``membres["systeme"]``); ``expression`` is the field in FHIRPath.
    """
    return enveloppe([_issue_de(erreur)])


def outcome_octets(erreur: DomainError) -> bytes:
    return orjson.dumps(outcome(erreur))


def enveloppe(issues: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {"resourceType": "OperationOutcome", "issue": [dict(issue) for issue in issues]}


def issue(
    code: str,
    *,
    fr: str,
    en: str,
    regle: str | None = None,
    gravite: Gravite = "error",
    champ: str | None = None,
    codings: Iterable[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """One issue; French is the text, English its translation and the diagnostics."""
    coding = [{"system": SYSTEME_REGLES, "code": regle}] if regle else []
    details: dict[str, Any] = {"coding": [*coding, *(dict(c) for c in codings)]} if coding or codings else {}
    details["text"] = fr
    details["_text"] = {
        "extension": [
            {
                "url": _TRANSLATION,
                "extension": [{"url": "lang", "valueCode": "en"}, {"url": "content", "valueString": en}],
            }
        ]
    }
    rendue: dict[str, Any] = {"severity": gravite, "code": code, "details": details, "diagnostics": en}
    if champ:
        rendue["expression"] = [champ]
    return rendue


def avertissement(
    regle: str, *, fr: str, en: str, champ: str | None = None, code: str = "informational"
) -> dict[str, Any]:
    """A warning issue, for ``entry.response.outcome`` or an outcome entry of a searchset."""
    return issue(code, fr=fr, en=en, regle=regle, gravite="warning", champ=champ)


def _issue_de(erreur: DomainError) -> dict[str, Any]:
    publie = erreur.membres.get("code")
    codings = []
    if publie is not None and publie != erreur.regle:
        codings.append({"system": str(erreur.membres.get("systeme", SYSTEME_REGLES)), "code": str(publie)})
    code = str(erreur.membres.get("issue", erreur.issue))
    return issue(code, fr=erreur.fr, en=erreur.en, regle=erreur.regle, champ=erreur.champ, codings=codings)
