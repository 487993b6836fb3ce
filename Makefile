# What each command needs, it sets up first: python3 (3.11 or newer) and make are enough.
SHELL := /bin/sh
PYTHON ?= python3
CLIENT ?= datasets/hotel
LANGUAGE ?= zh
UV := $(shell command -v uv 2>/dev/null)
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.PHONY: help report check lab build cases population study test bench lock clean python chromium

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "make report CLIENT=path/to/client LANGUAGE=en"

report: .venv/report  ## the report of a case or client, in build/reports
	.venv/bin/keytouch report "$(CLIENT)" --language $(LANGUAGE) $(OPTIONS)

check: .venv/report  ## every problem in a client's files
	.venv/bin/keytouch check "$(CLIENT)" --language $(LANGUAGE)

lab: .venv/all  ## JupyterLab with the notebooks
	.venv/bin/jupyter lab --notebook-dir=. notebooks/$(LANGUAGE)

build: .venv/all  ## the notebooks from their sources
	.venv/bin/keytouch build

cases: .venv/report  ## the shipped cases again from their seeds
	.venv/bin/keytouch cases --out datasets --key build

test: .venv/all chromium  ## every test, the real browser included
	.venv/bin/python -m pytest $(OPTIONS)
	.venv/bin/ruff check helpers tests

population: .venv/report  ## the cases' true effects again, after their parameters changed
	.venv/bin/python -m keytouch.cases.population

study: .venv/report  ## how often the analysis finds what is planted, in build/study
	.venv/bin/python tests/study.py $(OPTIONS)

bench: .venv/report  ## where a report's time goes; drivers, journeys and comments beside other tools
	.venv/bin/python tests/bench.py "$(CLIENT)" --language $(LANGUAGE)
	.venv/bin/python tests/bench_drivers.py --peers
	.venv/bin/python tests/bench_journeys.py --peers
	.venv/bin/python tests/bench_comments.py --peers

lock:  ## the locks from pyproject.toml (needs uv)
	@test -n "$(UV)" || { echo "make lock needs uv: $(PYTHON) -m pip install uv"; exit 1; }
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --extra lab --extra test --extra postgres --output-file requirements-dev.lock
COMPILE = printf 'setuptools>=77\n' | uv pip compile pyproject.toml - --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-annotate --custom-compile-command 'make lock' --quiet

clean:  ## remove what was made: .venv and build
	rm -rf .venv build

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "keytouch needs Python 3.11 or newer, found: $$($(PYTHON) --version 2>&1). Name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3"; exit 1; }

# A finished environment is marked by a file, so that a broken set-up is tried again.
.venv/report: requirements.lock pyproject.toml | python
	@test -e .venv/all || $(MAKE) --no-print-directory install LOCK=requirements.lock
	@touch $@

.venv/all: requirements-dev.lock pyproject.toml | python
	@$(MAKE) --no-print-directory install LOCK=requirements-dev.lock
	@touch .venv/report $@

.PHONY: install
ifneq ($(UV),)
install:
	@test -x .venv/bin/python || uv venv --quiet --python "$$(command -v $(PYTHON))" .venv
	uv pip install --quiet --compile-bytecode --python .venv/bin/python --require-hashes -r $(LOCK)
	uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
else
install:
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv || { \
	  echo "python3 can't make environments; on Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
endif

# The browser tests drive a real Chromium: the system's, or the one that CHROMIUM names.
chromium:
	@test -n "$(CHROMIUM)" || command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
	  || command -v google-chrome >/dev/null \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && [ -e /etc/debian_version ] \
	       && echo "installing chromium for the browser tests" && apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } \
	  || { echo "the browser tests need Chromium: apt-get install chromium, or CHROMIUM=/path/to/chrome make test"; exit 1; }
