"""Alembic environment of ``adri``."""

from services.adri.store.base import Base
from shared.db.migrate import run_env

run_env(Base.metadata)
