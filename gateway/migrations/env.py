"""Alembic environment of the gateway."""

from gateway.store import Base
from shared.db.migrate import run_env

run_env(Base.metadata)
