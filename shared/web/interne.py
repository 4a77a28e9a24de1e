"""What the edge hands to a service with a request: an object in one process, headers between two.

Nothing that comes from outside can set it: a server builds the scope from the wire, and this is not on it.
"""

from dataclasses import dataclass

from shared.decision import Notes
from shared.edge.bac import Bac
from shared.web.asgi import Scope

CLE = "bacasante.interne"


@dataclass(slots=True)
class Interne:
    """``bac`` is stamped with the instant of the request; ``notes`` is what the service leaves for the journal;
    ``commence`` tells that the answer has begun to leave."""

    bac: Bac
    certificat: str | None = None
    notes: Notes | None = None
    commence: bool = False


def interne_de(scope: Scope) -> Interne | None:
    trouve: Interne | None = scope.get(CLE)
    return trouve
