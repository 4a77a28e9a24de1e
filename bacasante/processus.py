"""One process of the distributed topology: ``python -m bacasante.processus dmp --port 8404``.

Everything else comes from the environment, under the service's prefix (``DMP_DATABASE_URL`` …).
"""

import argparse
import importlib
import os
import sys
from pathlib import Path

from bacasante.prise import contexte_tls, ecouter
from bacasante.topologie import TOUS
from shared.observability.sobre import importer_structlog


def main(argv: list[str] | None = None) -> int:
    lecteur = argparse.ArgumentParser(prog="python -m bacasante.processus", description=__doc__)
    lecteur.add_argument("nom", choices=[p.nom for p in TOUS])
    lecteur.add_argument("--host", default="127.0.0.1")
    lecteur.add_argument("--port", type=int, default=0)
    lecteur.add_argument("--tls", type=Path, metavar="PKI", help="serve HTTPS with the PKI of this folder")
    lecteur.add_argument("--san", action="append", default=[], help="further host name of the certificate")
    arguments = lecteur.parse_args(argv)
    importer_structlog()
    from bacasante.serveur import servir
    from shared.observability.logging import configurer

    processus = next(p for p in TOUS if p.nom == arguments.nom)
    configurer(
        niveau=os.environ.get(f"{processus.prefixe}LOG_LEVEL", "INFO"),
        format="json" if os.environ.get(f"{processus.prefixe}LOG_FORMAT") == "json" else "console",
    )
    app = importlib.import_module(processus.module).create_app()
    tls = contexte_tls(arguments.tls, arguments.san) if arguments.tls else None
    return 0 if servir(app, ecouter(arguments.host, arguments.port or processus.port), tls=tls) else 1


if __name__ == "__main__":
    sys.exit(main())
