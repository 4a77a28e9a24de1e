"""One refusal of the provider, as data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Regle:
    """``error`` and ``description`` are the platform's words; ``en`` and ``fr`` explain them to an integrator."""

    id: str
    error: str
    description: str
    en: str
    fr: str
    source: str
    statut: int = 400
