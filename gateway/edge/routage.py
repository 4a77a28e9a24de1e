"""Which service answers a path, and in which dialect a refusal of the edge itself is written (architecture §2)."""

import re
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

Dialecte: TypeAlias = Literal["probleme", "fhir", "soap", "oauth", "html"]


@dataclass(frozen=True, slots=True)
class Route:
    """``corps_max``: the largest request body this surface takes, in bytes (documents and mails are large).

    ``surface``: the first segment of a national face, always journalled and open to faults; None for what may be the
    sandbox's own (control, console, health), where the path tells.
    """

    service: str
    dialecte: Dialecte
    corps_max: int = 4_000_000
    surface: str | None = None


_TABLE: tuple[tuple[str, Route], ...] = (
    ("/fhir/dmp", Route("dmp", "fhir", 64_000_000)),
    ("/fhir/eprescription", Route("eprescription", "fhir")),
    ("/annuaire", Route("mss", "fhir")),
    ("/si-dmp-server", Route("dmp", "soap", 64_000_000)),
    ("/insi", Route("ins", "probleme")),
    ("/adri", Route("adri", "probleme")),
    ("/apcv", Route("apcv", "probleme")),
    ("/fse", Route("apcv", "probleme")),
    ("/mes", Route("dmp", "probleme")),
    ("/dmp", Route("dmp", "html")),
    ("/AccesDirect", Route("dmp", "html")),
    ("/mss", Route("mss", "probleme", 40_000_000)),
    ("/mail", Route("mss", "probleme")),
    ("/listeblanchemssante.xml", Route("mss", "probleme")),
    ("/eprescription", Route("eprescription", "probleme")),
    ("/auth", Route("gateway", "oauth")),
    ("/console", Route("gateway", "html")),
)
_INSTANTANES = Route("gateway", "probleme", 1 << 30)
_PASSERELLE = Route("gateway", "probleme")

_PAR_SEGMENT: dict[str, list[tuple[str, str, Route]]] = {}
for _prefixe, _route in _TABLE:
    _segment = _prefixe.split("/")[1]
    if _segment != "console":
        _route = replace(_route, surface=_segment)
    _PAR_SEGMENT.setdefault(_segment, []).append((_prefixe, _prefixe + "/", _route))

_ACTIONS: tuple[tuple[str, str], ...] = (
    ("urn:ServiceIdentiteCertifiee:", "ins"),
    ("urn:adr:", "adri"),
    ("urn:ApCV_", "apcv"),
)
_ACTION = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?Action(?:\s[^<>]*)?>\s*([^<\s]{1,300})\s*</")


def router(path: str) -> Route:
    """The route of a public path without its bac prefix; what nobody owns is the gateway's (a clear 404)."""
    for prefixe, dessous, route in _PAR_SEGMENT.get(path.split("/", 2)[1] if path[:1] == "/" else "", ()):
        if path.startswith(dessous) or path == prefixe:
            return route
    return _INSTANTANES if path.startswith("/_bac/snapshots/") else _PASSERELLE


def action_soap(corps: bytes, content_type: str) -> str:
    """``wsa:Action`` of an envelope, or the ``action`` parameter of its media type; ``""`` when there is none."""
    if (trouve := _ACTION.search(corps[:65_536])) is not None:
        return trouve.group(1).decode("utf-8", "replace")
    if (parametre := re.search(r'action="?([^";]+)', content_type)) is not None:
        return parametre.group(1)
    return ""


def service_de_laction(action: str) -> str | None:
    return next((service for prefixe, service in _ACTIONS if action.startswith(prefixe)), None)
