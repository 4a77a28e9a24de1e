"""One suite, one driver, and a new browser for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.blackbox.navigateur import CAPTURES, Navigateur, navigateur, pilote
from tests.instance import Marche, marche


@pytest.fixture(scope="session")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marche]:
    with marche(tmp_path_factory.mktemp("suite") / "data") as instance:
        yield instance


@pytest.fixture(scope="session")
def chromedriver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pilote(tmp_path_factory.mktemp("pilote") / "chromedriver.log") as url:
        yield url


@pytest.fixture
def page(chromedriver: str, tmp_path: Path) -> Iterator[Navigateur]:
    with navigateur(chromedriver, tmp_path / "profil") as ouvert:
        yield ouvert


@pytest.fixture(scope="session", autouse=True)
def captures() -> None:
    """Screenshots are kept: a reviewer looks at them."""
    CAPTURES.mkdir(parents=True, exist_ok=True)
