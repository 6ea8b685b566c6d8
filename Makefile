# Every target sets up what it needs; python3 (3.11 or newer) and make are all a machine must have.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
EDITOR := api/graphiql/node_modules/.installed

.PHONY: demo test check bench bench-sweep serve lock schema
demo: $(STAMP) $(EDITOR)
	$(BIN)/bonafide demo
test: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder
check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -m "not neo4j"
bench: $(STAMP)
	$(BIN)/python -m bench
bench-sweep: $(STAMP)
	$(BIN)/python -m bench.sweep
serve: $(STAMP)
	$(BIN)/bonafide serve
schema: $(STAMP)
	$(BIN)/bonafide schema > schema.graphql
lock: $(VENV)/.uv
	uv="$$(command -v uv || echo $(BIN)/uv)"; $$uv pip compile --universal --generate-hashes --no-emit-index-url --no-annotate --python-version 3.11 --group dev pyproject.toml -o requirements.lock

# The query editor for developers. Without it everything else works, so a failure here stops nothing.
$(EDITOR): api/graphiql/package-lock.json $(STAMP)
	PATH="$(abspath $(BIN)):$$PATH" npm ci --prefix api/graphiql --ignore-scripts --no-audit --no-fund --silent \
	  && touch $@ || echo "GraphiQL could not be installed; /graphiql will be missing."

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Bonafide needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.uv: $(BIN)/python
	command -v uv >/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	touch $@

$(STAMP): requirements.lock pyproject.toml $(VENV)/.uv
	uv="$$(command -v uv || echo $(BIN)/uv)"; \
	$$uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock && \
	$$uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@
