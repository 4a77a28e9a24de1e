"""Run once before the containers start: the test PKI with the host names of the installation."""

import sys
from pathlib import Path

from gateway.pki import Pki


def main(argv: list[str]) -> None:
    """``python -m bacasante.preparation FOLDER [HOST …]``."""
    dossier, *hotes = argv
    Pki.load_or_create(Path(dossier) / "pki", ("localhost", "127.0.0.1", *hotes))


if __name__ == "__main__":
    main(sys.argv[1:])
