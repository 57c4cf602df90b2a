# One word for each job; `make help` lists them. All work on a machine with nothing but make and Python 3.11 or newer.
#   VENV    the virtual environment               DJANGO  the Django line: 5.2 or 6
#   PYTHON  the interpreter that makes it         ARGS    further arguments of the job's main command

export VENV ?= .venv
export DJANGO ?= 5.2
export PYTHON
PY := $(VENV)/bin/python
MANAGE := $(PY) example_project/manage.py

.DEFAULT_GOAL := help
.PHONY: help demo test shell setup lint types laws faults check clean

help: ## list these words
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 8

demo: ## serve the example project: database, world and explorer; Ctrl-C stops it
	@.ci/setup demo
	@exec $(MANAGE) demo $(ARGS)

test: dev ## run the tests
	@$(PY) -m pytest -n 2 $(ARGS)

shell: ## Python with the example project's models at hand
	@.ci/setup demo
	@exec $(MANAGE) shell $(ARGS)

setup: dev ## make the virtual environment with all tools

lint: dev ## check the style
	@$(PY) -m ruff check $(ARGS)
	@$(PY) -m ruff format --check

types: dev ## check the types, with mypy and pyright
	@$(PY) -m mypy $(ARGS)
	@$(PY) -m pyright --pythonpath $(PY)

laws: dev ## build and execute every pair of methods, where `make test` takes some
	@$(PY) -m pytest -n 2 tests/laws --all-pairs $(ARGS)

faults: dev ## kill workers and servers for longer than `make test` does
	@FAULTS=1 $(PY) -m pytest tests/reliability/test_faults.py $(ARGS)

check: lint types test ## everything that must hold before a change is done
	@$(MANAGE) check --fail-level WARNING
	@$(MANAGE) makemigrations --check --dry-run

clean: ## delete what these words have made: environments, the server with its data, caches
	@if [ -x $(PY) ]; then $(PY) -m example_project.config.server; fi
	@rm -rf .venv .venv-next .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: dev
dev:
	@.ci/setup dev
