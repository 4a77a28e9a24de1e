"""How the demo is told: to a person with rich, to a machine as one JSON object a line."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Protocol

import orjson
from rich.console import Console
from rich.markup import escape

from bacasante.demo.modele import Echange, Promesse, PromesseRompue, Recit


class Rendu(Protocol):
    def debut(self, base: str, bac: str, lancee: bool) -> None: ...

    def etape(self, recit: Recit) -> None: ...

    def ligne(self, ligne: Echange | Promesse) -> None: ...

    def fin_etape(self, recit: Recit) -> None: ...

    def fin(self, recits: Sequence[Recit], duree_s: float) -> None: ...


class RenduConsole:
    """For people: each step, what was sent, what came back, what another wire showed."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)

    def debut(self, base: str, bac: str, lancee: bool) -> None:
        propre = " (started for this demo)" if lancee else ""
        self.console.print(f"[bold]Bac à Santé[/bold] · one consultation, ten steps, bac [cyan]{escape(bac)}[/cyan]")
        self.console.print(f"[dim]{escape(base)}{propre}[/dim]\n")

    def etape(self, recit: Recit) -> None:
        services = ", ".join(recit.services)
        self.console.print(
            f"[bold cyan]{recit.numero:>2}[/bold cyan] [bold]{escape(recit.titre)}[/bold] [dim]{services}[/dim]"
        )

    def ligne(self, ligne: Echange | Promesse) -> None:
        if isinstance(ligne, Promesse):
            self.console.print(f"   [green]✓[/green] {escape(ligne.quoi)} [dim]— seen by {escape(ligne.voie)}[/dim]")
            return
        qui = f"{ligne.qui}: " if ligne.qui else ""
        self.console.print(f"   [blue]→[/blue] [dim]{escape(ligne.voie)}[/dim] {escape(qui)}{escape(ligne.envoi)}")
        self.console.print(f"   [blue]←[/blue] {escape(ligne.retour)}")

    def fin_etape(self, recit: Recit) -> None:
        if recit.evenements:
            self.console.print(f"   [magenta]⚑[/magenta] [dim]events:[/dim] {escape(', '.join(recit.evenements))}")
        if recit.echec is None:
            self.console.print(f"   [dim]ok in {recit.duree_ms:.0f} ms[/dim]\n")
            return
        self._echec(recit.echec)

    def _echec(self, echec: PromesseRompue) -> None:
        self.console.print(
            f"   [bold red]✗ broken promise:[/bold red] {escape(echec.quoi)} [dim]({escape(echec.voie)})[/dim]"
        )
        if echec.attendu is not None:
            self.console.print(f"     expected {escape(str(echec.attendu)[:300])}")
        if echec.recu is not None:
            self.console.print(f"     received {escape(str(echec.recu)[:300])}")
        if echec.pourquoi:
            self.console.print(f"     why: {escape(echec.pourquoi)}")

    def fin(self, recits: Sequence[Recit], duree_s: float) -> None:
        rates = [r for r in recits if r.echec]
        if rates:
            self.console.print(f"\n[bold red]The demo stopped at step {rates[0].numero}.[/bold red]")
            return
        promesses = sum(len(r.promesses) for r in recits)
        self.console.print(
            f"[bold green]Ten steps ok[/bold green]: {promesses} promises kept on "
            f"{len({p.voie for r in recits for p in r.promesses})} wires in {duree_s:.1f} s."
        )


class RenduJson:
    """For machines: ``{"kind": "start" | "step" | "end", …}``, one object a line on standard output."""

    def debut(self, base: str, bac: str, lancee: bool) -> None:
        _ecrire({"kind": "start", "base_url": base, "bac": bac, "own_instance": lancee})

    def etape(self, recit: Recit) -> None:
        """Nothing: a step is told when it ends."""

    def ligne(self, ligne: Echange | Promesse) -> None:
        """Nothing: a step is told when it ends."""

    def fin_etape(self, recit: Recit) -> None:
        _ecrire(
            {
                "kind": "step",
                "step": recit.numero,
                "title": recit.titre,
                "services": recit.services,
                "ok": recit.echec is None,
                "duration_ms": round(recit.duree_ms, 1),
                "exchanges": [
                    {"wire": e.voie, "who": e.qui, "sent": e.envoi, "received": e.retour, "journal": e.journal}
                    for e in recit.echanges
                ],
                "promises": [{"what": p.quoi, "seen_by": p.voie} for p in recit.promesses],
                "events": recit.evenements,
                "broken": _echec(recit.echec),
            }
        )

    def fin(self, recits: Sequence[Recit], duree_s: float) -> None:
        rates = [r.numero for r in recits if r.echec]
        _ecrire(
            {
                "kind": "end",
                "ok": not rates,
                "steps": len(recits),
                "failed_step": rates[0] if rates else None,
                "promises": sum(len(r.promesses) for r in recits),
                "duration_s": round(duree_s, 2),
            }
        )


def _echec(echec: PromesseRompue | None) -> dict[str, Any] | None:
    if echec is None:
        return None
    return {
        "what": echec.quoi,
        "wire": echec.voie,
        "expected": None if echec.attendu is None else str(echec.attendu)[:300],
        "received": None if echec.recu is None else str(echec.recu)[:300],
        "why": echec.pourquoi,
    }


def _ecrire(objet: dict[str, Any]) -> None:
    sys.stdout.write(orjson.dumps(objet, default=asdict).decode() + "\n")
    sys.stdout.flush()
