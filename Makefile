# Thin on purpose: what a target does is in the program it calls.
# PYTHON=… names the interpreter to set up with; ARGS=… is handed on to pytest.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run demo test test-faults-long test-compiled test-autobahn check bench compile lock clean

BIN := .venv/bin
# Each has a broker and a database server of its own; units of tests are handed out in the order of `testpaths`.
WORKERS := -n 2 --dist loadfile --no-loadscope-reorder
# They keep two cores busy, so tests are patient.
export SLUICE_TEST_TIME_SCALE ?= 3
PROJECTS := pyproject.toml $(wildcard libs/*/pyproject.toml services/*/pyproject.toml cli/pyproject.toml)
RUNTIME := .venv/.runtime-is-installed
DEV := .venv/.dev-is-installed

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

run: $(RUNTIME) ## start the platform on this machine; Ctrl-C stops it
	@$(BIN)/python -m sluice.up

demo: $(RUNTIME) ## publish the tutorial's API on what 'make run' runs, and print how to try it
	@$(BIN)/python -m sluice.demo

test: $(DEV) ## all tests, with a real Kafka, PostgreSQL and wscat
	@cd tests && ../$(BIN)/python -m backing fetch || echo 'What could not be fetched is listed at the end as not run.'
	$(BIN)/python -m pytest $(WORKERS) $(ARGS)

test-faults-long: $(DEV) ## the faults whose tests take minutes; as root also a network that loses packets
	@cd tests && ../$(BIN)/python -m backing fetch || echo 'What could not be fetched is listed at the end as not run.'
	$(BIN)/python -m pytest tests/faults -m long $(ARGS)

check: $(DEV) ## style, types, dependency rules, generated documents
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_committed_files.py
	@if [ -f scripts/generate_docs.py ]; then set -x; $(BIN)/python scripts/generate_docs.py --check; fi

bench: $(DEV) ## what the platform costs: idle, and for each relayed message
	@PYTHONPATH=.:tests $(BIN)/python -m bench $(ARGS)

compile: $(DEV) ## the gateway's hot modules, with a C compiler; it runs without that too, slower
	@$(BIN)/python scripts/compile_gateway.py

test-compiled: compile ## the gateway's tests again, on the compiled modules
	GATEWAY_COMPILED=required $(BIN)/python -m pytest $(WORKERS) services/gateway/tests $(ARGS)

test-autobahn: $(DEV) ## the Autobahn suite against the gateway; ARGS='-m nightly' with compression too
	$(BIN)/python -m pytest services/gateway/tests/process/test_autobahn.py -m long $(ARGS)

lock: ## write the requirements locks from the pyproject.toml files
	scripts/lock.sh

clean: ## take away what was installed and cached; the data folder stays
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUNTIME): requirements.lock scripts/uv-requirements.lock scripts/set-up.sh $(PROJECTS)
	@PYTHON='$(PYTHON)' scripts/set-up.sh runtime
	@touch $@

$(DEV): $(RUNTIME) requirements-dev.lock
	@PYTHON='$(PYTHON)' scripts/set-up.sh dev
	@touch $@
