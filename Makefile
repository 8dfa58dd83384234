# Everything a newcomer types. Needs Python 3.11 to 3.13 and make; the rest is installed into .venv
# from the hashed locks. `make help` lists the targets.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
DEV_READY := .venv/.dev-ready
# The development packages hold everything that running needs.
RUN_READY := $(if $(wildcard $(DEV_READY)),$(DEV_READY),.venv/.runtime-ready)
WORKERS ?= 2

# Without byte code on disk every Dagster process would compile everything again.
unexport PYTHONDONTWRITEBYTECODE
unexport PYTHONPATH
export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := help
.PHONY: run stop reset test check format lock bench drill help

run: $(RUN_READY) ## Start the whole platform on this machine; Ctrl-C stops it
	@exec $(BIN)/ordernimbus up

stop: $(RUN_READY) ## Stop the platform from another shell
	@$(BIN)/ordernimbus down

reset: $(RUN_READY) ## Stop the platform and remove all its data (YES=1 does not ask)
	@$(BIN)/ordernimbus reset $(if $(YES),--yes)

test: $(DEV_READY) ## Run every test
	$(BIN)/pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: $(DEV_READY) ## Format, lint, types, import contracts, SQL lint, repository rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/sqlfluff lint dbt_project/models
	scripts/check_repository.sh

format: $(DEV_READY) ## Rewrite Python and SQL in the project's style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/sqlfluff fix dbt_project/models

lock: .venv/.bootstrap-ready ## Resolve the dependencies anew and write the hashed locks
	PATH="$(CURDIR)/.venv/bootstrap/bin:$$PATH" scripts/lock.sh

bench: $(DEV_READY) ## Run one benchmark, for example: make bench B=api_read
	$(BIN)/python -m benchmarks.$(or $(B),$(error name one of benchmarks/*.py with B=...))

drill: $(DEV_READY) ## Kill processes in the middle of their work and check that nothing is lost
	$(BIN)/pytest -m drill $(ARGS)

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-8s %s\n' "$$name" "$$text"; done

.venv/.bootstrap-ready: locks/bootstrap.lock scripts/environment.sh
	@PYTHON="$(PYTHON)" scripts/environment.sh bootstrap

.venv/.runtime-ready: .venv/.bootstrap-ready locks/runtime.lock pyproject.toml
	@scripts/environment.sh runtime

$(DEV_READY): .venv/.bootstrap-ready locks/dev.lock pyproject.toml
	@scripts/environment.sh dev
