# `make help` lists the targets. Everything runs from .venv, which `make install` makes.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
LOCAL := $(BIN)/publisher --local
STARTER := configs/techcorp-prod-a001-us-west-2-customer-churn-ml-codecommit.yaml
ENTERPRISE := configs/globalbank-prod-c001-us-west-2-demand-forecasting-ml-codecommit-standalone-ssm.yaml

.PHONY: sweep help install try test check format lint types docs bench clean

help:  ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

install: .venv/installed  ## .venv with everything

.venv/installed: pyproject.toml emulator/pyproject.toml
	@echo "# Installing into .venv, once"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable ./emulator
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[local,dev]'
	@touch $@

try: install  ## publish and launch on a fresh local AWS (one that runs here already is stopped)
	@echo; echo "# 1. An AWS endpoint on this machine"
	@$(BIN)/publisher --quiet local stop >/dev/null
	$(BIN)/publisher local start
	@echo; echo "# 2. What products need in an account: a template bucket and their launch roles"
	$(LOCAL) bootstrap --yes
	@echo; echo "# 3. The files become a portfolio"
	$(LOCAL) sync --yes
	@echo; echo "# 4. A second plan finds nothing to do"
	$(LOCAL) plan --check
	@echo; echo "# 5. An ML team launches: a starter project, then an enterprise one"
	$(LOCAL) launch $(STARTER)
	$(LOCAL) launch $(ENTERPRISE)
	@echo; echo "# 6. The alerts wait until their recipient follows the link in the mail"
	$(LOCAL) alerts $(ENTERPRISE)
	$(BIN)/publisher local mail --confirm
	$(LOCAL) alerts $(ENTERPRISE) --wait
	@echo; echo "# Done. The endpoint goes on running; look around with:"
	@echo "#   $(BIN)/publisher list"
	@echo "#   $(LOCAL) outputs $(ENTERPRISE)"
	@echo "#   eval \"\$$($(BIN)/publisher local env)\"; $(BIN)/aws servicecatalog list-portfolios"
	@echo "#   $(LOCAL) terminate $(STARTER) --force"
	@echo "#   $(BIN)/publisher local stop"

format: install  ## format the code
	$(BIN)/ruff format publisher emulator tests
	$(BIN)/ruff check --fix --quiet publisher emulator tests

lint: install
	$(BIN)/ruff format --check publisher emulator tests
	$(BIN)/ruff check publisher emulator tests

types: install
	$(BIN)/mypy
	cd emulator && ../$(BIN)/mypy

test: install  ## all tests
	$(BIN)/pytest -n 2 --dist loadfile
	cd emulator && ../$(BIN)/pytest -n 2 --dist loadfile

reliability: install  ## stop at every call, bad weather and generated catalogs, at length; half an hour
	RELIABILITY=whole $(BIN)/pytest -n 2 tests/reliability -o junit_family=xunit1 --junit-xml=.publisher/reliability.xml
	@grep -oE 'name="(stops|weather)" value="[^"]*"' .publisher/reliability.xml

check: lint types test  ## format check, lint, types, tests, our own declarations
	$(BIN)/publisher validate
	$(BIN)/publisher lint
	$(BIN)/publisher docs --check

sweep: install  ## a stack of every resource type there is; minutes
	cd emulator && ../$(BIN)/pytest -n 2 tests/cloudformation/every_type.py

docs: install  ## write the generated tables of the documents
	$(BIN)/publisher docs

bench: install  ## what the local endpoint and plans of a large catalog cost: seconds, and figures that travel
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench.engine

clean:  ## remove what was made here
	rm -rf .venv .publisher
