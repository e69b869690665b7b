# Two commands: `make demo` proves the flagship case, `make test` runs the tests.
# Everything is set up below this folder; nothing else of the machine is changed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FIXPROOF_CACHE ?= $(CURDIR)/.fixproof
export FIXPROOF_CACHE
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test test-index test-slow check lock clean

demo: $(VENV)/.ready
	$(BIN)/fixproof prove cases/pypi/starlette/1255 --site site

test: $(VENV)/.ready
	$(BIN)/python -m pytest -n auto -m "not index and not slow" -q

test-index: $(VENV)/.ready
	$(BIN)/python -m pytest -n auto -m index -q --timeout 1500

test-slow: $(VENV)/.ready
	$(BIN)/python -m pytest -m slow -q --timeout 3000

check: $(VENV)/.ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# Compiled requirements with hashes and no addresses: pip takes the index from its own settings.
lock: $(VENV)/.ready
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-annotate \
		--python-version 3.11 --group dev pyproject.toml -o requirements-dev.txt

$(VENV)/.ready: requirements-dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements-dev.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q src
	touch $@

clean:
	rm -rf $(VENV) .fixproof site .pytest_cache .mypy_cache .ruff_cache
