# Everything is made from Python (3.11 to 3.13) and make alone. `make help` reads the lines that begin with `##`.

# The first Python that really starts and fits; say `make PYTHON=/path/to/python3.12 run` to choose another.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1 && { echo $$p; break; }; done)
BIN := .venv/bin
PORT ?= 8000
TESTS ?= tests
WORKERS ?= 2
COMPILE = $(BIN)/uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --quiet

export PORT
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help run test check bench faults lock pictures

## help      these lines
help:
	@sed -n 's/^## /make /p' Makefile

## run       the demo: web and scheduler with invented people (PORT=8000, COACHDESK_INSTANCE=instance)
run: .venv/.ok
	@exec $(BIN)/coachdesk run --demo

## test      everything: SQLite, PostgreSQL, and Chromium where there is one (TESTS=tests/goals for a part, COVER=1)
test: .venv/.dev
	@$(BIN)/python -m tests.chromium
	$(BIN)/pytest -n $(WORKERS) $(if $(COVER),--cov) $(TESTS)

## check     linters, types, who may know whom, templates, then the quick tests (all but the browser's)
check: .venv/.dev
	$(BIN)/python -m pip check
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/deptry .
	$(BIN)/vulture
ifndef NO_TESTS
	$(BIN)/pytest -n $(WORKERS) -m "not browser" $(TESTS)
endif

## bench     how long planning takes for 10,000 people, on each database (PEOPLE=10000, TOLD=100000)
bench: .venv/.dev
	$(BIN)/python -W ignore -m tests.bench

## faults    damage done on purpose, and the largest amounts, measured (PART=access for one part; takes a while)
faults: .venv/.dev
	$(BIN)/python -m tests.faults $(PART)

## lock      remake both requirement files from pyproject.toml (UPGRADE=1 takes newer releases)
lock: .venv/.dev
	$(COMPILE) $(if $(UPGRADE),--upgrade) -o requirements.txt
	$(COMPILE) --group dev -c requirements.txt $(if $(UPGRADE),--upgrade) -o requirements-dev.txt

## pictures  the pictures of the README, drawn anew by the browser
pictures: .venv/.dev
	$(BIN)/python -m tests.pictures

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "CoachDesk needs Python 3.11, 3.12 or 3.13, and none was found." >&2; exit 1; }
	$(PYTHON) -m venv .venv

# The stamps: made anew when what they were made from changes.
# Both lists are complete, so nothing is worked out anew (--no-deps): a release of today changes no install of yesterday's.
.venv/.ok: requirements.txt pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.ok
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements-dev.txt
	@touch $@
