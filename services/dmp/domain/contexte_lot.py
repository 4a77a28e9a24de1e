"""What the feeding rules need besides the lot: who feeds, when, what is already there, the limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.dmp.domain.cda import EnTete
from services.dmp.domain.lot import Ins
from services.dmp.domain.situation import Acteur
from services.dmp.domain.valeurs import Valeurs


@dataclass(frozen=True, slots=True)
class Limites:
    documents: int = 20
    octets: int = 25_000_000


@dataclass(frozen=True, slots=True)
class Contexte:
    """What the checks need besides the lot: who feeds, when, and what is already there."""

    now: datetime
    valeurs: Valeurs
    acteur: Acteur
    entetes: Mapping[str, EnTete] = field(default_factory=dict)
    """CDA headers by ``ref`` of the entry; an unreadable CDA is reported by ``illisibles``."""
    illisibles: Mapping[str, str] = field(default_factory=dict)
    connus: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """uniqueId → (matricule, SHA-1) of what the registry already holds."""
    contenus: frozenset[tuple[str, str, str]] = frozenset()
    """(author, type, SHA-1) of the Approved entries of this dossier."""
    limites: Limites = Limites()
    cumul_invisible_masque: bool = False
    ins_attendu: Ins | None = None
    """The patient of the VIHF, when the caller names one outside the lot."""
