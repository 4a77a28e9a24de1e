"""One bench a test, on both databases; the template is grown once a module."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.apcv.app import create_app
from services.apcv.config import ApcvSettings
from tests.api.apcv.outils import Cabinet
from tests.banc import banc


@pytest.fixture(scope="module")
def modeles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("apcv")


@pytest.fixture
async def c(base: str | None, modeles: Path) -> AsyncIterator[Cabinet]:
    async with banc(create_app, ApcvSettings, base=base, tmp_path=modeles) as b:
        yield Cabinet(b)
