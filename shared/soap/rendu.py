"""SOAP answers for the web layer: faults as ``surfaces`` of a service, envelopes as responses.

A route that has parsed its envelope leaves it in ``request.state.enveloppe``, so that a fault speaks the caller's SOAP
version and relates to its message.
"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from shared.errors import DomainError
from shared.soap.envelope import Enveloppe, VersionSoap, ecrire_enveloppe, type_de_reponse
from shared.soap.faults import FaultRendue, fault, fault_dmp, fault_siram
from shared.soap.gabarit import Xml

Rendu = Callable[[DomainError, Request], Response]


def retenir(request: Request, enveloppe: Enveloppe) -> Enveloppe:
    """Remember the envelope of this request for whoever renders its refusal."""
    request.state.enveloppe = enveloppe
    return enveloppe


def rendu_siram(erreur: DomainError, request: Request) -> Response:
    """``siram:Erreur`` faults: INSi, ADRi, apCV."""
    version, message_id = _contexte(request)
    return _reponse(erreur, fault_siram(erreur, version=version, message_id=message_id))


def rendu_dmp(erreur: DomainError, request: Request) -> Response:
    """DMP faults: the DMP error code as Subcode."""
    version, message_id = _contexte(request)
    return _reponse(erreur, fault_dmp(erreur, version=version, relates_to=message_id))


def rendu_soap(erreur: DomainError, request: Request) -> Response:
    """Plain faults."""
    version, message_id = _contexte(request)
    return _reponse(erreur, fault(erreur, version=version, relates_to=message_id))


def reponse_soap(corps: Xml, demande: Enveloppe, *, action: str | None = None) -> Response:
    """The answer to an envelope: same version, related to it; the action is the request's plus ``Response``."""
    suite = action or (f"{demande.action}Response" if demande.action else None)
    brut = ecrire_enveloppe(corps, version=demande.version, action=suite, relates_to=demande.message_id)
    return Response(brut, 200, media_type=type_de_reponse(demande.version, suite))


def _contexte(request: Request) -> tuple[VersionSoap, str | None]:
    enveloppe: Enveloppe | None = getattr(request.state, "enveloppe", None)
    if enveloppe is not None:
        return enveloppe.version, enveloppe.message_id
    return ("1.1" if request.headers.get("content-type", "").startswith("text/xml") else "1.2"), None


def _reponse(erreur: DomainError, rendue: FaultRendue) -> Response:
    return Response(rendue.corps, rendue.status, media_type=rendue.media_type, headers=erreur.entetes)
