PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
LOCALE := instrumentation/botvitals/locale
TEXTS := $(VENV)/botvitals.pot

.PHONY: help demo dashboards test sanitize bench servers lint types wheel messages clean

help:
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(VENV)/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "botvitals needs Python 3.11 or newer; try: make PYTHON=python3.12")'
	@echo "setting up $(VENV): this takes a minute or two"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --editable ".[all]" --group dev
	@touch $@

demo: $(VENV)/installed ## watch a bot that leaks, metrics on http://127.0.0.1:9464
	$(BIN)/botvitals objects --output data/demo/objects.txt --spans data/demo/spans.jsonl examples/demo_bot/bot.py --leak

dashboards: $(VENV)/installed ## write the JSON of the dashboards into grafana/generated
	PYTHONPATH=grafana $(BIN)/python -m dashboards

test: $(VENV)/installed ## run the tests
	$(BIN)/python -m pytest $(TESTS)

sanitize: $(VENV)/installed ## run the tests of what is in C, built for the sanitizers (needs gcc)
	bash .ci/sanitize $(BIN)/python

bench: $(VENV)/installed ## measure: each benchmark beside its peers, in one run
	for benchmark in benchmarks/*.py; do $(BIN)/python "$$benchmark" || exit 1; done

servers: $(VENV)/installed ## build the real servers that the integration tests talk to (needs Go)
	$(BIN)/python tests/support_servers.py

lint: $(VENV)/installed ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed ## mypy, strict
	$(BIN)/mypy

wheel: $(VENV)/installed ## build the wheel, install it into an empty environment and start it there
	bash .ci/wheel $(BIN)/python

messages: $(VENV)/installed ## collect texts from the code and compile their translations
	$(BIN)/pybabel --quiet extract --keywords mark --keywords log_gettext --no-location --output $(TEXTS) instrumentation exporter
	$(BIN)/pybabel --quiet update --domain botvitals --input-file $(TEXTS) --output-dir $(LOCALE) --locale zh --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	$(BIN)/pybabel --quiet compile --domain botvitals --directory $(LOCALE)

clean: ## remove what set-up and runs left
	rm -rf $(VENV) data build *.egg-info memory_analysis_plot.png
