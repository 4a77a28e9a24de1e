# Bac à Santé. `make help` lists what can be made. Needs Python 3.11 or later, and nothing else for `make run`.

VENV := .venv
BIN := $(VENV)/bin
SERVICES := gateway ins adri apcv dmp mss eprescription
JOBS ?= auto
COMPOSE ?= docker compose
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup run test test-blackbox check format demo bench e2e-distributed up down migration coverage lock clean

help: ## List the targets
	@echo "Bac à Santé — the French national e-health back-end on your own machine"
	@echo
	@awk -F ':.*## ' '/^[a-z][a-z0-9-]*:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "Pass options of the command with ARGS, for instance: make run ARGS='--port 9000'"

# -- installing -------------------------------------------------------------------------------------------------------
# Two stamps: what running needs (.run), and what developing needs besides (.dev). Both record an install that
# succeeded, so nothing below touches the network a second time.

define install
	@test -x $(BIN)/pip || { \
	  for p in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	    if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	      $$p -m venv --clear $(VENV) && exit 0; exit 1; \
	    fi; \
	  done; \
	  echo "Python 3.11 or later is needed (make setup PYTHON=/path/to/python3)" >&2; exit 1; }
	@echo "Installing $$(grep -c == $(1)) packages of $(1) (about a minute the first time) …"
	@$(BIN)/pip install --quiet --require-hashes --requirement $(1)
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation --no-index --editable .
	@$(BIN)/python -m compileall -q bacasante gateway services shared
endef

$(VENV)/.run: requirements/run.txt pyproject.toml
	$(call install,requirements/run.txt)
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml
	$(call install,requirements/dev.txt)
	@touch $(VENV)/.run $@

setup: $(VENV)/.dev ## Create .venv and install everything, tools of development included

# -- running ----------------------------------------------------------------------------------------------------------

run: $(VENV)/.run ## Start the whole suite in one process (http://127.0.0.1:8400)
	@$(BIN)/bacasante up $(ARGS)

demo: $(VENV)/.run ## Play one consultation through every service (starts its own suite when none runs)
	@$(BIN)/bacasante demo $(ARGS)

# The secrets of this installation, made once; docker compose reads them beside compose.yaml.
deploy/.env:
	@umask 077; for name in BACASANTE_CONTROL_TOKEN BACASANTE_SECRET POSTGRES_PASSWORD; do \
	  echo "$$name=$$(head -c 24 /dev/urandom | base64 | tr -d '+/=')"; done > $@

up: deploy/.env ## Start the distributed topology with docker compose (PostgreSQL, NATS, one container per service)
	$(COMPOSE) -f deploy/compose.yaml up --build --detach --wait
	@echo "ready: http://localhost:8400 (the token of the control API is in deploy/.env)"

down: ## Stop the distributed topology (ARGS=--volumes forgets its data)
	$(COMPOSE) -f deploy/compose.yaml down $(ARGS)

# -- checking ---------------------------------------------------------------------------------------------------------

test: $(VENV)/.dev ## Run the unit, api, contract and e2e tests (Python only)
	$(BIN)/pytest tests/unit tests/api tests/contract tests/e2e -n $(JOBS) --dist loadscope $(ARGS)

test-blackbox: $(VENV)/.dev ## Run the tests that need a browser, Node, Apache or curl (installs them where apt allows it)
	@scripts/blackbox.sh
	$(BIN)/pytest tests/blackbox $(ARGS)

check: $(VENV)/.dev ## Check format, lint, types, import contracts, migrations and generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m shared.db.migrate check $(SERVICES)
	$(BIN)/python scripts/evenements.py --check
	$(BIN)/python scripts/reference.py --check
	$(BIN)/python scripts/couverture.py --check

format: $(VENV)/.dev ## Format the code and repair what lint can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev ## Measure the hot exchanges of a suite started for that
	$(BIN)/python scripts/bench.py $(ARGS)

e2e-distributed: $(VENV)/.dev ## Play the demo on PostgreSQL and NATS, one process per service (no Docker)
	scripts/e2e_distributed.sh

# -- developing -------------------------------------------------------------------------------------------------------

migration: $(VENV)/.dev ## Write a migration: make migration s=dmp m="add a column"
	@test -n "$(s)" -a -n "$(m)" || { echo 'usage: make migration s=<service> m="<message>"' >&2; exit 2; }
	$(BIN)/python -m shared.db.migrate revision $(s) "$(m)"

coverage: $(VENV)/.dev ## Write what is generated: COVERAGE.md ledgers, docs/evenements.md, docs/reference.md
	$(BIN)/python scripts/evenements.py
	$(BIN)/python scripts/reference.py
	$(BIN)/python scripts/couverture.py

lock: ## Recompute requirements/*.txt (needs uv; ARGS=--upgrade takes newer versions)
	scripts/lock.sh $(ARGS)

clean: ## Remove what is generated (not your data)
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis *.egg-info
