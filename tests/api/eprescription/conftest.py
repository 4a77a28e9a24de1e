"""The bench of the e-prescription base, and the bodies tests start from."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.eprescription.app import create_app
from services.eprescription.config import EprescriptionSettings
from tests.banc import Banc, banc


@pytest.fixture(scope="module")
def gabarits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One template per module: each test works in its own copy."""
    return tmp_path_factory.mktemp("eprescription")


@pytest.fixture
async def b(base: str | None, gabarits: Path) -> AsyncIterator[Banc]:
    async with banc(create_app, EprescriptionSettings, base=base, tmp_path=gabarits) as b:
        yield b
