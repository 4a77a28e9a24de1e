from services.eprescription import store
from shared.db.migrate import run_env

run_env(store.Base.metadata)
