# archlab: `make run` and `make test` need nothing but make and Python 3.11 to 3.13.
.DEFAULT_GOAL := help
.PHONY: help run test lint format docs bench lock audit clean

# The first of these that archlab can use; `make run PYTHON=/path/to/python` overrules it.
PYTHON ?= $(shell for p in python3 python python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
	&& echo $$p && break; done)
BIN := .venv/bin
READY := .venv/ready
# What `make run` passes on: make run ARGS="experiment=sine_deep"
ARGS ?=

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(READY) ## set up and train the default experiment (ARGS="..." for another)
	@$(BIN)/python run.py $(ARGS)

test: $(READY) ## set up and pass the tests
	@$(BIN)/python -m pytest -n 2

lint: $(READY) ## check format, style and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: $(READY) ## put the code into its format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: $(READY) ## write the tables in docs/ anew, from the code
	@$(BIN)/python -m docs

bench: $(READY) ## measure speed beside the peers, most of an hour; writes benchmarks/results.md
	@$(BIN)/python -m benchmarks

lock: $(READY) ## pin the newest allowed versions in requirements.lock
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --upgrade --generate-hashes --no-annotate \
		--no-emit-index-url --no-emit-find-links --python-version 3.11 \
		--custom-compile-command "make lock" --group dev pyproject.toml -o requirements.lock

audit: $(READY) ## look for known vulnerabilities of what requirements.lock pins
	@PYTHONPATH=. $(BIN)/python .ci/audit.py

clean: ## remove the environment and the caches, not the results
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache

$(READY): requirements.lock
	@test -n "$(PYTHON)" || { \
		echo "error: python: none of python3, python3.13, python3.12, python3.11 is Python 3.11 to 3.13; install one, or name it: make run PYTHON=/path/to/python" >&2; exit 2; }
	@echo "setting up .venv with $$($(PYTHON) --version), once; this takes a minute or two"
	@$(PYTHON) -m venv --clear .venv || { \
		echo "error: python: $(PYTHON) cannot make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv" >&2; rm -rf .venv; exit 2; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@
