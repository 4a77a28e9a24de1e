"""The compose file, from the same table as ``--full``: ``python -m bacasante.composition > deploy/compose.yaml``."""

import json
import sys
from typing import Any

from bacasante.options import IMAP, PORT, SMTP
from bacasante.topologie import PASSERELLE, SERVICES, TOUS, Processus

_POSTGRES = "postgres:18-alpine"
_NATS = "nats:2.12-alpine"
_MOT_DE_PASSE = "${POSTGRES_PASSWORD:-bacasante}"
_SECRET = "${BACASANTE_SECRET:-changez-moi}"  # noqa: S105  # a placeholder the environment replaces


def _sonde(url: str) -> dict[str, Any]:
    code = f"import urllib.request as u; u.urlopen('{url}', timeout=3)"
    return {"test": ["CMD", "python", "-c", code], "interval": "5s", "timeout": "4s", "retries": 20}


def _environnement(processus: Processus) -> dict[str, str]:
    p = processus.prefixe
    commun = {
        f"{p}DATA": "/data",
        f"{p}DATABASE_URL": f"postgresql://postgres:{_MOT_DE_PASSE}@postgres/{processus.base}",
        f"{p}NATS_URL": "nats://nats:4222",
        f"{p}SECRET": _SECRET,
        f"{p}GATEWAY_URL": f"http://{PASSERELLE.nom}:{PASSERELLE.port}",
        f"{p}LOG_FORMAT": "json",
    }
    if processus.nom == "mss":
        commun |= {
            "MSS_COURRIER_HOTE": "0.0.0.0",  # noqa: S104  # inside its own container
            "MSS_SMTP_PORT": str(SMTP),
            "MSS_IMAP_PORT": str(IMAP),
            "MSS_TLS_CERTIFICAT": "/data/pki/serveur.pem",
            "MSS_TLS_CLE": "/data/pki/serveur.key",
        }
    if processus is PASSERELLE:
        commun |= {
            "GATEWAY_PUBLIC_URL": f"${{PUBLIC_URL:-http://localhost:{PORT}}}",
            "GATEWAY_ADRESSE": f"http://localhost:{PORT}",
            "GATEWAY_LIBRE": "false",
            "GATEWAY_JETON_DE_CONTROLE": "${BACASANTE_CONTROL_TOKEN:?set BACASANTE_CONTROL_TOKEN}",
            "GATEWAY_HOTES": '["gateway"]',
            "GATEWAY_SMTP": f"localhost:{SMTP}",
            "GATEWAY_IMAP": f"localhost:{IMAP}",
            "GATEWAY_SERVICES": json.dumps({s.nom: f"http://{s.nom}:{s.port}" for s in SERVICES}),
        }
    return commun


def _conteneur(processus: Processus) -> dict[str, Any]:
    attentes = {
        "preparation": "service_completed_successfully",
        "postgres": "service_healthy",
        "nats": "service_started",
    }
    if processus is PASSERELLE:
        attentes |= {s.nom: "service_healthy" for s in SERVICES}
    ports = {"mss": [f"127.0.0.1:{SMTP}:{SMTP}", f"127.0.0.1:{IMAP}:{IMAP}"], "gateway": [f"127.0.0.1:{PORT}:{PORT}"]}
    decrit: dict[str, Any] = {
        "image": "bacasante",
        "command": [
            *("python", "-m", "bacasante.processus", processus.nom),
            *("--host", "0.0.0.0", "--port", str(processus.port)),  # noqa: S104  # inside its own container
        ],
        "environment": _environnement(processus),
        "volumes": ["pki:/data"],
        "depends_on": {nom: {"condition": condition} for nom, condition in attentes.items()},
        "healthcheck": _sonde(f"http://127.0.0.1:{processus.port}/health/live"),
        "restart": "unless-stopped",
    }
    if processus.nom in ports:
        decrit["ports"] = ports[processus.nom]
    return decrit


def composer() -> dict[str, Any]:
    """The whole file as a value."""
    bases = " ".join(p.base for p in TOUS)
    creation = (
        f"for b in {bases}; do psql -h postgres -U postgres -tc "  # noqa: S608  # names of our own table
        "\"SELECT 1 FROM pg_database WHERE datname='$$b'\" | grep -q 1 || createdb -h postgres -U postgres $$b; done"
    )
    return {
        "name": "bacasante",
        "services": {
            "postgres": {
                "image": _POSTGRES,
                "environment": {"POSTGRES_PASSWORD": _MOT_DE_PASSE},
                "volumes": ["postgres:/var/lib/postgresql"],
                "healthcheck": {
                    "test": ["CMD-SHELL", "pg_isready -U postgres"],
                    "interval": "2s",
                    "timeout": "3s",
                    "retries": 30,
                },
                "restart": "unless-stopped",
            },
            "nats": {
                "image": _NATS,
                "command": ["-js", "-sd", "/data"],
                "volumes": ["nats:/data"],
                "restart": "unless-stopped",
            },
            "bases": {
                "image": _POSTGRES,
                "environment": {"PGPASSWORD": _MOT_DE_PASSE},
                "command": ["sh", "-c", creation],
                "depends_on": {"postgres": {"condition": "service_healthy"}},
                "restart": "no",
            },
            "preparation": {
                "build": {"context": "..", "dockerfile": "deploy/Dockerfile"},
                "image": "bacasante",
                "command": ["python", "-m", "bacasante.preparation", "/data", "localhost", "gateway", "mss"],
                "volumes": ["pki:/data"],
                "depends_on": {"bases": {"condition": "service_completed_successfully"}},
                "restart": "no",
            },
            **{p.nom: _conteneur(p) for p in TOUS},
        },
        "volumes": {"postgres": {}, "nats": {}, "pki": {}},
    }


def yaml(valeur: Any) -> str:
    """Block YAML, keys in the order of the code. PyYAML is a tool of development: nothing that runs needs it."""
    from yaml import safe_dump

    return str(safe_dump(valeur, sort_keys=False, allow_unicode=True, width=110))


ENTETE = "# Written by `python -m bacasante.composition`: change bacasante/topologie.py, not this file.\n"


def main() -> None:
    sys.stdout.write(ENTETE + yaml(composer()))


if __name__ == "__main__":
    main()
