# Two commands for everybody: `make study` and `make test`. The rest: `make help`, `make help-developer`.
SHELL := bash
STUDY ?=
RELEASE ?=
FROM ?=
CORES ?=
NAME ?=
RAW ?=
PROFILE ?=
ROWS ?=
EVENTS ?=
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
SOURCES := workflow/scripts tests benchmarks
# Two workers, as many as a small machine has cores; tests/conftest.py says which tests stay together.
WORKERS := -n 2 --dist loadfile --no-loadscope-reorder --durations 20
.DEFAULT_GOAL := help
.PHONY: help help-developer study check new-study test audit clean environment lint format lock fast calibration calibration-coverage calibration-districts benchmark simulation docs publish deidentify privacy-report benchmark-scale benchmark-demo cluster-environment test-cluster

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*  ## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*  ## /make \1\t/' | expand -t 20

help-developer:  ## Show what developers use besides
	@grep -hE '^[a-z-]+:.*  ### ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*  ### /make \1\t/' | expand -t 20

study: $(READY)  ## Run a study from raw files to briefs (STUDY=name or folder; default demo)
	@$(BIN)/python workflow/scripts/commands/run_study.py $(if $(STUDY),--study "$(STUDY)") $(if $(FROM),--from "$(FROM)") $(if $(CORES),--cores "$(CORES)") $(if $(PROFILE),--profile "$(PROFILE)")

deidentify: $(READY)  ## Run a study up to the coded zone alone, and say what to hand over (STUDY=...)
	@$(BIN)/python workflow/scripts/commands/run_study.py --only deidentify $(if $(STUDY),--study "$(STUDY)") $(if $(CORES),--cores "$(CORES)")

check: $(READY)  ## Read a study's raw files alone and print what became of each row (STUDY=...)
	@$(BIN)/python workflow/scripts/commands/check_study.py $(if $(STUDY),--study "$(STUDY)")

new-study: $(READY)  ## Start a study from a folder of exports (NAME=name or folder, RAW=folder)
	@$(BIN)/python workflow/scripts/commands/new_study.py --name "$(NAME)" --raw "$(RAW)"

test: $(READY) lint browser  ## Run every test
	$(BIN)/python -m pytest $(WORKERS)

.PHONY: browser
browser:  ### Install Chromium for the tests that open the pages (Debian, as root; elsewhere they are skipped)
	@command -v chromium > /dev/null || [ "$$(id -u)" != 0 ] || ! command -v apt-get > /dev/null || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium > /dev/null; } || echo "Chromium could not be installed: the tests that open the pages are skipped."

.PHONY: publish
publish: $(READY)  ## Note the results as published, so that later releases are protected against them (RELEASE=name STUDY=...)
	@$(BIN)/python workflow/scripts/commands/publish_release.py "$(RELEASE)" $(if $(STUDY),--study "$(STUDY)")

audit: $(READY)  ## Check results/ against its manifest, without any data (STUDY=...)
	@$(BIN)/python workflow/scripts/commands/audit_results.py $(if $(STUDY),"$(STUDY)",demo)

clean: $(READY)  ## Remove what can be rebuilt of a study's vault (crosswalk and registry stay)
	@$(BIN)/python workflow/scripts/commands/clean_study.py $(if $(STUDY),--study "$(STUDY)")

environment: $(READY)  ### Make the environment in .venv from requirements.lock

fast: $(READY)  ### Run the tests that build no whole study
	$(BIN)/python -m pytest $(WORKERS) -m "not slow"

lint: $(READY)  ### Check style, types and the workflow
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/snakefmt --check --line-length 120 --compact-diff Snakefile workflow/rules
	@$(BIN)/python -m snakemake --lint --directory "$$(mktemp -d)" > .venv/lint.txt 2>&1 || { cat .venv/lint.txt; exit 1; }

format: $(READY)  ### Write the style
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/snakefmt --line-length 120 Snakefile workflow/rules

docs: $(READY)  ### Write docs/contract.md from config/contract
	$(BIN)/python workflow/scripts/commands/write_contract_page.py

privacy-report: $(READY)  ### Measure how students are protected and write docs/privacy.md (about ten minutes)
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python workflow/scripts/commands/write_privacy_report.py

lock: $(READY)  ### Make requirements.lock and requirements-cluster.lock from the .in files
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url requirements.in -o requirements.lock
	$(BIN)/uv pip compile --quiet --no-deps --universal --generate-hashes --python-version 3.11 --no-emit-index-url requirements-cluster.in -o requirements-cluster.lock

benchmark: $(READY)  ### Measure against others and write docs/performance.md
	$(BIN)/python benchmarks/absorb.py
	$(BIN)/python benchmarks/intake.py $(if $(ROWS),--rows "$(ROWS)")
	$(BIN)/python benchmarks/measures.py $(if $(EVENTS),--events "$(EVENTS)")
	$(BIN)/python benchmarks/types_found.py

benchmark-demo: $(READY)  ### Measure the whole demo with five million clicks and write docs/performance.md
	$(BIN)/python benchmarks/demo.py

benchmark-scale: $(READY)  ### Measure the cost of a bucket and write docs/scale.md
	$(BIN)/python benchmarks/scale.py

calibration-coverage: $(READY)  ### Simulate lotteries and check how often the intervals hold the truth (docs/coverage.md)
	$(BIN)/python benchmarks/interval_coverage.py

calibration: $(READY)  ### Print the demo's figures: published | planted | simulated | estimated (STUDY=...)
	@$(BIN)/python workflow/scripts/commands/calibrate.py $(if $(STUDY),--study "$(STUDY)")

calibration-districts: $(READY)  ### Print how often the intervals hold their targets over 1,000 simulated districts
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python workflow/scripts/commands/calibrate_districts.py

simulation: $(READY)  ### Write a simulated district of any size (FOLDER=... STUDENTS=... FORMAT=parquet|csv|none)
	@$(BIN)/python workflow/scripts/commands/simulate_scale.py "$(FOLDER)" $(if $(STUDENTS),--students $(STUDENTS)) $(if $(FORMAT),--format $(FORMAT)) $(if $(CORES),--cores $(CORES))

cluster-environment: $(READY)  ### Add what a run on SLURM needs (PROFILE=profiles/slurm)
	@UV_COMPILE_BYTECODE=1 $(BIN)/uv pip install --quiet --no-deps --require-hashes --python $(BIN)/python -r requirements-cluster.lock

test-cluster: cluster-environment  ### Run the measure stage on a SLURM cluster of two nodes, started here, and lose one (as root; installs Debian's slurm-wlm and munge)
	@command -v slurmctld munged > /dev/null || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slurm-wlm munge > /dev/null; }
	PYTHONPATH=tests/cluster $(BIN)/python -m pytest --run-cluster tests/cluster

# uv fills the environment in a third of pip's time, and compiles it once instead of at each import.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Recredit needs Python 3.11 or newer; this is $$($(PYTHON) --version). Name another with: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Making the environment in .venv (once, about a minute) ..."
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==$$(sed -n 's/^uv==\([^ ]*\).*/\1/p' requirements.lock)"
	@UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python requirements.lock
	@$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python --editable .
	@touch $@
