"""ADRi alone, in a fresh bac of the demonstration seed, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.adri.app import create_app
from services.adri.config import AdriSettings
from tests.banc import Banc, banc


class SansAttente(AdriSettings):
    attente_contexte_ms: int = 0


@pytest.fixture(scope="module")
def dossier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("adri")


@pytest.fixture
async def b(base: str | None, dossier: Path) -> AsyncIterator[Banc]:
    async with banc(create_app, SansAttente, base=base, tmp_path=dossier) as b:
        yield b
