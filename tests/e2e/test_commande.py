"""The command as a newcomer uses it: up, wait, down, personas, reset, snapshot, population, doctor."""

import json
import re
from pathlib import Path

import httpx
import pytest

from tests.instance import bacasante, lancer, marche


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("commande")


def test_up_says_ready_and_everything_answers(data: Path) -> None:
    with marche(data) as m:
        for path in (
            "/health/ready",
            "/auth/realms/esante-wallet/.well-known/wallet-openid-configuration",
            "/console",
            "/docs",
            "/openapi.json",
            "/metrics",
            "/pki/ca.pem",
        ):
            assert httpx.get(m.url + path).status_code == 200, path

        ready = bacasante("wait", "--data", str(data))
        assert (ready.returncode, ready.stdout.strip()) == (0, f"ready: {m.url}")
        second = bacasante("up", "--data", str(data), "--port", "0")
        assert second.returncode == 1
        assert m.url in second.stderr

        slugs = [p["slug"] for p in json.loads(bacasante("personas", "--data", str(data), "--json").stdout)["personas"]]
        assert "verdier-mg" in slugs
        assert "verdier-mg" in bacasante("personas", "--data", str(data)).stdout

        added = bacasante(
            "client", "add", "mon-lps", "--redirect-uri", "http://127.0.0.1:9/cb", "--data", str(data), "--bac", "ci-9"
        )
        assert added.returncode == 0, added.stderr
        assert json.loads(added.stdout)["client_id"] == "mon-lps"

        assert bacasante("reset", "--data", str(data), "--bac", "ci-9").returncode == 0
        assert bacasante("doctor", "--data", str(data)).returncode == 0

        stopped = bacasante("down", "--data", str(data))
        assert stopped.returncode == 0
        assert m.processus.wait(10) == 0


def test_a_killed_instance_starts_again_on_the_same_data(data: Path) -> None:
    killed = lancer(data)
    token = httpx.post(f"{killed.url}/_bac/clients", json={"client_id": "survit", "redirect_uris": ["http://a.test/"]})
    assert token.status_code in (200, 201)
    killed.tuer()

    assert bacasante("doctor", "--data", str(data)).returncode == 1
    with marche(data) as again:
        clients = httpx.get(f"{again.url}/_bac/clients").text
        assert "survit" in clients
        assert {b["url"] for b in httpx.get(f"{again.url}/_bac/bacs").json()["bacs"]} >= {again.url}


def test_a_port_in_use_is_said_in_one_line(tmp_path: Path, data: Path) -> None:
    with marche(data) as m:
        port = m.url.rsplit(":", 1)[1]
        refused = bacasante("up", "--data", str(tmp_path), "--port", port)

    assert refused.returncode == 1
    assert f"port {port}" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_tls_serves_a_chain_that_our_authority_signed(tmp_path: Path) -> None:
    with marche(tmp_path / "d", "--tls", "--san", "bac.test") as m:
        assert m.url.startswith("https://")
        ca = tmp_path / "ca.pem"
        import ssl

        trusting = ssl.create_default_context()
        with httpx.Client(verify=False) as anybody:  # fetching the authority itself
            ca.write_bytes(anybody.get(f"{m.url}/pki/ca.pem").content)
        trusting.load_verify_locations(ca)
        assert httpx.get(f"{m.url}/health/ready", verify=trusting).status_code == 200


def test_a_snapshot_is_taken_exported_and_restored_on_another_data_folder(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "essai.bac"
    with marche(data) as m:
        httpx.post(f"{m.url}/_bac/clients", json={"client_id": "photographie", "redirect_uris": ["http://a.test/"]})
        assert bacasante("snapshot", "take", "essai", "--data", str(data)).returncode == 0
        assert bacasante("snapshot", "export", "essai", "--file", str(file), "--data", str(data)).returncode == 0
    with marche(tmp_path / "neuf") as m:
        fresh = str(tmp_path / "neuf")
        assert bacasante("snapshot", "import", "venu", "--file", str(file), "--data", fresh).returncode == 0
        assert bacasante("snapshot", "restore", "venu", "--data", fresh, "--bac", "copie").returncode == 0
        assert "photographie" in httpx.get(f"{m.url}/bac/copie/_bac/clients").text
        assert "photographie" not in httpx.get(f"{m.url}/_bac/clients").text


def test_the_same_seed_generates_the_same_hundred_thousand_people(tmp_path: Path) -> None:
    digests = set()
    for name in ("a", "b"):
        done = bacasante("population", "--size", "100000", "--reference", "2026-01-15", "--out", str(tmp_path / name))
        assert done.returncode == 0, done.stderr
        digests.add(re.search(r"sha256 (\w{64})", done.stdout)[1])  # type: ignore[index]  # a miss fails the test
    assert len(digests) == 1
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    with (tmp_path / "a").open("rb") as lines:
        assert sum(1 for _ in lines) >= 100_000
