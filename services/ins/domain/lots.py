"""Vérification par lot: our own JSON design, the real format is not public (insi.md §7)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from shared.errors import Introuvable, Invalide

EtatLot: TypeAlias = Literal["EN_COURS", "TERMINE"]
TAILLE_MAX = 1000
DELAI = timedelta(seconds=2)


class LotInvalide(Invalide):
    regle = "INSI-LOT-01"


class LotIntrouvable(Introuvable):
    regle = "INSI-LOT-02"


@dataclass(frozen=True, slots=True)
class ResultatLot:
    """One answer of a batch: a CR, or the technical failure of that item alone."""

    ref: str
    code_cr: str | None
    erreur: str | None = None


@dataclass(frozen=True, slots=True)
class Lot:
    id: str
    depose_le: datetime
    resultats: tuple[ResultatLot, ...]

    def etat(self, at: datetime, delai: timedelta = DELAI) -> EtatLot:
        """Results appear once the delay has passed on the bac's clock."""
        return "TERMINE" if at - self.depose_le >= delai else "EN_COURS"


def controler_refs(refs: list[str], *, taille_max: int = TAILLE_MAX) -> None:
    """At least one item, at most the bound, and a reference that names one item only."""
    if not refs or len(refs) > taille_max:
        raise LotInvalide(
            f"a batch holds 1 to {taille_max} items, {len(refs)} received",
            f"un lot compte de 1 à {taille_max} éléments, {len(refs)} reçus",
            champ="items",
        )
    if len(set(refs)) != len(refs):
        raise LotInvalide(
            "each item of a batch has its own ref", "chaque élément d'un lot a sa propre ref", champ="items/ref"
        )
