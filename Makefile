# Every target sets itself up: the first call makes .venv from the hash lock, later calls find it ready.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test dev check bench lock clean

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "Python 3.11 is needed; $(PYTHON) is another version. Set PYTHON=/path/to/python3.11"; exit 2; }
	@echo "Installing into $(VENV) (once; a minute or two) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY)
	@$(BIN)/harvest-qb demo

test: $(READY)
	@$(BIN)/pytest -q -n 2

dev: $(READY)
	@$(BIN)/harvest-qb dev

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/dagster definitions validate -w workspace.yaml

bench: $(READY)
	@$(BIN)/python -m benchmarks

lock: $(READY)
	@$(BIN)/pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras --no-header --all-extras pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) .harvest_qb build *.egg-info
