# `make help` lists the targets. Everything runs from .venv, which `make install` makes.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

.PHONY: help install try test check format lint types docs clean

help:  ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

install: .venv/installed  ## .venv with everything

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[local,dev]'
	@touch $@

format: install  ## format the code
	$(BIN)/ruff format publisher tests
	$(BIN)/ruff check --fix --quiet publisher tests

lint: install
	$(BIN)/ruff format --check publisher tests
	$(BIN)/ruff check publisher tests

types: install
	$(BIN)/mypy

test: install  ## all tests
	$(BIN)/pytest -n 2

check: lint types test  ## format check, lint, types, tests, our own declarations
	$(BIN)/publisher validate

clean:
	rm -rf .venv .publisher
