"""Plays the ten steps in order and stops at the first broken promise."""

import contextlib
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bacasante.demo.fil import Fil
from bacasante.demo.instance import InstanceInjoignable, confiance, propre_instance, repond
from bacasante.demo.modele import Etape, PromesseRompue, Recit
from bacasante.demo.rendu import Rendu, RenduConsole, RenduJson
from bacasante.demo.scene import Scene
from shared.edge.bac import DEFAUT, verifier_nom
from shared.errors import DomainError

URL = "http://127.0.0.1:8400"


def demo(base_url: str = URL, bac: str = DEFAUT, *, json: bool = False, propre: bool = True) -> int:
    """Play the demo; 0 when every promise holds, 1 at the first broken one, 2 when there is nothing to play against.

    When nothing answers at ``base_url`` an instance is started for the length of the demo (unless ``propre`` is off).
    """
    from bacasante.demo.etapes import ETAPES

    rendu: Rendu = RenduJson() if json else RenduConsole()
    base = base_url.rstrip("/")
    try:
        verifier_nom(bac)
        with contextlib.ExitStack() as pile:
            ca, lancee = pile.enter_context(confiance(base)), False
            if not repond(base, ca):
                if not propre:
                    raise InstanceInjoignable(f"no ready instance answers at {base}")
                base, ca, lancee = pile.enter_context(propre_instance()), None, True
            racine = base if bac == DEFAUT else f"{base}/bac/{bac}"
            rendu.debut(racine, bac, lancee)
            return 0 if jouer(racine, bac, ETAPES, rendu, ca=ca).tenue else 1
    except (InstanceInjoignable, DomainError) as erreur:
        sys.stderr.write(f"{erreur}\n")
        return 2


@dataclass(frozen=True, slots=True)
class Bilan:
    """How it went, and what the actors held at the end."""

    recits: tuple[Recit, ...]
    scene: Scene

    @property
    def tenue(self) -> bool:
        return all(recit.echec is None for recit in self.recits)


def jouer(racine: str, bac: str, etapes: Sequence[Etape], rendu: Rendu, *, ca: str | None = None) -> Bilan:
    """Every step in turn against the bac whose root is ``racine``, up to the first broken promise."""
    debut = time.perf_counter()
    recits: list[Recit] = []
    with contextlib.closing(Fil(racine, ca=ca)) as fil:
        scene = Scene(fil, bac)
        vus: set[str] = set()
        for etape in etapes:
            recit = Recit(etape.numero, etape.titre, etape.services, suivre=rendu.ligne)
            recits.append(recit)
            fil.recit = recit
            rendu.etape(recit)
            _jouer_une(etape, scene, recit, vus)
            rendu.fin_etape(recit)
            if recit.echec is not None:
                break
    rendu.fin(recits, time.perf_counter() - debut)
    return Bilan(tuple(recits), scene)


def _jouer_une(etape: Etape, scene: Scene, recit: Recit, vus: set[str]) -> None:
    debut = time.perf_counter()
    try:
        if not vus:
            vus.update(_ids(scene))
            vus.add("")  # a bac without any event is known to have none
        etape.jouer(scene, recit)
        nouveaux = [e for e in scene.evenements() if e["id"] not in vus]
        vus.update(e["id"] for e in nouveaux)
        recit.evenements = list(dict.fromkeys(str(e["subject"]) for e in nouveaux))
    except PromesseRompue as rompue:
        recit.echec = rompue
    except Exception as erreur:
        recit.echec = PromesseRompue(
            "the step plays to its end", voie="demo", recu=f"{type(erreur).__name__}: {erreur}"[:300]
        )
    finally:
        recit.duree_ms = (time.perf_counter() - debut) * 1000


def _ids(scene: Scene) -> list[str]:
    return [str(e["id"]) for e in scene.evenements()]
