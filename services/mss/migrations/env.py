from services.mss import store  # noqa: F401  # registers every table
from services.mss.store.base import Base
from shared.db.migrate import run_env

run_env(Base.metadata)
