"""The bac as everything below the edge sees it: a name, an epoch, a clock, settings."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, TypeAlias

import orjson

from shared.clock import Horloge
from shared.errors import Invalide

Profil: TypeAlias = Literal["homologation", "standard", "lenient"]
OidMode: TypeAlias = Literal["qualif", "test"]

_NOM = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
DEFAUT = "default"


def verifier_nom(nom: str) -> str:
    """Return ``nom`` if it is a legal bac name, else raise :class:`Invalide` (architecture §11.1)."""
    if not _NOM.fullmatch(nom):
        raise Invalide(
            f"{nom!r} is not a bac name: 1 to 32 lower-case letters, digits and hyphens, not starting with a hyphen",
            f"{nom!r} n'est pas un nom de bac : 1 à 32 minuscules, chiffres et tirets, sans tiret au début",
            regle="BAC-NOM-01",
            champ="bac",
        )
    return nom


@dataclass(frozen=True, slots=True)
class Reglages:
    """Settings of one bac. ``jetons`` says whether tokens are stamped with the bac's time or the real one."""

    profil: Profil = "standard"
    oid_mode: OidMode = "qualif"
    copie_dmp: Literal["logiciel", "base"] = "logiciel"
    jetons: Literal["bac", "reel"] = "bac"


@dataclass(frozen=True, slots=True)
class Bac:
    """One isolated copy of the national back-end, as stamped on a request. It is also the request's ``Clock``.

    ``base_url`` is the public root of the bac (``http://127.0.0.1:8400`` or ``…/bac/ci-1``), without a final slash.
    ``epoque`` grows at each reset. ``maintenant`` is fixed for the length of a request.
    """

    nom: str
    epoque: int = 1
    graine: str = "demo"
    reference: date = date(2026, 1, 1)
    horloge: Horloge = field(default_factory=Horloge)
    reglages: Reglages = field(default_factory=Reglages)
    base_url: str = "http://127.0.0.1:8400"
    maintenant: datetime | None = None

    def now(self) -> datetime:
        return self.maintenant or self.horloge.now()

    def estampille(self, maintenant: datetime | None = None) -> "Bac":
        """The same bac with *now* fixed."""
        return Bac(
            self.nom,
            self.epoque,
            self.graine,
            self.reference,
            self.horloge,
            self.reglages,
            self.base_url,
            maintenant or self.horloge.now(),
        )

    def to_json(self) -> bytes:
        """State without the stamp, for the internal header and the control face."""
        return orjson.dumps(
            {
                "nom": self.nom,
                "epoque": self.epoque,
                "graine": self.graine,
                "reference": self.reference.isoformat(),
                "horloge": self.horloge.to_json(),
                "reglages": {
                    "profil": self.reglages.profil,
                    "oid_mode": self.reglages.oid_mode,
                    "copie_dmp": self.reglages.copie_dmp,
                    "jetons": self.reglages.jetons,
                },
                "base_url": self.base_url,
            }
        )

    @classmethod
    def from_json(cls, brut: bytes | str | dict[str, Any]) -> "Bac":
        d: dict[str, Any] = brut if isinstance(brut, dict) else orjson.loads(brut)
        return cls(
            nom=d["nom"],
            epoque=d["epoque"],
            graine=d["graine"],
            reference=date.fromisoformat(d["reference"]),
            horloge=Horloge.from_json(d["horloge"]),
            reglages=Reglages(**d["reglages"]),
            base_url=d["base_url"],
        )
