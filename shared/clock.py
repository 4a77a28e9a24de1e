"""Time is injected: the bac decides what *now* is."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol, TypeAlias

Mode: TypeAlias = Literal["reel", "fige", "decale", "accelere"]


class Clock(Protocol):
    def now(self) -> datetime:
        """The current instant, timezone-aware, UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Horloge:
    """The clock of a bac: real, frozen, shifted or scaled (architecture §11.3).

    ``ancre_reelle`` is the wall-clock instant at which the clock was set, ``ancre_bac`` what the bac showed then,
    ``vitesse`` bac seconds per real second (0 when frozen).
    """

    mode: Mode = "reel"
    ancre_reelle: datetime | None = None
    ancre_bac: datetime | None = None
    vitesse: float = 1.0

    def at(self, reel: datetime) -> datetime:
        if self.mode == "reel" or self.ancre_reelle is None or self.ancre_bac is None:
            return reel
        return self.ancre_bac + (reel - self.ancre_reelle) * self.vitesse

    def now(self) -> datetime:
        return self.at(datetime.now(UTC))

    def figee(self, instant: datetime, *, reel: datetime) -> "Horloge":
        return Horloge("fige", reel, instant, 0.0)

    def decalee(self, instant: datetime, *, reel: datetime) -> "Horloge":
        return Horloge("decale", reel, instant, 1.0)

    def acceleree(self, vitesse: float, *, reel: datetime) -> "Horloge":
        return Horloge("accelere", reel, self.at(reel), vitesse)

    def avancee(self, duree: timedelta, *, reel: datetime) -> "Horloge":
        """Move on by ``duree``; a real clock becomes a shifted one, the others keep their mode."""
        mode: Mode = "decale" if self.mode == "reel" else self.mode
        return Horloge(mode, reel, self.at(reel) + duree, self.vitesse)

    def to_json(self) -> dict[str, object]:
        return {
            "mode": self.mode,
            "ancre_reelle": self.ancre_reelle.isoformat() if self.ancre_reelle else None,
            "ancre_bac": self.ancre_bac.isoformat() if self.ancre_bac else None,
            "vitesse": self.vitesse,
        }

    @classmethod
    def from_json(cls, d: dict[str, object]) -> "Horloge":
        def instant(valeur: object) -> datetime | None:
            return datetime.fromisoformat(str(valeur)) if valeur else None

        return cls(
            d.get("mode", "reel"),  # type: ignore[arg-type]  # written by to_json
            instant(d.get("ancre_reelle")),
            instant(d.get("ancre_bac")),
            float(str(d.get("vitesse", 1.0))),
        )
