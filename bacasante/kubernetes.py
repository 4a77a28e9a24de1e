"""Kubernetes manifests from the same table: ``python -m bacasante.kubernetes > deploy/kubernetes.yaml``.

PostgreSQL and NATS are the cluster's own (an operator, a managed service): their URLs come from the secret
``bacasante``, keys ``database-url-<service>`` and ``nats-url``.
"""

import sys
from typing import Any

from bacasante.composition import yaml
from bacasante.options import IMAP, PORT, SMTP
from bacasante.topologie import PASSERELLE, SERVICES, TOUS, Processus

ESPACE = "bacasante"
_ENTETE = "# Written by `python -m bacasante.kubernetes`: change bacasante/topologie.py, not this file.\n"


def _secret(nom: str, cle: str) -> dict[str, Any]:
    return {"name": nom, "valueFrom": {"secretKeyRef": {"name": ESPACE, "key": cle}}}


def _environnement(processus: Processus) -> list[dict[str, Any]]:
    p = processus.prefixe
    variables: list[dict[str, Any]] = [
        {"name": f"{p}DATA", "value": "/data"},
        {"name": f"{p}GATEWAY_URL", "value": f"http://gateway:{PASSERELLE.port}"},
        {"name": f"{p}LOG_FORMAT", "value": "json"},
        _secret(f"{p}DATABASE_URL", f"database-url-{processus.nom}"),
        _secret(f"{p}NATS_URL", "nats-url"),
        _secret(f"{p}SECRET", "secret"),
    ]
    if processus.nom == "mss":
        variables += [
            {"name": "MSS_COURRIER_HOTE", "value": "0.0.0.0"},  # noqa: S104  # inside its own pod
            {"name": "MSS_TLS_CERTIFICAT", "value": "/pki/tls.crt"},
            {"name": "MSS_TLS_CLE", "value": "/pki/tls.key"},
        ]
    if processus is PASSERELLE:
        urls = ",".join(f'"{s.nom}":"http://{s.nom}:{s.port}"' for s in SERVICES)
        variables += [
            {"name": "GATEWAY_LIBRE", "value": "false"},
            {"name": "GATEWAY_SERVICES", "value": "{" + urls + "}"},
            _secret("GATEWAY_PUBLIC_URL", "public-url"),
            _secret("GATEWAY_JETON_DE_CONTROLE", "control-token"),
        ]
    return variables


def _deploiement(processus: Processus) -> dict[str, Any]:
    """One replica of the gateway (it holds the journal); the services may be scaled."""
    sonde = {"httpGet": {"path": "/health/live", "port": processus.port}, "periodSeconds": 5}
    conteneur: dict[str, Any] = {
        "name": processus.nom,
        "image": "bacasante:0.1.0",
        "args": [
            *("python", "-m", "bacasante.processus", processus.nom),
            *("--host", "0.0.0.0", "--port", str(processus.port)),  # noqa: S104  # inside its own pod
        ],
        "env": _environnement(processus),
        "ports": [{"containerPort": port} for port in _ports(processus).values()],
        "readinessProbe": {"httpGet": {"path": "/health/ready", "port": processus.port}, "periodSeconds": 5},
        "livenessProbe": sonde,
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "1Gi"}},
        "securityContext": {"allowPrivilegeEscalation": False, "runAsNonRoot": True, "runAsUser": 10001},
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
    }
    volumes: list[dict[str, Any]] = [{"name": "data", "emptyDir": {}}]
    if processus.nom == "mss":
        conteneur["volumeMounts"].append({"name": "pki", "mountPath": "/pki", "readOnly": True})
        volumes.append({"name": "pki", "secret": {"secretName": "bacasante-mail-tls"}})
    marques = {"app": ESPACE, "service": processus.nom}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": processus.nom, "namespace": ESPACE, "labels": dict(marques)},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": dict(marques)},
            "template": {
                "metadata": {"labels": dict(marques)},
                "spec": {"containers": [conteneur], "volumes": volumes},
            },
        },
    }


def _ports(processus: Processus) -> dict[str, int]:
    mail = {"smtp": SMTP, "imap": IMAP} if processus.nom == "mss" else {}
    return {"http": PORT if processus is PASSERELLE else processus.port, **mail}


def _service(processus: Processus) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": processus.nom, "namespace": ESPACE},
        "spec": {
            "selector": {"app": ESPACE, "service": processus.nom},
            "ports": [{"name": nom, "port": port} for nom, port in _ports(processus).items()],
        },
    }


def manifestes() -> list[dict[str, Any]]:
    """Namespace, then a deployment and a service for each process."""
    espace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ESPACE}}
    return [espace, *(objet for p in TOUS for objet in (_deploiement(p), _service(p)))]


def texte() -> str:
    return _ENTETE + "---\n".join(yaml(m) for m in manifestes())


if __name__ == "__main__":
    sys.stdout.write(texte())
