# make demo | test | lint | bench | clean: each builds what it needs.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
RUN := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed

.PHONY: demo test lint format clean
demo: $(INSTALLED)
	$(RUN) demo/make_demo.py

test: $(INSTALLED)
	$(RUN) -m pytest

lint: $(INSTALLED)
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy bake demo/make_demo.py

format: $(INSTALLED)
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

$(INSTALLED): requirements/worker.txt requirements/development.txt
	@command -v $(PYTHON) >/dev/null || { echo "SpaceTimePilot needs Python 3.11: apt-get install -y python3.11 python3.11-venv"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { apt-get update && apt-get install -y --no-install-recommends python3.11-venv; } \
	  || { echo "Run this as root, then try again: apt-get install -y python3.11-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements/development.txt
	touch $@

clean:
	rm -rf build demo/out .mypy_cache .pytest_cache .ruff_cache
