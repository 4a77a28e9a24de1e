"""Fixtures every ring uses: the event loop, the two databases, and a bench for one service alone."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.nats_local import NatsLocal
from shared.postgres_local import PostgresLocal

collect_ignore = ["plugin_projet"]  # another project's tests: test_plugin.py runs them in their own environment


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresLocal]:
    """One real PostgreSQL for the whole run (per worker), from its wheel."""
    folder = Path(tempfile.mkdtemp(prefix="bac-pg-"))
    server = PostgresLocal(folder / "data")
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsLocal]:
    """One real NATS with JetStream for the whole run (per worker), from its wheel."""
    server = NatsLocal(tmp_path_factory.mktemp("nats"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def base(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | None]:
    """The database URL of the service under test: None for SQLite, a PostgreSQL database otherwise."""
    if request.param == "sqlite":
        yield None
        return
    server: PostgresLocal = request.getfixturevalue("postgres")
    # Several services have a test_hostile: a database each, or their templates would be taken for one another's.
    service, module = request.module.__name__.split(".")[-2:]
    yield server.creer_base(f"t_{service}_{module}"[:60])
