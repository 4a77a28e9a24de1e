from shared.db.migrate import run_env
from tests.api.fondation.jouet.store import Base

run_env(Base.metadata)
