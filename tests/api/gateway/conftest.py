"""The provider alone on a real database: browsers and servers reach it at its public URLs."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from shared.postgres_local import PostgresLocal
from tests.api.gateway.outils import GatewaySettings, Psc, create_app
from tests.banc import banc


@pytest.fixture(scope="module")
def dossier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gateway")


@pytest.fixture(params=["sqlite", "postgresql"])
def base(request: pytest.FixtureRequest) -> Iterator[str | None]:
    if request.param == "sqlite":
        yield None
        return
    server: PostgresLocal = request.getfixturevalue("postgres")
    yield server.creer_base("t_gateway")


@pytest.fixture
async def psc(base: str | None, dossier: Path) -> AsyncIterator[Psc]:
    async with banc(create_app, GatewaySettings, base=base, tmp_path=dossier) as b:
        psc = Psc(b)
        yield psc
        await psc.fermer()
