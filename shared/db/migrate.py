"""Alembic, one history per service: migrates templates, spaces and snapshots (architecture §11.15).

``python -m shared.db.migrate revision <service> "<message>"`` writes a new revision from the difference between the
models and the history; ``check`` fails when there is one.
"""

import importlib
import re
import sys
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sqlalchemy import Connection, MetaData, create_engine, inspect, text

from shared.db.conventions import Json
from shared.errors import DomainError

if TYPE_CHECKING:
    from alembic.config import Config

_REVISION = re.compile(r"^revision(?::[^=]+)? = ['\"](.+?)['\"]", re.M)
_PARENT = re.compile(r"^down_revision(?::[^=]+)? = (?:['\"](.+?)['\"]|None)", re.M)


class EspaceTropRecent(DomainError):
    """The space was written by a newer version of the suite: refused, never touched."""

    status, issue, slug = 409, "conflict", "espace-trop-recent"
    regle = "BAC-MIG-01"


def folder(package: str) -> Path:
    module = importlib.import_module(package)
    return Path(next(iter(module.__path__)))


@cache
def head(package: str) -> str:
    """The newest revision of a history, read without importing Alembic (start-up counts in milliseconds)."""
    return history(package)[-1]


@cache
def history(package: str) -> tuple[str, ...]:
    """Every revision, oldest first."""
    parents: dict[str | None, str] = {}
    for path in (folder(package) / "versions").glob("*.py"):
        source = path.read_text(encoding="utf-8")
        if (found := _REVISION.search(source)) and (parent := _PARENT.search(source)):
            parents[parent.group(1)] = found.group(1)
    chain: list[str] = []
    current: str | None = None
    while (following := parents.get(current)) is not None:
        chain.append(following)
        current = following
    if not chain or len(chain) != len(parents):
        raise RuntimeError(f"{package}: the migration history is empty or not one line")
    return tuple(chain)


def config(package: str, connection: Connection | None = None) -> "Config":
    from alembic.config import Config

    cfg = Config()
    cfg.set_main_option("script_location", str(folder(package)))
    cfg.set_main_option("path_separator", "os")
    cfg.set_main_option("file_template", "%%(rev)s")
    cfg.attributes["connection"] = connection
    return cfg


def upgrade(package: str, connection: Connection) -> None:
    """Bring the space behind ``connection`` to the newest revision; nothing to do costs one query."""
    current = version(connection)
    if current == head(package):
        return
    if current is not None and current not in history(package):
        raise EspaceTropRecent(
            f"this space has schema {current}, newer than this version of the suite knows ({head(package)})",
            f"cet espace a le schéma {current}, plus récent que celui de cette version ({head(package)})",
        )
    from alembic import command

    command.upgrade(config(package, connection), "head")


def version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def run_env(metadata: MetaData) -> None:
    """The whole of a service's ``migrations/env.py``."""
    from alembic import context

    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=False,
        user_module_prefix="conventions.",
        render_item=_render,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        context.run_migrations()


def _render(genre: str, item: object, _: object) -> str | Literal[False]:
    """Write our JSON type by its name: Alembic spells its PostgreSQL variant with a name it does not import."""
    return "conventions.Json" if genre == "type" and item is Json else False


def package_of(service: str) -> str:
    return "gateway.migrations" if service == "gateway" else f"services.{service}.migrations"


def differences(package: str) -> list[object]:
    """What the models have and the history lacks (empty when they agree)."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    base = importlib.import_module(package.removesuffix(".migrations") + ".store.base")
    importlib.import_module(package.removesuffix(".migrations") + ".store")
    with tempfile.TemporaryDirectory() as tmp:
        engine = create_engine(f"sqlite:///{tmp}/check.db")
        with engine.begin() as connection:
            upgrade(package, connection)
            found: list[object] = list(compare_metadata(MigrationContext.configure(connection), base.Base.metadata))
        engine.dispose()
    return found


def new_revision(service: str, message: str) -> None:
    from alembic import command

    package = package_of(service)
    (folder(package) / "versions").mkdir(exist_ok=True)
    slug = re.sub(r"[^a-z0-9]+", "_", message.lower()).strip("_")
    with tempfile.TemporaryDirectory() as tmp:
        engine = create_engine(f"sqlite:///{tmp}/base.db")
        with engine.begin() as connection:
            cfg = config(package, connection)
            command.upgrade(cfg, "head")
            command.revision(cfg, message, autogenerate=True, rev_id=f"{datetime.now(UTC):%Y%m%d}_{slug}")
        engine.dispose()


def main(argv: list[str]) -> int:
    match argv:
        case ["revision", service, message]:
            new_revision(service, message)
            return 0
        case ["check", *services]:
            found = {s: d for s in services if (d := differences(package_of(s)))}
            for service, missing in found.items():
                sys.stderr.write(f"{service}: the models and the history differ: {missing}\n")
            return 1 if found else 0
        case _:
            sys.stderr.write((__doc__ or "") + "\n")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
