"""A bench for the DMP alone; the template is grown once for the module, each test gets its own copied bac."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.dmp.app import create_app
from services.dmp.config import DmpSettings
from tests.banc import Banc, banc


@pytest.fixture(scope="module")
def dossier_module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dmp")


@pytest.fixture
async def b(base: str | None, dossier_module: Path) -> AsyncIterator[Banc]:
    async with banc(create_app, DmpSettings, base=base, tmp_path=dossier_module) as b:
        yield b
