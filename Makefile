# What a person and CI both run. Needs python3 and make; test and screenshots also a Chromium:
#   make serve    sets up .venv and runs the emulator   make serve ARGS="--port 9000"
#   make test     sets up .venv and runs the tests      make test ARGS="-k omni"
#   make check    lint, format and types
#   make fuzz     requests made from the OpenAPI document   make fuzz ARGS="--max-examples 1000"
#   make bench    against the bare server               make bench ARGS="--only omni-json"
#   make profile  where the time of a call goes         make profile ARGS="omni-xml"
#   make soak     an hour's traffic in minutes, with level memory   make soak ARGS="--calls 50000"
#   make screenshots  the inbox's views, to be looked at
#   make image    builds the container image
#   make readme   renews the README's tables from the data
#   make clean    removes what the others made

PYTHON ?= python3
CONTAINER ?= docker
ARGS ?=

VENV := .venv
PIP_INSTALL := $(VENV)/bin/python -m pip install -qq --disable-pip-version-check

.PHONY: serve test check fuzz bench profile soak screenshots image readme clean

serve: $(VENV)/.ready
	@echo "Running the emulator (Ctrl-C stops it)"
	@exec $(VENV)/bin/messaging-emulator serve $(ARGS)

test: $(VENV)/.ready-dev
	@echo "Running the tests"
	@$(VENV)/bin/python -m pytest $(ARGS)

check: $(VENV)/.ready-dev
	@echo "Checking lint, format and types"
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check
	@$(VENV)/bin/mypy

fuzz: $(VENV)/.ready-dev
	@echo "Sending requests made from the OpenAPI document (some minutes)"
	@$(VENV)/bin/python -m tests.fuzz $(ARGS)

bench: $(VENV)/.ready-dev
	@echo "Measuring the emulator against a bare server (some minutes)"
	@$(VENV)/bin/python -m benchmarks $(ARGS)

profile: $(VENV)/.ready-dev
	@$(VENV)/bin/python -m benchmarks.profile $(ARGS)

soak: $(VENV)/.ready
	@echo "Sending an hour's traffic (some minutes)"
	@$(VENV)/bin/python -m benchmarks.soak $(ARGS)

screenshots: $(VENV)/.ready-dev
	@echo "Drawing the inbox's views into screenshots/"
	@$(VENV)/bin/python -m tests.inbox.screenshots screenshots

image:
	@echo "Building the image messaging-emulator with $(CONTAINER)"
	@$(CONTAINER) build --tag messaging-emulator $(ARGS) .

readme: $(VENV)/.ready-dev
	@echo "Renewing the README's tables"
	@$(VENV)/bin/python -m tests.readme_tables

clean:
	@echo "Removing $(VENV), builds and caches"
	@rm -rf $(VENV) build dist screenshots .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find emulator tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is as old as the pyproject.toml it was installed from; the code itself
# is installed as a link and needs no new one.
$(VENV)/.ready: pyproject.toml | $(VENV)/bin/python
	@echo "Installing the emulator into $(VENV)"
	@$(PIP_INSTALL) --editable .
	@touch $@

$(VENV)/.ready-dev: pyproject.toml | $(VENV)/bin/python
	@echo "Installing the emulator and its tools into $(VENV)"
	@$(PIP_INSTALL) --editable '.[dev]'
	@touch $@ $(VENV)/.ready

# ensurepip is asked for by name: Debian's python3 has venv without it.
$(VENV)/bin/python:
	@command -v "$(PYTHON)" >/dev/null || \
	  { echo "No $(PYTHON) on this machine: install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is $$("$(PYTHON)" --version 2>&1): the emulator needs Python 3.11 or newer (make PYTHON=python3.13)" >&2; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "$(PYTHON) cannot make virtual environments: install its venv module (Debian, Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@echo "Setting up $(VENV) with $$("$(PYTHON)" --version)"
	@"$(PYTHON)" -m venv --clear $(VENV)
