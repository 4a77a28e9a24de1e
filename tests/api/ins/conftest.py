"""INSi alone, in a fresh bac of the demonstration seed, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.ins.app import create_app
from services.ins.config import InsSettings
from tests.banc import Banc, banc


class SansLenteur(InsSettings):
    lenteurs: bool = False


@pytest.fixture(scope="module")
def dossier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ins")


@pytest.fixture
async def b(base: str | None, dossier: Path) -> AsyncIterator[Banc]:
    async with banc(create_app, SansLenteur, base=base, tmp_path=dossier) as b:
        yield b
