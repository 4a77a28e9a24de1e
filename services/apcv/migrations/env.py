"""Alembic's entry point for this service's history."""

from services.apcv import store
from shared.db.migrate import run_env

run_env(store.Base.metadata)
