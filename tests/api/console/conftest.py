"""One suite for this folder; each test visits the console of a bac of its own."""

import itertools
from collections.abc import AsyncIterator

import pytest

from tests.api.console.visite import Visite
from tests.suite import Maison, maison

_NUMEROS = itertools.count(1)


@pytest.fixture(scope="module")
async def m(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Maison]:
    async with maison(tmp_path_factory.mktemp("suite")) as m:
        yield m


@pytest.fixture
def bac() -> str:
    """The path prefix of a fresh bac."""
    return f"/bac/c{next(_NUMEROS)}"


@pytest.fixture
def v(m: Maison, bac: str) -> Visite:
    m.client.cookies.clear()
    return Visite(m.client, bac)
