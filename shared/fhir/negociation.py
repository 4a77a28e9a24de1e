"""Content negotiation of FHIR faces: ``Accept``, ``_format``; JSON is what we speak."""

from functools import lru_cache
from typing import ClassVar

from shared.errors import DomainError

FHIR_JSON = "application/fhir+json; charset=utf-8"
_JSON = frozenset({"json", "application/json", "application/fhir+json", "application/json+fhir", "text/json"})
_TOUT = frozenset({"*/*", "application/*"})
_HTML = frozenset({"text/html", "application/xhtml+xml"})


class FormatNonAcceptable(DomainError):
    """The caller accepts nothing that we can produce (406)."""

    status: ClassVar[int] = 406
    issue: ClassVar[str] = "not-supported"
    slug: ClassVar[str] = "format-non-acceptable"
    regle = "BAC-FHIR-05"


def negocier(accept: str | None, format_demande: str | None = None) -> str:
    """The media type of the answer; ``_format`` wins over ``Accept`` (FHIR R4 §3.1.0.1.11).

    A browser (``text/html`` first) is given JSON; FHIR XML is refused with 406.
    """
    if format_demande:
        # a '+' of an unescaped query string arrives as a blank
        if _nom(format_demande.replace(" ", "+")) in _JSON:
            return FHIR_JSON
        raise _non_acceptable(format_demande, "_format")
    acceptes = types_acceptes(accept)
    if not acceptes or any(t in _JSON or t in _TOUT or t in _HTML for t in acceptes):
        return FHIR_JSON
    raise _non_acceptable(accept or "", "Accept")


@lru_cache(maxsize=256)
def types_acceptes(accept: str | None) -> tuple[str, ...]:
    """Media types of an Accept header, best first, those with ``q=0`` left out."""
    notes: list[tuple[float, int, str]] = []
    for rang, morceau in enumerate((accept or "").split(",")):
        nom, *parametres = (p.strip() for p in morceau.split(";"))
        q = next((p[2:] for p in parametres if p.lower().startswith("q=")), "1")
        try:
            qualite = float(q)
        except ValueError:
            qualite = 1.0
        if nom and qualite > 0:
            notes.append((-qualite, rang, nom.lower()))
    return tuple(nom for _, _, nom in sorted(notes))


def accepte(accept: str | None, media_type: str) -> bool:
    """Whether a document of this type may be sent as it is (ITI-68: 406 otherwise)."""
    vise = _nom(media_type)
    acceptes = types_acceptes(accept)
    return not (accept or "").strip() or any(t in (vise, "*/*", vise.partition("/")[0] + "/*") for t in acceptes)


def _nom(media: str) -> str:
    return media.partition(";")[0].strip().lower()


def _non_acceptable(demande: str, champ: str) -> FormatNonAcceptable:
    return FormatNonAcceptable(
        f"cannot answer as {demande[:100]!r}: application/fhir+json is available",
        f"impossible de répondre en {demande[:100]!r} : application/fhir+json est disponible",
        champ=champ,
    )
