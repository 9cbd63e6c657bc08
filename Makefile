# Two commands: `make explore` opens alviz in JupyterLab, `make test` proves it.
# PORT=, BROWSER=0, VENV=, PYTHON= and PIP_ARGS= may be given.

PYTHON   ?= $(shell command -v python3.11 || command -v python3)
VENV     ?= .venv
PORT     ?= 8888
BROWSER  ?= 1
PIP_ARGS ?=

BIN := $(VENV)/bin
# What is installed is named by what was asked for, so that changed pins install anew.
STAMP := $(VENV)/.pins-$(shell cksum <pins.txt | cut -d' ' -f1)
# The checkout that the environment's alviz points to; an environment can outlive a checkout.
HERE := $(VENV)/.checkout-$(shell (pwd; cat pyproject.toml) | cksum | cut -d' ' -f1)

.PHONY: explore test setup clean

explore: setup
	$(BIN)/alviz lab --notebook notebooks/01_explore.ipynb --port $(PORT) $(if $(filter 0,$(BROWSER)),--no-browser)

test: setup
	$(BIN)/python tests/stages.py

setup: $(STAMP) $(HERE)

# No prerequisites: times of files say nothing in a fresh checkout, names of stamps say it all.
$(STAMP):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "alviz's pinned versions need Python 3.11; $(PYTHON) is another one. Give PYTHON=/path/to/python3.11."; exit 1; }
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --no-compile --disable-pip-version-check -r pins.txt $(PIP_ARGS)
	touch $@

$(HERE): | $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . $(PIP_ARGS)
	rm -f $(VENV)/.checkout-*
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info
