"""One suite for this folder; each test speaks to a bac of its own."""

import itertools
from collections.abc import AsyncIterator

import pytest

from tests.suite import Maison, maison

_NUMEROS = itertools.count(1)


@pytest.fixture(scope="module")
async def m(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Maison]:
    async with maison(tmp_path_factory.mktemp("suite")) as m:
        yield m


@pytest.fixture
def bac() -> str:
    """The path prefix of a fresh bac."""
    return f"/bac/t{next(_NUMEROS)}"
