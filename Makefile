# Every target sets up .venv by itself the first time.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo denoiser test check bench gallery clean

demo: .venv/ready
	$(BIN)/python examples/demo.py

denoiser: .venv/ready
	$(BIN)/python examples/denoiser.py

# One thread per worker: two workers on many threads each would only wait for each other.
test: .venv/ready
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto

check: .venv/ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pyright

bench: .venv/ready
	$(BIN)/python -m bench

gallery: .venv/ready
	$(BIN)/python docs/gallery.py

.venv/ready: pyproject.toml runtime/python/pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet $(shell grep '^torch==' constraints.txt)
	$(BIN)/pip install --quiet -c constraints.txt -e runtime/python -e '.[dev]'
	touch $@

clean:
	rm -rf .venv out
