# make demo | test | lint | format | bench | package | test-blender | docs-pictures | clean: each builds what it needs.
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
PYTHON ?= python3.11
RUN := .venv/bin/python
BLENDERS := .venv-blender-4.5/.installed .venv-blender-5.2/.installed
ROOMS := bake spacetimepilot_blender operators panels
# One line a package: some are hundreds of megabytes, and silence looks like a fault.
PIP := -m pip --disable-pip-version-check install --progress-bar off
TOLD := sed -u -n '/^Processing\|^Collecting\|^Installing/ { s/ (from .*//; s/^/  /; s/packages:.*/packages/; p }'

# Figures that `make bench` may be asked for: make bench MINUTES="2 10" SWITCH_MINUTES=3 DATA=folder
MINUTES ?= 1 2 10
SWITCH_MINUTES ?= 1
DEVICE ?= cpu
DATA ?= ../shared/data
SUBJECT = $(wildcard $(DATA)/knight_random/transforms_train.json)

# What Blender loads from Debian; without libEGL, EEVEE ends the whole process.
LIBRARIES := libX11.so.6 libXrender.so.1 libXfixes.so.3 libXi.so.6 libxkbcommon.so.0 libSM.so.6 libGL.so.1 libEGL.so.1
LIBRARY_PACKAGES := libx11-6 libxrender1 libxfixes3 libxi6 libxkbcommon0 libsm6 libgl1 libegl1

.PHONY: demo test lint format bench package test-blender docs-pictures clean libraries \
  .venv .venv-blender-4.5 .venv-blender-5.2
.DELETE_ON_ERROR:

demo: .venv/.installed package
	$(RUN) demo/make_demo.py

test: .venv/.installed $(BLENDERS) package
	$(RUN) -m pytest

lint: .venv/.installed
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	@# The extension's rooms import each other as parts of one package, so they are checked under a package's name.
	@mkdir -p build/typed && ln -sfn ../.. build/typed/spacetimepilot
	MYPYPATH=build/typed .venv/bin/mypy $(addprefix -p spacetimepilot.,$(ROOMS))
	.venv/bin/mypy demo tests

format: .venv/.installed
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

bench: .venv/.installed package
	$(RUN) -m tests.bench.speed
	$(RUN) -m tests.bench.quality --minutes $(MINUTES) --data $(DATA) --device $(DEVICE) -o build/bench/quality.md
	$(RUN) -m tests.bench.switches --minutes $(SWITCH_MINUTES) --device $(DEVICE) -o build/bench/switches.md
	$(RUN) -m bake bake demo/footage/hand_books -o build/bench/preview.stp --minutes 1
	$(RUN) -m tests.bench.preview demo/footage/hand_books build/bench/preview.stp
	$(RUN) -m tests.bench.shutter build/bench/preview.stp 64
	$(RUN) -m tests.bench.hour
	$(RUN) -m tests.bench.layers build/bench/preview.stp
	$(RUN) -m tests.bench.budget build/bench/preview.stp
	$(RUN) -m tests.bench.foveation build/bench/preview.stp
	$(RUN) -m tests.bench.compress demo/footage/hand_books build/bench/preview.stp
	$(if $(SUBJECT),$(RUN) -m bake bake $(SUBJECT) -o build/bench/subject.stp --minutes 2)
	$(if $(SUBJECT),$(RUN) -m bake compress build/bench/subject.stp -o build/bench/small.stp --footage $(SUBJECT))
	$(if $(SUBJECT),$(RUN) -m tests.bench.gpu_frames build/bench/subject.stp build/bench/small.stp -o build/bench/frames.md)
	$(if $(SUBJECT),$(RUN) -m tests.bench.instances build/bench/subject.stp)
	$(if $(SUBJECT),$(RUN) -m tests.bench.volumes $(SUBJECT) build/bench/subject.stp,@echo "SKIPPED: no footage in $(DATA)")
	$(RUN) -m tests.bench.adapt
	$(if $(SUBJECT),$(RUN) -m tests.bench.adapt --data $(dir $(SUBJECT)))
	$(RUN) -m tests.bench.composite --minutes $(lastword $(MINUTES)) --data $(DATA)

package: .venv/.installed .venv-blender-4.5/.installed
	@$(RUN) tests/blender/package.py build

# The complete program with its window, clicked by a script; skipped, in words, where no such Blender is at hand.
test-blender: .venv/.installed package
	$(RUN) tests/blender/gui_run.py newcomer
	$(RUN) tests/blender/gui_run.py artist

# The docs' pictures of Blender's window, made anew by the newcomer's run. Look at them before you commit them.
docs-pictures: .venv/.installed package
	$(RUN) tests/blender/gui_run.py newcomer
	$(RUN) tests/blender/docs_pictures.py

clean:
	rm -rf build demo/out .mypy_cache .pytest_cache .ruff_cache

.venv: .venv/.installed
.venv-blender-4.5: .venv-blender-4.5/.installed
.venv-blender-5.2: .venv-blender-5.2/.installed

# $(call environment,PYTHON): a new virtual environment in the target's folder, with its requirements.
define environment
@echo "Setting up $(@D): this takes some minutes."
@$(1) -c 'import ensurepip' 2>/dev/null \
  || { [ "$$(id -u)" = 0 ] && apt-get -q update && apt-get -q install -y --no-install-recommends python3.11-venv; } \
  || { echo "Run this as root, then try again: apt-get install -y python3.11-venv"; exit 1; }
@$(1) -m venv $(@D)
@$(@D)/bin/python $(PIP) -r $(REQUIREMENTS) | $(TOLD)
@touch $@
endef

.venv/.installed: REQUIREMENTS := requirements/development.txt
.venv/.installed: requirements/worker.txt requirements/development.txt | python
	$(call environment,$(PYTHON))

.venv-blender-4.5/.installed: REQUIREMENTS := requirements/blender-4.5.txt
.venv-blender-4.5/.installed: requirements/blender-4.5.txt | python libraries
	$(call environment,$(PYTHON))

# Blender 5.2 is built for Python 3.13, which Debian 12 has not: a machine without one goes on without Blender 5.2.
.venv-blender-5.2/.installed: requirements/blender-5.2.txt | libraries
	@for python in python3.13 ~/.pyenv/versions/3.13*/bin/python3.13 ~root/.pyenv/versions/3.13*/bin/python3.13; do \
	  "$$python" -c 'import ensurepip' 2>/dev/null || continue; \
	  echo "Setting up $(@D) with $$python: this takes some minutes."; \
	  "$$python" -m venv $(@D) && $(@D)/bin/python $(PIP) -r $< | $(TOLD) && touch $@; exit; \
	done; \
	echo "There is no Python 3.13 here: the tests in Blender 5.2 will be skipped."

.PHONY: python
python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "SpaceTimePilot needs Python 3.11: apt-get install -y python3.11 python3.11-venv"; exit 1; }

libraries:
	@command -v ldconfig >/dev/null || PATH=$$PATH:/usr/sbin:/sbin; \
	present=$$(ldconfig -p 2>/dev/null) || exit 0; \
	for library in $(LIBRARIES); do \
	  grep -q "$$library " <<<"$$present" && continue; \
	  install="apt-get install -y --no-install-recommends $(LIBRARY_PACKAGES)"; \
	  [ "$$(id -u)" = 0 ] || { echo "Blender needs $$library. Run this as root, then try again: $$install"; exit 1; }; \
	  echo "Installing the system libraries that Blender needs."; \
	  apt-get -q update >/dev/null && DEBIAN_FRONTEND=noninteractive $$install -q >/dev/null; exit; \
	done
