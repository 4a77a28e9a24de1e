"""Files of the PKI: written whole or not at all, private keys readable by their owner only."""

import os
import tempfile
from pathlib import Path


def ecrire(chemin: Path, contenu: bytes, *, prive: bool = False) -> None:
    """Replace ``chemin`` atomically: a reader sees the former bytes or the new ones."""
    chemin.parent.mkdir(parents=True, exist_ok=True)
    descripteur, temporaire = tempfile.mkstemp(dir=chemin.parent, prefix=f".{chemin.name}.")
    try:
        with os.fdopen(descripteur, "wb") as fichier:
            fichier.write(contenu)
            fichier.flush()
            os.fsync(fichier.fileno())
        os.chmod(temporaire, 0o600 if prive else 0o644)
        os.replace(temporaire, chemin)
    except BaseException:
        Path(temporaire).unlink(missing_ok=True)
        raise
