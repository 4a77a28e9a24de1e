"""A refusal of the edge in the dialect of the surface it stands before; injected faults speak it too."""

import html

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gateway.edge.routage import Dialecte
from shared.edge.fautes import Faute
from shared.errors import DomainError
from shared.web.asgi import Scope
from shared.web.problems import probleme
from shared.web.reponses import FhirResponse, JSONReponse


class FauteInjectee(DomainError):
    """What an injected fault refuses with: status and members are the rule's own."""

    slug = "faute-injectee"
    issue = "transient"

    def __init__(self, faute: Faute) -> None:
        refus = dict(faute.refus)
        self.status = int(refus.pop("status", 503))  # type: ignore[misc]  # the one refusal whose status is data
        nom = faute.nom or faute.id
        super().__init__(
            str(refus.pop("en", "injected fault")),
            str(refus.pop("fr", "faute injectée")),
            regle=f"BAC-FAUTE:{nom}",
            membres=refus,
            entetes={"Retry-After": "2"} if self.status == 503 else {},
        )


def rendre(erreur: DomainError, dialecte: Dialecte, scope: Scope) -> Response:
    match dialecte:
        case "soap":
            from shared.soap.faults import fault_siram

            rendue = fault_siram(erreur)
            return Response(
                rendue.corps, status_code=rendue.status, media_type=rendue.media_type, headers=dict(erreur.entetes)
            )
        case "fhir":
            from shared.fhir.outcome import outcome

            return FhirResponse(outcome(erreur), status_code=erreur.status, headers=dict(erreur.entetes))
        case "oauth":
            return JSONReponse(
                {
                    "error": erreur.membres.get("error", "invalid_request" if erreur.status < 500 else "server_error"),
                    "error_description": erreur.en,
                    "regle": erreur.regle,
                    "explication": {"fr": erreur.fr, "en": erreur.en},
                },
                status_code=erreur.status,
                headers={"Cache-Control": "no-store", **erreur.entetes},
            )
        case "html":
            phrases = "".join(
                f"<p lang={langue}>{html.escape(texte)}</p>" for langue, texte in (("fr", erreur.fr), ("en", erreur.en))
            )
            page = f"<!doctype html><title>{erreur.status}</title>{phrases}<p>{html.escape(erreur.regle)}</p>"
            return HTMLResponse(page, status_code=erreur.status)
        case _:
            return probleme(erreur, Request(scope))
