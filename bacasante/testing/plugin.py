"""The pytest plugin: ``bacasante`` (a running instance) and ``bac`` (a copy of the national back-end for one test).

    def test_my_software_reads_the_record(bac):
        my_software.configure(issuer=bac.issuer, dmp=f"{bac.url}/fhir/dmp")
        my_software.open_record("285076311304226")
        bac.assert_no_refusal()

Imported in every pytest run of an environment that has the suite: nothing heavy at import, nothing done unless asked.
"""

import os
import re
import secrets
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from bacasante.testing.bac import Bac

_NOM = re.compile(r"[^a-z0-9]+")


def pytest_addoption(parser: pytest.Parser) -> None:
    groupe = parser.getgroup("bacasante", "Bac à Santé, the sandbox of French national e-health")
    groupe.addoption(
        "--bacasante-url", default=None, help="URL of a running instance (or BACASANTE_URL); else one is started"
    )
    groupe.addoption(
        "--bacasante-token",
        default=None,
        help="control token of an instance beyond the loopback (or BACASANTE_TOKEN)",
    )
    groupe.addoption("--bacasante-keep", action="store_true", help="keep the bacs of failed tests, to look at them")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "bac(seed=…, profile=…, oid_mode=…, reference=…): how the bac of this test is made",
    )


@pytest.fixture(scope="session")
def bacasante(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of the instance: the one given, else one started in a temporary folder and shared by xdist's workers."""
    donnee = request.config.getoption("--bacasante-url") or os.environ.get("BACASANTE_URL")
    if donnee:
        yield str(donnee).rstrip("/")
        return
    from bacasante.testing.instance import instance_partagee

    propre = tmp_path_factory.getbasetemp()
    commun = propre.parent if os.environ.get("PYTEST_XDIST_WORKER") else propre
    with instance_partagee(commun / "bacasante") as url:
        yield url


@pytest.fixture
def bac(bacasante: str, request: pytest.FixtureRequest) -> Iterator["Bac"]:
    """A bac of this test's own: people, records, mailboxes, keys, clock and journal; dropped at the end."""
    from bacasante.testing.bac import Bac

    config = request.config
    marque = request.node.get_closest_marker("bac")
    jeton = config.getoption("--bacasante-token") or os.environ.get("BACASANTE_TOKEN")
    copie = Bac.creer(bacasante, _nom_de(request.node.name), jeton, **(marque.kwargs if marque else {}))
    try:
        yield copie
    finally:
        garder = config.getoption("--bacasante-keep") and request.node.stash.get(_ECHOUE, False)
        copie.fermer(supprimer=not garder)


_ECHOUE = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test says what its bac refused, and why."""
    rapport = yield
    if rapport.when == "call" and rapport.failed:
        item.stash[_ECHOUE] = True
        copie = getattr(item, "funcargs", {}).get("bac")
        if (raconter := getattr(copie, "raconter", None)) is not None:
            rapport.sections.append(("Bac à Santé", raconter()))
    return rapport


def _nom_de(test: str) -> str:
    """A legal name that says whose it is: 1 to 32 lower-case letters, digits and hyphens."""
    lisible = _NOM.sub("-", test.lower()).strip("-").removeprefix("test-")[:20].strip("-")
    return f"{lisible or 'test'}-{secrets.token_hex(5)}"
