"""What we hand to Docker and Kubernetes: generated from the one table, and valid where a published schema says so."""

from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest
import yaml

from bacasante import composition, kubernetes
from bacasante.topologie import TOUS

RACINE = Path(__file__).resolve().parents[2]
COMPOSE = RACINE / "deploy" / "compose.yaml"
KUBERNETES = RACINE / "deploy" / "kubernetes.yaml"


def test_the_compose_file_is_the_one_the_table_writes() -> None:
    assert COMPOSE.read_text() == composition.ENTETE + composition.yaml(composition.composer())


def test_the_compose_file_keeps_to_the_published_schema() -> None:
    schema = orjson.loads((RACINE / "tests" / "corpus" / "compose" / "compose-spec.json").read_bytes())
    validator = jsonschema_rs.validator_for(schema)

    assert [str(e) for e in validator.iter_errors(yaml.safe_load(COMPOSE.read_text()))] == []


def test_the_schema_would_catch_a_mistake() -> None:
    schema = orjson.loads((RACINE / "tests" / "corpus" / "compose" / "compose-spec.json").read_bytes())
    broken = yaml.safe_load(COMPOSE.read_text())
    broken["services"]["gateway"]["depend_on"] = ["ins"]

    assert not jsonschema_rs.validator_for(schema).is_valid(broken)


def test_yaml_reads_back_as_it_was_written() -> None:
    assert yaml.safe_load(COMPOSE.read_text()) == composition.composer()
    assert list(yaml.safe_load_all(KUBERNETES.read_text())) == kubernetes.manifestes()


def test_every_process_is_deployed_and_reached_at_its_port() -> None:
    assert KUBERNETES.read_text() == kubernetes.texte()
    objets = list(yaml.safe_load_all(KUBERNETES.read_text()))
    services = {o["metadata"]["name"]: o["spec"]["ports"] for o in objets if o["kind"] == "Service"}
    deployments: dict[str, Any] = {o["metadata"]["name"]: o for o in objets if o["kind"] == "Deployment"}

    assert set(services) == set(deployments) == {p.nom for p in TOUS}
    for processus in TOUS:
        [container] = deployments[processus.nom]["spec"]["template"]["spec"]["containers"]
        assert {"containerPort": processus.port} in container["ports"]
        assert processus.port in [p["port"] for p in services[processus.nom]]


@pytest.mark.parametrize("service", [p.nom for p in TOUS])
def test_a_container_gets_only_settings_its_service_knows(service: str) -> None:
    import importlib

    from shared.config import ServiceSettings

    module = importlib.import_module("gateway.config" if service == "gateway" else f"services.{service}.config")
    settings = next(
        c
        for c in vars(module).values()
        if isinstance(c, type) and issubclass(c, ServiceSettings) and c is not ServiceSettings
    )
    known = {f"{settings.model_config['env_prefix']}{name.upper()}" for name in settings.model_fields}
    wanted = set(composition.composer()["services"][service]["environment"])
    deployment = next(
        m for m in kubernetes.manifestes() if m["kind"] == "Deployment" and m["metadata"]["name"] == service
    )
    wanted |= {v["name"] for v in deployment["spec"]["template"]["spec"]["containers"][0]["env"]}

    assert wanted <= known
