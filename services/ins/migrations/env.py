"""Alembic environment of ``ins``."""

from services.ins.store.base import Base
from shared.db.migrate import run_env

run_env(Base.metadata)
