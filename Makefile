# `make help` lists the targets. Everything runs from .venv, which `make install` makes.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
WORKERS := -n 2 --dist loadfile
FAST := $(WORKERS) -m "not account and not slow" --hypothesis-profile=fast
LOCAL := $(BIN)/publisher --local
STARTER := configs/techcorp-prod-a001-us-west-2-customer-churn-ml-codecommit.yaml
ENTERPRISE := configs/globalbank-prod-c001-us-west-2-demand-forecasting-ml-codecommit-standalone-ssm.yaml

.PHONY: help install try check fast format lint types declarations test docs moto-tests coverage \
	sweep reliability bench clean

help:  ## this list
	@sed -nE 's/^([a-z-]+):.*  ## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

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

check: lint types declarations test  ## everything a change must pass; run this before you commit

fast: lint types  ## lint, types and the tests that need no AWS; under a minute, for while you work
	$(BIN)/pytest $(FAST)
	cd emulator && ../$(BIN)/pytest $(FAST)

format: install  ## format the code
	$(BIN)/ruff format publisher emulator tests
	$(BIN)/ruff check --fix --quiet publisher emulator tests

lint: install  ## formatting and lint rules
	$(BIN)/ruff format --check publisher emulator tests
	$(BIN)/ruff check publisher emulator tests

types: install  ## mypy for both distributions, side by side
	cd emulator && ../$(BIN)/mypy & $(BIN)/mypy; status=$$?; wait $$! && exit $$status

declarations: install  ## portfolio/, products/, configs/ and the generated documents
	$(BIN)/publisher validate
	$(BIN)/publisher lint
	$(BIN)/publisher docs --check

test: install  ## all tests of both distributions
	cd emulator && ../$(BIN)/pytest $(WORKERS)
	$(BIN)/pytest $(WORKERS)

docs: install  ## write the generated tables and the JSON Schemas
	$(BIN)/publisher docs

moto-tests: install  ## moto's own tests against the emulator; needs the package registry
	cd emulator && ../$(BIN)/python tests/moto_suite.py

coverage: install  ## branch coverage of both packages; fails below the floor
	cd emulator && ../$(BIN)/pytest $(WORKERS) --cov=catalog_emulator --cov-report=term:skip-covered
	$(BIN)/pytest $(WORKERS) --cov=publisher --cov-report=term:skip-covered

sweep: install  ## a stack of every resource type there is; minutes
	cd emulator && ../$(BIN)/pytest -n 2 tests/cloudformation/every_type.py

reliability: install  ## stop at every call, faults and generated catalogs, at length; half an hour
	RELIABILITY=whole $(BIN)/pytest -n 2 tests/reliability -o junit_family=xunit1 --junit-xml=.publisher/reliability.xml
	@grep -oE 'name="(stops|faults)" value="[^"]*"' .publisher/reliability.xml

bench: install  ## what the emulator and plans of a large catalog cost
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench.engine

clean:  ## remove what was made here
	rm -rf .venv .publisher
