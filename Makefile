PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo test fast fmt docs fuzz install clean

help:                    ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

demo: install            ## score SCM-Net with the shipped weights, write a report page; put a photo in another pose
	$(BIN)/zoo run --recipe scmnet
	$(BIN)/zoo transfer --source docs/demo/me.jpg --target docs/demo/pose.jpg --out runs/demo/photo.png --force

test: install            ## lint, types, all tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 --dist loadfile

fast: install            ## the tests that are over in a minute: structure, documents, contracts
	$(BIN)/python -m pytest -x tests/test_floors.py tests/recipes tests/results/test_records.py

fmt: install             ## format, and mend what the linter can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: install            ## write docs/reference from the code, and all pages as a site into site/
	$(BIN)/python docs/reference.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet

fuzz: install            ## an hour of broken recipes, tracks, records, joints, parsings and weights
	$(BIN)/python -m tests.fuzz --seconds 3600

install: .venv/.installed ## into .venv

.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

clean:                   ## remove .venv and runs
	rm -rf .venv runs
