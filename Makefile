# Every target sets itself up: the first call makes .venv from the hash locks, later calls find it ready. What running
# needs comes with `demo` and `dev`; what changing it needs with `test` and `check`; peers with `bench`.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
READY_BENCH := $(VENV)/.ready-bench
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --no-compile
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-strip-extras --no-header pyproject.toml --extra build

.PHONY: demo test dev check bench lock clean

$(READY): requirements.lock pyproject.toml setup.py
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { echo "Python 3.11, 3.12 or 3.13 is needed. Set PYTHON=/path/to/python3.12, or the like."; exit 2; }
	@echo "Installing into $(VENV) (once; a minute or two) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(READY_DEV): $(READY) requirements-dev.lock
	@echo "Installing what tests and checks need (once) ..."
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@

$(READY_BENCH): $(READY_DEV) requirements-bench.lock
	@echo "Installing what is measured against (once) ..."
	@$(INSTALL) --require-hashes -r requirements-bench.lock
	@touch $@

demo: $(READY)
	@$(BIN)/harvest-qb demo

test: $(READY_DEV)
	@$(BIN)/pytest -q -n 2 --dist loadgroup --no-loadscope-reorder

dev: $(READY)
	@$(BIN)/harvest-qb dev

check: $(READY_DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/dagster definitions validate -w workspace.yaml
	$(BIN)/dg check defs

bench: $(READY_BENCH)
	@$(BIN)/python -m benchmarks

# The three agree: what two of them name has one version.
lock: $(READY)
	@$(INSTALL) uv
	$(LOCK) -o requirements.lock
	$(LOCK) --extra dev -c requirements.lock -o requirements-dev.lock
	$(LOCK) --extra dev --extra bench -c requirements-dev.lock -o requirements-bench.lock

clean:
	rm -rf $(VENV) .harvest_qb build *.egg-info
