"""What a step tells: exchanges made, promises kept or broken, events seen."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from bacasante.demo.scene import Scene


class PromesseRompue(Exception):
    """A wire did not do, or did not show, what it should; ``pourquoi`` is the address that explains a refusal."""

    def __init__(
        self, quoi: str, *, voie: str, attendu: Any = None, recu: Any = None, pourquoi: str | None = None
    ) -> None:
        super().__init__(quoi)
        self.quoi = quoi
        self.voie = voie
        self.attendu = attendu
        self.recu = recu
        self.pourquoi = pourquoi


@dataclass(frozen=True, slots=True)
class Echange:
    """One message on one wire: what was sent and what came back, in a line each."""

    voie: str
    envoi: str
    retour: str
    qui: str | None = None
    journal: str | None = None


@dataclass(frozen=True, slots=True)
class Promesse:
    """Something that had to be true, and the wire that showed it."""

    quoi: str
    voie: str


@dataclass(slots=True)
class Recit:
    """The account of one step, filled as it plays; ``suivre`` is told of each line."""

    numero: int
    titre: str
    services: tuple[str, ...]
    echanges: list[Echange] = field(default_factory=list)
    promesses: list[Promesse] = field(default_factory=list)
    evenements: list[str] = field(default_factory=list)
    duree_ms: float = 0.0
    echec: PromesseRompue | None = None
    suivre: Callable[[Echange | Promesse], None] | None = None

    def echange(self, echange: Echange) -> None:
        self.echanges.append(echange)
        if self.suivre:
            self.suivre(echange)

    def promettre(self, quoi: str, tenu: object, *, voie: str, attendu: Any = None, recu: Any = None) -> None:
        """Record a kept promise, or end the demo on a broken one."""
        if not tenu:
            raise PromesseRompue(quoi, voie=voie, attendu=attendu, recu=recu)
        promesse = Promesse(quoi, voie)
        self.promesses.append(promesse)
        if self.suivre:
            self.suivre(promesse)

    def egal(self, quoi: str, recu: Any, attendu: Any, *, voie: str) -> None:
        self.promettre(quoi, recu == attendu, voie=voie, attendu=attendu, recu=recu)


Jeu: TypeAlias = Callable[["Scene", Recit], None]


@dataclass(frozen=True, slots=True)
class Etape:
    """One of the ten: what it shows, the services it cannot do without, and how it plays."""

    numero: int
    titre: str
    services: tuple[str, ...]
    jouer: Jeu
