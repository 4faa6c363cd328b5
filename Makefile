PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test install clean

demo: install            ## score SCM-Net with the shipped weights, show the leaderboard, write a report page
	$(BIN)/zoo run --recipe scmnet

test: install            ## lint, types, all tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

install: .venv/.installed

.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

clean:
	rm -rf .venv runs
