"""Write docs/evenements.md, the contract of every event, from the classes of ``shared.contracts``.

    python scripts/evenements.py [--check]

``--check`` writes nothing and fails when the file does not say what the code says.
"""

import argparse
import importlib
import inspect
import pkgutil
import sys
from pathlib import Path
from typing import Any

RACINE = Path(__file__).resolve().parent.parent
CIBLE = RACINE / "docs" / "evenements.md"

ENTETE = """# Events

Generated from `shared/contracts` by `make coverage`; a change here is a change there.

Each event travels as a CloudEvents JSON on the subject `bac.{bac}.` followed by the name below, at least once and in
the order of its producer; its id is the deduplication key. Contracts grow by addition: a breaking change is a new
subject. Every event also carries `occurred_at`, the date of the fact on the clock of its bac.
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when the file is out of date")
    check = parser.parse_args().check
    return 0 if ecrire(CIBLE, page(), check=check) else 1


def ecrire(cible: Path, texte: str, *, check: bool) -> bool:
    """Write a generated file, or with ``check`` only say whether it is up to date."""
    if not check:
        cible.parent.mkdir(parents=True, exist_ok=True)
        cible.write_text(texte, encoding="utf-8")
        return True
    if cible.is_file() and cible.read_text(encoding="utf-8") == texte:
        return True
    print(f"{cible.relative_to(RACINE)} is out of date: make coverage", file=sys.stderr)
    return False


def page() -> str:
    return ENTETE + "".join(_section(nom, classes) for nom, classes in contrats().items())


def contrats() -> dict[str, list[type[Any]]]:
    """Event classes with a subject, by producer, in the order of their source."""
    sys.path.insert(0, str(RACINE))
    paquet = importlib.import_module("shared.contracts")
    base = importlib.import_module("shared.contracts.event").Event
    trouves: dict[str, list[type[Any]]] = {}
    for info in sorted(pkgutil.iter_modules(paquet.__path__), key=lambda i: i.name):
        module = importlib.import_module(f"shared.contracts.{info.name}")
        classes = [
            c
            for c in vars(module).values()
            if inspect.isclass(c) and issubclass(c, base) and c.__module__ == module.__name__ and c.subject
        ]
        if classes:
            trouves[info.name] = classes
    return trouves


def _section(nom: str, classes: list[type[Any]]) -> str:
    return f"\n## {nom}\n" + "".join(_evenement(c) for c in classes)


def _evenement(classe: type[Any]) -> str:
    # A docstring inherited from the base says nothing of this event.
    doc = inspect.cleandoc(classe.__doc__) if classe.__doc__ else ""
    champs = [(n, c) for n, c in classe.model_fields.items() if n != "occurred_at"]
    lignes = [f"\n### `{classe.subject}`\n", f"`{classe.__name__}`" + (f": {doc}" if doc else ""), ""]
    if champs:
        lignes += ["| field | type | required |", "|---|---|---|"]
        lignes += [
            f"| `{nom}` | `{_type(champ.annotation)}` | {'yes' if champ.is_required() else 'no'} |"
            for nom, champ in champs
        ]
    else:
        lignes.append("No field of its own.")
    return "\n".join(lignes) + "\n"


def _type(annotation: Any) -> str:
    nom = (
        annotation.__name__ if inspect.isclass(annotation) and not hasattr(annotation, "__args__") else str(annotation)
    )
    return nom.replace("typing.", "").replace("datetime.", "").replace("|", "or").replace("NoneType", "None")


if __name__ == "__main__":
    sys.exit(main())
