# What a developer does. Every target sets up what it needs; `make test` and `make demo` want root.

PYTHON ?= python3
PORT ?= 8080
BIN := .venv/bin
WHICH := lab and not thorough

# The tests start some thousand Pythons, which would compile each module anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help check test test-all machines paper without-machines unit coverage lab test-vm test-vagrant power-cuts \
    lint docs packages bench demo demo-host demo-stop clean

help:
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

# The stamp is newer than what it was made from; a bare Debian has a Python that cannot make environments.
.venv/stamp: pyproject.toml
	@echo "set up .venv"
	@$(PYTHON) -m venv .venv >/dev/null 2>&1 \
	    || (apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv .venv)
	@$(BIN)/pip install --quiet --upgrade 'pip>=25.1'
	@$(BIN)/pip install --quiet --editable . --group dev
	@touch $@

check: lint unit ## lint, types, unit and golden tests: no root, no network once set up

lint: .venv/stamp
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

unit: .venv/stamp
	$(BIN)/pytest -q -n auto -m "not lab and not long"

# What needs no machine runs beside them: they wait more than they work.
test: .venv/stamp ## what fits a push, on real machines too: installs what it needs, wants root
	$(BIN)/python -m tests.lab deps
	$(MAKE) --no-print-directory --jobs=2 machines paper

test-all: ## the same with what takes longer; all but what is emulated
	$(MAKE) --no-print-directory test WHICH=lab

# Each machine has a process of its own: while some wait, others work. The computer of tests/vagrant is asked all that that
# of tests/vm is asked, but for a power cut and an image that is built where SELinux enforces.
machines: .venv/stamp
	$(BIN)/pytest -v -n 3 --dist loadscope -m "$(WHICH)" --durations=25 --ignore=tests/vm

# It is told in one piece, or it would stand between the lines of the other.
paper: .venv/stamp
	@told=$$(mktemp) && { nice $(MAKE) --no-print-directory lint without-machines >$$told 2>&1; status=$$?; \
	    cat $$told; rm $$told; exit $$status; }

without-machines: .venv/stamp
	$(BIN)/pytest -q -n auto -m "not lab"

coverage: .venv/stamp ## which lines of the program the tests without machines come to
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q -n auto -m "not lab"
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

lab: .venv/stamp ## only the tests that want a machine
	$(BIN)/python -m tests.lab deps
	$(BIN)/pytest -m lab --ignore=tests/vm --durations=15

test-vm: .venv/stamp ## only the tests that want a computer with SELinux, which QEMU emulates; with the default site
	$(BIN)/python -m tests.lab deps
	PULP_QUADLET_VM_EMULATED=1 $(BIN)/pytest -m vm --durations=15 tests/vm

test-vagrant: .venv/stamp ## all that is asked of Vagrant's computers, where QEMU emulates a processor
	$(BIN)/python -m tests.lab deps
	PULP_QUADLET_VM_EMULATED=1 $(BIN)/pytest tests/libvirt tests/vagrant --durations=15

power-cuts: .venv/stamp ## the power goes twenty times at random moments of an apply; SEED= repeats a run
	$(BIN)/python -m tests.lab deps
	PULP_QUADLET_POWER_CUTS=20 PULP_QUADLET_SEED=$(SEED) $(BIN)/pytest -v tests/boot/test_power_cuts.py

docs: .venv/stamp ## write the generated parts of the documentation anew
	$(BIN)/python -m docs.generate

packages: .venv/stamp ## the wheel, the .deb and the .rpm files, into dist/; wants root
	$(BIN)/python -m tests.lab deps
	$(BIN)/python -m tests.packages dist

bench: .venv/stamp ## measure against what others do; prints ratios
	$(BIN)/python -m tests.lab deps
	$(BIN)/python -m bench

demo: .venv/stamp ## a real Pulp in a disposable machine; PORT=8080
	$(BIN)/python -m tests.demo up --port $(PORT)

demo-host: .venv/stamp ## the same on this very host, which needs systemd and Podman
	$(BIN)/python -m tests.demo up --port $(PORT) --on-this-host

demo-stop: .venv/stamp ## remove the disposable machine
	$(BIN)/python -m tests.demo down

clean: ## remove what was set up in this folder
	rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .import_linter_cache
