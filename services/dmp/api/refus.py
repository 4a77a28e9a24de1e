"""How the DMP refuses on its FHIR face."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from shared.errors import DomainError
from shared.fhir.outcome import enveloppe, issue, outcome
from shared.fhir.reponse import FhirResponse

SYSTEME_CODES = "urn:sandbox:dmp-error"


def rendre_fhir(erreur: DomainError, request: Request) -> Response:
    """A refusal as an OperationOutcome: one issue a broken rule when a lot breaks several (dmp.md §5.5)."""
    constats: list[dict[str, Any]] = erreur.membres.get("constats", [])
    if len(constats) > 1:
        corps = enveloppe(
            issue(
                c["issue"],
                fr=c["fr"],
                en=c["en"],
                regle=c["regle"],
                champ=c["champ"],
                codings=[{"system": SYSTEME_CODES, "code": c["code"]}],
            )
            for c in constats
        )
    else:
        erreur.membres.setdefault("systeme", SYSTEME_CODES)
        corps = outcome(erreur)
    return FhirResponse(corps, erreur.status, headers=erreur.entetes)
