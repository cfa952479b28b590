# Everything a person or a machine runs here. On a fresh machine: make demo, make test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TESTED := $(VENV)/.installed-test
LOOKED := $(VENV)/.installed-looks

.PHONY: help demo test setup check format lint types imports quick nightly bench looks docs clean

help:  ## Say what there is to make
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: $(INSTALLED)  ## Correct two sample sheets against the built-in sandbox, no keys
	@$(BIN)/address-pipeline demo
	@echo 'To use the command in this shell: . $(BIN)/activate'

test: setup check  ## Set up, then run every check

setup: $(TESTED)  ## Make the environment with all that tests need

check: lint types imports quick  ## Format, ruff, mypy, import rooms, tests with coverage

$(BIN)/python:
	@echo 'Setting up $(VENV), about a minute …'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip

$(INSTALLED): pyproject.toml | $(BIN)/python
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(TESTED): pyproject.toml | $(BIN)/python
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(INSTALLED)

$(LOOKED): pyproject.toml $(TESTED)
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,looks]'
	@touch $@

format:  ## Write the code in one style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types:
	$(BIN)/mypy

imports:
	$(BIN)/lint-imports

quick:
	$(BIN)/pytest -n 2 --dist worksteal --cov --cov-report=term:skip-covered

nightly: setup  ## The slow tests too, and each property as often as its test asks for
	EXAMPLES=all $(BIN)/pytest -n 2 -m 'nightly or not nightly' --timeout 900

bench: setup  ## Figures, as ratios against a bare aiohttp loop in the same run
	$(BIN)/python -m tests.benchmarks

looks: $(LOOKED)  ## Draw the pages and the workbook, and check them in a browser
	@$(BIN)/python -m tests.looks $(LOOKS)

docs: setup  ## Write anew the pages that are made from the code
	$(BIN)/python -m tests.docs.generate
	$(BIN)/python -m tests.pace_simulation

clean:  ## Remove what was made here
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage*
