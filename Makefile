# Everything a newcomer needs: `make demo`, `make test`. Each makes its own environment.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TESTS_READY := $(VENV)/.tests-ready
ARGS ?=

.PHONY: help setup demo test test-slow check format bench pictures clean

help:  ## Show this list.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

setup: $(READY)  ## Make .venv with the product in it.

demo: $(READY)  ## A real trace on a real page, from nothing. ARGS="--no-dashboard" ends instead.
	@$(BIN)/moodtrace demo $(ARGS)

# Many tests wait for real time to pass, so three files at once take little more than one.
test: $(TESTS_READY)  ## All tests but the slow ones.
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile -m "not slow" $(ARGS)

test-slow: $(TESTS_READY)  ## The slow tests too.
	$(BIN)/python -m pytest $(ARGS)

check: $(TESTS_READY)  ## Format, lint, types, layers.
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(TESTS_READY)  ## Put the code into the house format.
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(TESTS_READY)  ## Measure: each file in benchmarks/ is one command, detectors another.
	$(BIN)/moodtrace models bench --detectors
	@for file in benchmarks/[a-z]*.py; do \
	  echo "== $$file"; $(BIN)/python -m benchmarks.$$(basename $$file .py) || exit 1; done

pictures: $(TESTS_READY)  ## Take the pictures of all pages in docs/images anew.
	$(BIN)/python -m docs.pictures $(ARGS)

clean:  ## Remove the environment and what tools left.
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build

# Debian splits venv from Python; virtualenv is its equal from the package registry.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "moodtrace needs Python 3.11 or newer: make PYTHON=python3.12 …" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) 2>/dev/null \
	  || { rm -rf $(VENV); $(PYTHON) -m pip install --quiet --user --break-system-packages virtualenv \
	       && $(PYTHON) -m virtualenv --quiet $(VENV); } \
	  || { echo "No environment could be made: apt-get install python3-venv" >&2; exit 1; }

$(READY): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

# The tests also need the extras torch (parity of networks) and stream (replicas), a browser (pages)
# and cameras (RTSP).
$(TESTS_READY): $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
	  --editable ".[dev,stream,torch]"
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || sh tests/install-browser.sh
	@/usr/bin/python3 tests/servers/gstreamer_rtsp.py --check 2>/dev/null || sh tests/install-rtsp.sh
	@touch $@
