# Everything runs in a virtual environment of its own; the stamps make repeated calls cheap.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= ../shared/data/retrieval
export TOKENIZERS_PARALLELISM := false

.PHONY: demo test test-browser test-train test-llm lint bench web clean

demo: $(VENV)/core.stamp
	$(BIN)/python examples/demo.py

test: lint
	$(BIN)/python -m pytest -m "not slow" -n auto --maxprocesses 4 --dist worksteal
	$(BIN)/python -m pytest -m slow

# Every flow of the page in Debian's chromium, which is not installed here; without it they are left out.
test-browser: $(VENV)/browser.stamp
	$(BIN)/python -m pytest tests/browser

# What needs torch, with tiny models; `make test` skips it, for torch is gigabytes where no CPU build is at hand.
test-train: $(VENV)/train.stamp
	$(BIN)/python -m pytest tests/training tests/recipes tests/models tests/cli

# Function calling end to end with a real small model: 1.1 GB, downloaded once, or the file WENYUAN_TEST_GGUF names.
test-llm: $(VENV)/llm.stamp
	gguf="$$($(BIN)/python scripts/local_llm.py)" && \
	WENYUAN_TEST_LLM=1 WENYUAN_TEST_GGUF="$$gguf" $(BIN)/python -m pytest tests/llm

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/dev.stamp
	$(BIN)/python benchmarks/retrieval.py $(DATA)

# The page in src/wenyuan/server/page, which is committed; only who changes web/ needs Node (20 or newer).
web:
	cd web && npm ci && npm run build

clean:
	rm -rf $(VENV) demo-kb

$(VENV)/core.stamp: pyproject.toml models/pyproject.toml $(wildcard models/src/wenyuan_models/*/model.json models/recipes/*.py models/recipes/*.jsonl)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check ./models -e .
	touch $@

$(VENV)/dev.stamp: $(VENV)/core.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	touch $@

$(VENV)/browser.stamp: $(VENV)/dev.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev,browser]"
	touch $@

$(VENV)/train.stamp: $(VENV)/dev.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev,train]"
	touch $@

$(VENV)/llm.stamp: $(VENV)/dev.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev,local-llm]"
	touch $@
