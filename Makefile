# Every target sets up .venv from the lock first, and running one twice is quick.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help venv lint test test-slow table1 seeds figures screen-demo benchmark baselines wheels lock clean

help:  ## what can be made
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: $(READY)  ## .venv, with what requirements.lock pins

# The stamp is written last, so that an interrupted set-up starts again.
$(READY): requirements.lock setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "imgforensics needs Python 3.11 or later; name one with: make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Training goes on where it stopped and ends at once when it was done; what comes after it is repeated
# only when the code has changed.
RUN := runs/quick
SEED := 0
WEIGHTS := $(RUN)/weights.npz
EVALUATION := $(RUN)/evaluation/evaluation.json

table1: $(EVALUATION)  ## train the quick network, evaluate it, print Table 1
	@$(BIN)/python -m experiments.table1 --results=$(EVALUATION)

# Its loss orders pairs and leaves open at which f they are the same: that is where 3 % of the
# validation split's pairs of different images have f <= 1.
$(WEIGHTS): $(READY) $(shell find imgforensics configs experiments -name '*.py')
	$(BIN)/python -m experiments.train --config=configs/quick.py --workdir=$(RUN) \
		--config.seed=$(SEED)
	rm -f $@
	$(BIN)/python -m experiments.scale_alpha --weights=$(RUN) --rate=0.03 --out=$@

$(EVALUATION): $(WEIGHTS)
	$(BIN)/python -m experiments.evaluate --weights=$(WEIGHTS) --out=$@

# How much the numbers differ from seed to seed, for the record and the tables.
SEEDS := 0 1 2 3 4

seeds: $(READY)  ## table1 with five seeds, for results/quick.json and the README
	for seed in $(SEEDS); do \
		$(MAKE) table1 RUN=$(RUN)-seed$$seed SEED=$$seed || exit; \
	done
	$(BIN)/python -m experiments.spread --out=results/quick.json \
		--results=$$(echo $(SEEDS:%=$(RUN)-seed%/evaluation/evaluation.json) | tr ' ' ',')
	$(BIN)/python -m experiments.readme

# Every figure, and the explorer, of the quick model.
ROBUSTNESS := $(RUN)/evaluation/robustness.json

figures: $(ROBUSTNESS)  ## every figure, and the explorer, of the quick network
	$(BIN)/python -m experiments.figures --weights=$(WEIGHTS) --evaluation=$(EVALUATION) \
		--robustness=$(ROBUSTNESS) --out=$(RUN)/figures
	$(BIN)/python -m experiments.figures --weights=$(RUN) --figures=training --out=$(RUN)/figures
	$(BIN)/python -m experiments.explore --weights=$(WEIGHTS) --out=$(RUN)/figures

$(ROBUSTNESS): $(EVALUATION)
	$(BIN)/python -m experiments.robustness --weights=$(WEIGHTS) --out=$@

# What the library is compared with is installed on top of the lock, once.
PEERS := $(VENV)/.peers

$(PEERS): $(READY) requirements-benchmark.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-benchmark.txt
	@touch $@

screen-demo: $(READY)  ## screen two made-up manuscripts with re-used panels
	$(BIN)/python -m experiments.screen_demo runs/screen-demo

benchmark: $(PEERS)  ## time the library beside what one would use instead
	$(BIN)/python -m experiments.benchmark --out=results/benchmark.json
	$(BIN)/python -m experiments.readme

# What one would pick in place of a network is installed in the same way. The comparison needs a
# folder of micrographs, and is a command of its own: experiments.baselines.
ALTERNATIVES := $(VENV)/.alternatives

$(ALTERNATIVES): $(READY) requirements-baselines.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-baselines.txt
	@touch $@

baselines: $(ALTERNATIVES)  ## install what one would pick in place of a network

lint: $(READY)  ## ruff (rules and format) and mypy
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# What a machine without a network needs to train, for its Python and not for the one here; see
# docs/accelerator.md.
WHEELS := build/wheels

wheels: $(READY)  ## packages for a machine without a network
	rm -rf $(WHEELS)
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps \
		--only-binary=:all: --python-version 3.12 --dest $(WHEELS) \
		--requirement requirements-accelerator.txt
	@du -sh $(WHEELS)

# Two processes: what a test compiles keeps one core busy, mostly. A file's tests share its fixtures.
# Files come in the order of their names: by their number of tests the longest would come last.
test: $(READY)  ## all but the slow tests
	$(BIN)/python -m pytest --numprocesses=2 --dist=loadfile --no-loadscope-reorder

test-slow: $(READY)  ## the slow tests
	$(BIN)/python -m pytest -m slow

# What is pinned stays so unless setup.cfg forbids it; UPGRADE=--upgrade takes the newest of all.
UV ?= uv

lock:  ## pin what setup.cfg asks for, with hashes, in requirements.lock
	$(UV) pip compile setup.cfg --universal --python-version 3.11 --generate-hashes --no-header \
		--extra train --extra postgres --extra test --extra lint --extra build $(UPGRADE) --output-file requirements.lock

clean:  ## remove .venv and what was built
	rm -rf $(VENV) build *.egg-info
