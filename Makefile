# `make` prints what there is. Everything runs in .venv, which the first target makes.

STORE ?= sqlite
PYTHON ?= python3
FASTEST := $(if $(filter file,$(origin PYTHON)),--fastest)# Python of the same version; who names one gets that one
VENV := .venv
RUN := $(VENV)/bin/python
export STORE

.DEFAULT_GOAL := help
.PHONY: help install install-dev up reset migrate seed shell lint format schema contracts problems test test-all fuzz model mutants bench image image-lint image-test compose-test sbom lock

help:  ## print this
	@echo "make <target>"
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install:
	@$(PYTHON) config/dev/install.py $(VENV) requirements.txt $(FASTEST)

install-dev:
	@$(PYTHON) config/dev/install.py $(VENV) requirements-dev.txt $(FASTEST)

up: install  ## the whole shop with demo data on http://127.0.0.1:8000; STORE=mongodb, SHAPE=split; SHAPE=none: only its servers
	@exec $(RUN) config/dev/begin.py

reset: install  ## throw the data of the embedded shop away (var/); refuses while it runs
	@$(RUN) -m config.dev.reset

migrate: install  ## bring the databases up to date
	@$(RUN) manage.py migrate

seed: install  ## load the demo shop; PRODUCTS=100000 for a big catalogue, ARGS="..." for more
	@$(RUN) -m config.dev.manage seed $(if $(PRODUCTS),--products $(PRODUCTS)) $(ARGS)

shell: install  ## a Python shell inside the shop
	@$(RUN) -m config.dev.manage shell $(ARGS)

lint: install-dev  ## style, types, import walls, migrations, snapshots: all that needs no test
	@$(RUN) -m config.dev.check lint

format: install-dev  ## format the code and repair what a machine can repair
	@$(RUN) -m ruff check --fix .
	@$(RUN) -m ruff format .

schema: install-dev  ## write docs/openapi.yaml from the code
	@$(RUN) -m config.dev.openapi write

contracts: install-dev  ## write docs/contracts.json from the code
	@SHOP_ENV_FILE= $(RUN) manage.py contracts

problems: install-dev  ## write docs/problems.md from the code
	@SHOP_ENV_FILE= $(RUN) manage.py problems

test: install-dev  ## every check and every test, as CI runs them; SHAPE=split STORE=mongodb: journeys, races and crashes in that shape; ARGS=unit: the stages with that in their name
	@exec $(RUN) -m config.dev.check $(ARGS)

test-all: install-dev  ## every suite on every engine and in every shape: some hours
	@exec $(RUN) -m config.dev.check everything $(ARGS)

fuzz: install-dev  ## send CASES=50000 generated requests (SEED=7 for others); STORE=mongodb
	@CASES=$(or $(CASES),50000) SEED=$(SEED) $(RUN) -m pytest -q -s tests/fuzz

model: install-dev  ## random buyers, staff and thieves against a small model of the shop: STEPS=5000 SEED=7; STORE=mongodb
	@STEPS=$(or $(STEPS),5000) SEED=$(SEED) $(RUN) -m pytest -q -s tests/model

mutants: install-dev  ## plant each design mistake in a copy of the checkout and name the test that kills it; ARGS="name"
	@$(RUN) -m tests.mutants $(ARGS)

bench: install-dev  ## measure list, detail, cart and purchase beside a bare server; ARGS=scale: a million products beside a thousand; ARGS=shapes: six services beside the monolith; ARGS=edge: the gateway's cache beside static files
	@$(RUN) -m tests.bench $(ARGS)

image:  ## build the image that all roles run: docker, or BUILDER="buildah bud --format docker"; IMAGE=shop
	@$(or $(BUILDER),docker build) --file docker/Dockerfile --tag $(or $(IMAGE),shop:latest) .

image-lint:  ## hadolint on the Dockerfile
	@$(PYTHON) config/dev/install.py .venv-image requirements-image.txt
	@.venv-image/bin/hadolint docker/Dockerfile && echo "docker/Dockerfile is clean"

image-test: install-dev  ## a purchase through the built image: as root with buildah, no engine needed; IMAGE=shop
	@$(RUN) -m tests.image $(or $(IMAGE),shop:latest)

compose-test: install-dev  ## docker/compose.yaml comes up and somebody buys; SHAPE=split: the six services; needs a container engine and `make image`
	@$(RUN) -m tests.compose

sbom: install-dev  ## write var/sbom.cdx.json: every package of Debian and Python in the built image (CycloneDX); IMAGE=shop
	@$(PYTHON) config/dev/install.py .venv-image requirements-image.txt
	@$(RUN) -m config.dev.bill $(or $(IMAGE),shop:latest) .venv-image/bin/syft

lock: install-dev  ## compile requirements*.in to pinned, hashed requirements*.txt
	@for name in requirements requirements-dev requirements-image requirements-install; do \
	    $(RUN) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	        --custom-compile-command "make lock" --output-file $$name.txt $$name.in || exit 1; done
