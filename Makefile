# Everything goes through these targets; `make` alone lists them.
# Written for GNU make 3.81, which macOS still ships.

VENV    := .venv
BIN     := $(VENV)/bin
RUNNING := $(VENV)/.installed-for-running
DEVELOP := $(VENV)/.installed-for-development
PIP     := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet --quiet

# Extra arguments for `demo`, `test` and the benchmarks, as in: make test ARGS="tests/steward -x"
ARGS ?=
# The interpreter to build .venv with; without it, the first suitable one that is found.
PYTHON ?=

# Which runs `make chaos` draws: a seed, how many, and the number of the first.
SEED ?= 1
RUNS ?= 200
FIRST ?= 0

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run-setup demo test check format lock bench bench-undo bench-fairness bench-platforms bench-gap bench-field-gaps bench-claims chaos histories clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

setup: $(DEVELOP) ## Install everything for development into .venv (PYTHON=... chooses the interpreter)

run-setup: $(RUNNING) ## Install only what running needs into .venv

demo: $(RUNNING) ## Run the main job from start to end (ARGS="--yes" asks nothing)
	@$(BIN)/steward demo $(ARGS)

test: $(DEVELOP) ## Run the whole test suite (ARGS selects)
	@$(BIN)/python -m pytest -q $(ARGS)

check: $(DEVELOP) ## Check format, lint, types, import rules and generated documents
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	@if test -f starter/reference.py; then set -x; $(BIN)/python -m starter.reference --check docs/commands.md; fi

format: $(DEVELOP) ## Format the code and repair what lint can repair
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(DEVELOP) ## Resolve requirements.lock and requirements-dev.lock anew
	$(BIN)/uv pip compile $(LOCK_OPTIONS) --group build --output-file requirements.lock
	$(BIN)/uv pip compile $(LOCK_OPTIONS) --group dev --constraints requirements.lock --output-file requirements-dev.lock

# One lock for Python 3.11 to 3.13 on every system; it names no index and no address.
LOCK_OPTIONS := pyproject.toml --extra dev-stack --universal --python-version 3.11 --upgrade \
	--generate-hashes --no-emit-index-url --quiet --custom-compile-command 'make lock'

bench: $(DEVELOP) ## Measure the main job on 1,000 and 10,000 variants
	@$(BIN)/python -m benchmarks.price_change $(ARGS)

bench-undo: $(DEVELOP) ## Measure how fast 10,000 changes are taken back
	@$(BIN)/python -m benchmarks.undo

bench-fairness: $(DEVELOP) ## Measure a small run beside another store's backlog of 5,000 chunks
	@$(BIN)/python -m benchmarks.fairness $(ARGS)

chaos: $(DEVELOP) ## Kill, break and lock everything during 200 runs, and judge them (SEED, RUNS, FIRST choose)
	@SEED=$(SEED) RUNS=$(RUNS) FIRST=$(FIRST) $(BIN)/python -m tests.chaos

bench-platforms: $(DEVELOP) ## Measure how well each platform's allowance is used (about 20 minutes)
	@$(BIN)/python -m benchmarks.platforms $(ARGS)

bench-gap: $(DEVELOP) ## Measure the time between reading a value and having written it
	@$(BIN)/python -m benchmarks.gap $(ARGS)

bench-field-gaps: $(DEVELOP) ## Measure the same for each kind of field on each platform
	@$(BIN)/python -m benchmarks.field_gaps $(ARGS)

bench-claims: $(DEVELOP) ## Measure what claiming the fields of 10,000 changes costs in the ledger
	@$(BIN)/python -m benchmarks.claims $(ARGS)

histories: $(DEVELOP) ## Record the histories that replay tests use (see CONTRIBUTING: a compatibility decision)
	@$(BIN)/python -m tests.workflows.record_histories 2>/dev/null

clean: ## Remove caches and built packages (.venv and the data in .steward stay)
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -path ./$(VENV) -prune -o -type d -name __pycache__ -print | xargs rm -rf

# The lock is complete, so nothing is resolved (--no-deps); every file is checked against its hash;
# and no package is built, since a build would fetch unlocked parts (--only-binary).
INSTALL_LOCK := $(PIP) install --require-hashes --no-deps --only-binary :all: --requirement
INSTALL_SELF := $(PIP) install --no-deps --no-build-isolation --no-index --editable .

$(RUNNING): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what running needs (about a minute the first time) ..."
	@$(INSTALL_LOCK) requirements.lock
	@$(INSTALL_SELF)
	@touch $@

# Development includes running, so both are then up to date.
$(DEVELOP): requirements-dev.lock requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what development needs (about a minute the first time) ..."
	@$(INSTALL_LOCK) requirements-dev.lock
	@$(INSTALL_SELF)
	@touch $(RUNNING) $@

$(BIN)/python:
	@suitable='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'; \
	for candidate in $(or $(PYTHON),python3.13 python3.12 python3.11 python3 python); do \
		if "$$candidate" -c "$$suitable" >/dev/null 2>&1; then found=$$candidate; break; fi; \
	done; \
	if test -z "$$found"; then \
		echo "No Python 3.11, 3.12 or 3.13 was found$(if $(PYTHON), at $(PYTHON))." >&2; \
		echo "Install one, or name it: make setup PYTHON=/path/to/python3.13" >&2; \
		exit 1; \
	fi; \
	if ! "$$found" -c 'import ensurepip, venv' >/dev/null 2>&1; then \
		echo "$$found lacks the standard modules venv and ensurepip." >&2; \
		echo "On Debian and Ubuntu: apt install $$("$$found" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" >&2; \
		exit 1; \
	fi; \
	echo "Creating $(VENV) with $$("$$found" --version) ..."; \
	"$$found" -m venv --clear $(VENV)
