"""Rebuild the package data of ``shared.nomenclatures`` from a folder of code tables.

    python scripts/nomenclatures.py FOLDER [--dest shared/nomenclatures]

FOLDER holds ``*.csv`` (UTF-8, header on line 1) and ``README-*.md`` whose Markdown tables tell, file by file, where the
values come from. The tables are copied byte for byte into ``tables/``; ``index.json`` records for each table (those of
``nos/`` included, which live in the repository) its columns, rows, source, version and SHA-256. Same input, same bytes.
"""

import argparse
import csv
import hashlib
import io
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

RACINE = Path(__file__).resolve().parent.parent
CLES = ("code", "id", "lettre", "cip13", "name", "xds_code", "cda_document_template_id")
LIBELLES = (
    "display",
    "libelle",
    "label(short, for display)",
    "profession",
    "designation",
    "denomination",
    "message",
    "meaning",
    "when",
    "purpose",
    "content",
    "decision",
)
_FICHIERS = re.compile(r"`([a-z0-9_*]+\.csv)`")
_VERSION = re.compile(r"\bv(?P<v>\d{4}-\d{2}-\d{2}|\d+\.\d+)\b|\b(?P<jour>\d{4}-\d{2}-\d{2})\b")


def main() -> int:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("dossier", type=Path, help="folder of the code tables")
    arguments.add_argument("--dest", type=Path, default=RACINE / "shared" / "nomenclatures")
    choix = arguments.parse_args()
    if not choix.dossier.is_dir() or not list(choix.dossier.glob("*.csv")):
        print(f"{choix.dossier}: no code tables here", file=sys.stderr)
        return 2
    copiees = copier(choix.dossier, choix.dest / "tables")
    index = construire(choix.dest)
    (choix.dest / "index.json").write_text(index, encoding="utf-8", newline="\n")
    print(f"{copiees} tables copied, {len(json.loads(index)['tables'])} indexed in {choix.dest}")
    return 0


def copier(dossier: Path, cible: Path) -> int:
    """Replace the content of ``tables/`` by the tables and notes of the folder."""
    cible.mkdir(parents=True, exist_ok=True)
    for ancien in (*cible.glob("*.csv"), *cible.glob("README-*.md")):
        ancien.unlink()
    for note in sorted(dossier.glob("README-*.md")):
        shutil.copyfile(note, cible / note.name)
    tables = sorted(dossier.glob("*.csv"))
    for table in tables:
        shutil.copyfile(table, cible / table.name)
    return len(tables)


def construire(destination: Path) -> str:
    """The text of ``index.json`` for what lies in ``tables/`` and ``nos/``."""
    tables: dict[str, Any] = {}
    for dossier in ("tables", "nos"):
        sources = lire_sources(destination / dossier)
        for chemin in sorted((destination / dossier).glob("*.csv")):
            if chemin.stem in tables:
                raise ValueError(f"two tables are named {chemin.stem}")
            tables[chemin.stem] = decrire(chemin, dossier, sources.get(chemin.name, ""))
    return json.dumps({"tables": tables}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def lire_sources(dossier: Path) -> dict[str, str]:
    """file name → what the notes say of it (last cell of its line)."""
    sources: dict[str, str] = {}
    for note in sorted(dossier.glob("README-*.md")):
        for ligne in note.read_text(encoding="utf-8").splitlines():
            cellules = [c.strip() for c in ligne.strip().strip("|").split(" | ")]
            if not ligne.startswith("|") or len(cellules) < 3:
                continue
            for motif in _FICHIERS.findall(cellules[0]):
                for fichier in dossier.glob(motif):
                    sources.setdefault(fichier.name, cellules[-1])
    return sources


def decrire(chemin: Path, dossier: str, source: str) -> dict[str, Any]:
    octets = chemin.read_bytes()
    lecteur = csv.DictReader(io.StringIO(octets.decode("utf-8"), newline=""))
    lignes = list(lecteur)
    colonnes = list(lecteur.fieldnames or ())
    if any(None in ligne or None in ligne.values() for ligne in lignes):
        raise ValueError(f"{chemin.name}: a line has not {len(colonnes)} columns")
    versions = {v for ligne in lignes for k in ("value_set_date", "date_tarif") if (v := ligne.get(k))}
    trouvee = _VERSION.search(source)
    annoncee = (trouvee["v"] or trouvee["jour"]) if trouvee else ""
    return {
        "fichier": f"{dossier}/{chemin.name}",
        "colonnes": colonnes,
        "cle": next((c for c in CLES if c in colonnes), colonnes[0]),
        "libelle": next((c for c in LIBELLES if c in colonnes), colonnes[min(1, len(colonnes) - 1)]),
        "lignes": len(lignes),
        "source": source,
        "version": max(versions, default=annoncee),
        "sha256": hashlib.sha256(octets).hexdigest(),
    }


if __name__ == "__main__":
    raise SystemExit(main())
