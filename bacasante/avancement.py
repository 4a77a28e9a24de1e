"""A progress bar for whoever is watching: on a terminal, for anything that may last over two seconds."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

Avance: TypeAlias = Callable[[str], None]


def muet(_etape: str) -> None:
    """Nobody is watching."""


@contextmanager
def barre(total: int, *, silence: bool = False) -> Iterator[Avance]:
    """Call what is given once per step, with its name; nothing is drawn off a terminal."""
    if silence or not sys.stderr.isatty():
        yield muet
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    with Progress(
        TextColumn("{task.description:32}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progres:
        tache = progres.add_task("starting", total=total)

        def avancer(etape: str) -> None:
            progres.update(tache, advance=1, description=etape)

        yield avancer
