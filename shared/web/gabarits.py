"""HTML pages from the templates of a folder; whatever is put in them is escaped."""

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment


class Gabarits:
    """The engine is imported by the first page: a suite that only answers software never needs it."""

    def __init__(
        self, dossier: Path, filtres: Mapping[str, Callable[..., Any]] | None = None, *, lstrip_blocks: bool = False
    ) -> None:
        self._dossier = dossier
        self._filtres = filtres or {}
        self._lstrip_blocks = lstrip_blocks

    @cached_property
    def _moteur(self) -> "Environment":
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        moteur = Environment(
            loader=FileSystemLoader(self._dossier),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=self._lstrip_blocks,
        )
        moteur.filters |= self._filtres
        return moteur

    def rendre(self, gabarit: str, /, **valeurs: Any) -> str:
        return self._moteur.get_template(gabarit).render(**valeurs)
