# `make help` lists the targets. Everything runs from .venv, which `make install` creates.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# In their order: sorted by size, the few long tests would come last, on one core. A third waits where two do.
WORKERS := -n 3 --dist loadfile --no-loadscope-reorder
# The emulator's tests take a sixth of the time: one worker beside the three ends before them.
BESIDE := -n 1
# Its tests wait for nothing, and each worker collects all of them.
FAST := -n 2 -m "not account and not slow" --hypothesis-profile=fast
SUDO := $(if $(filter-out 0,$(shell id -u)),sudo)
LOCAL := $(BIN)/publisher --local
STARTER := configs/techcorp-prod-a001-us-west-2-customer-churn-ml-codecommit.yaml
ENTERPRISE := configs/globalbank-prod-c001-us-west-2-demand-forecasting-ml-codecommit-standalone-ssm.yaml
# Each of the many programs that tests run would compile all of publisher again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install try check fast format lint types declarations test test-publisher test-emulator docs browser \
	screenshots moto-tests coverage sweep compat reliability roles scan fleet bench pythons release clean

help:  ## list the targets
	@awk -F ':.*  ## ' '/^[a-z-]+:.*  ## / {printf "%-14s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/installed  ## install everything into .venv

.venv/installed: pyproject.toml emulator/pyproject.toml
	@echo "# Installing into .venv, once"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable ./emulator
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[local,dev]'
	@touch $@

try: install  ## publish and launch on a new local AWS; stops a running one
	@echo; echo "# 1. An AWS endpoint on this machine"
	@$(BIN)/publisher --quiet local stop >/dev/null
	$(BIN)/publisher local start
	@echo; echo "# 2. Bootstrap the account: a template bucket and launch roles"
	$(LOCAL) bootstrap --yes
	@echo; echo "# 3. Publish the files as a portfolio"
	$(LOCAL) sync --yes
	@echo; echo "# 4. Plan again: no changes"
	$(LOCAL) plan --check
	@echo; echo "# 5. Launch a starter and an enterprise project, as an ML team"
	$(LOCAL) launch $(STARTER)
	$(LOCAL) launch $(ENTERPRISE)
	@echo; echo "# 6. Confirm the alerts, as their recipient"
	$(LOCAL) alerts $(ENTERPRISE)
	$(BIN)/publisher local mail --confirm
	$(LOCAL) alerts $(ENTERPRISE) --wait
	@echo; echo "# Done. The endpoint is still running. Try these commands:"
	@echo "#   $(BIN)/publisher local open"
	@echo "#   $(BIN)/publisher list"
	@echo "#   $(LOCAL) outputs $(ENTERPRISE)"
	@echo "#   eval \"\$$($(BIN)/publisher local env)\"; $(BIN)/aws servicecatalog list-portfolios"
	@echo "#   $(LOCAL) terminate $(STARTER) --force"
	@echo "#   $(BIN)/publisher local stop"

check: lint types declarations test  ## run everything that a change must pass

fast: lint types  ## lint, types and the tests that need no AWS; under a minute
	$(BIN)/pytest $(FAST)
	cd emulator && ../$(BIN)/pytest $(FAST)

format: install  ## format the code
	$(BIN)/ruff format publisher emulator tests action
	$(BIN)/ruff check --fix --quiet publisher emulator tests action

lint: install  ## check formatting and lint rules
	$(BIN)/ruff format --check publisher emulator tests action
	$(BIN)/ruff check publisher emulator tests action

types: install  ## run mypy for both distributions
	cd emulator && ../$(BIN)/mypy & $(BIN)/mypy; status=$$?; wait $$! && exit $$status

declarations: install  ## check portfolio/, products/, configs/ and generated pages
	$(BIN)/publisher validate
	$(BIN)/publisher lint
	$(BIN)/publisher docs --check

test: install  ## run all tests of both distributions
	@$(MAKE) --no-print-directory -j 2 test-publisher test-emulator

test-publisher: install
	$(BIN)/pytest $(WORKERS)

# Printed whole at its end, so that the lines of the two are not mixed.
test-emulator: install
	@mkdir -p .publisher
	cd emulator && ../$(BIN)/pytest $(BESIDE) >../.publisher/emulator-tests.txt 2>&1; \
		status=$$?; cat ../.publisher/emulator-tests.txt; exit $$status

docs: install  ## write the generated tables and the JSON Schemas
	$(BIN)/publisher docs
	cd emulator && ../$(BIN)/python -m tests.generated_tables

browser:  ## install Chromium, for the tests of pages in a browser (Debian, Ubuntu)
	@command -v chromium >/dev/null || command -v google-chrome-stable >/dev/null || { \
		$(SUDO) apt-get update -qq && $(SUDO) apt-get install -qq --no-install-recommends chromium fonts-dejavu-core; }

screenshots: install browser  ## draw a page of every kind into .publisher/screenshots, and those of the README; takes minutes
	$(BIN)/python -m tests.browser.screenshots

moto-tests: install  ## run moto's own tests against the emulator; downloads them
	cd emulator && ../$(BIN)/python tests/moto_suite.py

coverage: install  ## measure branch coverage of both packages; fails below the limit
	cd emulator && ../$(BIN)/pytest $(WORKERS) --cov=catalog_emulator --cov-report=term:skip-covered
	$(BIN)/pytest $(WORKERS) --cov=publisher --cov-report=term:skip-covered

sweep: install  ## create a stack of every resource type; takes minutes
	cd emulator && ../$(BIN)/pytest -n 2 tests/cloudformation/every_type.py

compat: install  ## run CDK, Terraform, SAM and others against the local AWS; installs them
	$(BIN)/python -m tests.compat $(CLIENTS)

reliability: install  ## all tests of stops, faults and generated catalogs; takes half an hour
	RELIABILITY=whole $(BIN)/pytest -n 2 -m whole tests --ignore tests/reliability
	RELIABILITY=whole $(BIN)/pytest -n 2 tests/reliability -o junit_family=xunit1 --junit-xml=.publisher/reliability.xml
	@grep -oE 'name="(stops|faults)" value="[^"]*"' .publisher/reliability.xml

roles: install  ## launch, update and terminate products as their derived roles, without each statement; FOREIGN=DIR: templates of a folder
	$(BIN)/python -m tests.roles $(if $(FOREIGN),--foreign $(FOREIGN)) $(if $(DOCS),--quick --docs)

scan: install  ## what other tools find in the derived policies; installs them, and is no gate
	$(BIN)/python -m tests.roles.scan

fleet: install  ## update 1,000 local launches by runs that are killed at 20 random points
	$(BIN)/python -m tests.bench.fleet

bench: install  ## measure what is promised about speed and memory; PART="rendering calls" for a part
	$(BIN)/python -m tests.bench $(PART)

pythons: install  ## the tests of fast, and of what is installed, on every supported Python that is here; installs into .publisher
	$(BIN)/python -m tests.packaging.pythons

release: install  ## check, build into dist/, and tag; uploads nothing and prints what does; CHECKED=1: without make check
	$(BIN)/python -m tests.packaging.release --ready
	$(if $(CHECKED),,$(MAKE) check)
	RELIABILITY=whole $(BIN)/pytest -m whole tests/packaging
	$(BIN)/python -m tests.packaging.release

clean:  ## remove .venv and .publisher
	rm -rf .venv .publisher
