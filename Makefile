# Every target sets up .venv by itself the first time.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo denoiser keyword-spotter test test-cpp test-cpp-sanitized soak-cpp bench-cpp bench-pool fuzz-cpp valgrind-cpp consumers-cpp bench-mobile check prove bench gallery architecture clean

CMAKE ?= cmake
CPP := out/cpp
# GOLDEN=all: every layer for every engine. Else ONNX Runtime has all, the others a few.
GOLDEN ?= few
GOLDENS := $(CPP)/golden/$(GOLDEN)
PREFIX := $(CURDIR)/$(CPP)/dependencies
CPP_OPTIONS := -DNNAUDIO_BUILD_TESTS=ON -DNNAUDIO_WITH_LIBTORCH=ON -DNNAUDIO_WITH_EXECUTORCH=ON \
	"-DCMAKE_PREFIX_PATH=$(PREFIX);$(PREFIX)/torch;$(PREFIX)/executorch"

demo: .venv/ready
	$(BIN)/python examples/demo.py

denoiser: .venv/ready
	$(BIN)/python examples/denoiser.py

# Trains a spotter, builds its C++ program, lets it listen to a recording in three ways, and compares.
SPOTTER := out/keyword_spotter
keyword-spotter: .venv/ready $(CPP)/dependencies/ready
	OMP_NUM_THREADS=1 $(BIN)/python examples/keyword_spotter/train.py $(SPOTTER)
	$(CMAKE) -S examples/keyword_spotter -B $(CPP)/keyword_spotter \
		-DCMAKE_PREFIX_PATH=$(CURDIR)/$(CPP)/dependencies
	$(CMAKE) --build $(CPP)/keyword_spotter
	$(CPP)/keyword_spotter/spotter $(SPOTTER)/spotter.onnx $(SPOTTER)/heard.wav | tee $(SPOTTER)/file.txt
	$(CPP)/keyword_spotter/spotter $(SPOTTER)/spotter.ort $(SPOTTER)/heard.wav > $(SPOTTER)/ort.txt
	$(CPP)/keyword_spotter/spotter $(SPOTTER)/spotter.onnx $(SPOTTER)/heard.wav --microphone --fast \
		> $(SPOTTER)/microphone.txt
	$(BIN)/python examples/keyword_spotter/compare.py $(SPOTTER)/heard.txt \
		$(SPOTTER)/file.txt $(SPOTTER)/ort.txt $(SPOTTER)/microphone.txt

# One thread per worker: two workers on many threads each would only wait for each other.
test: test-cpp keyword-spotter
	NNAUDIO_GOLDEN=$(CURDIR)/$(GOLDENS) OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadgroup

# Builds the C++ library, its command and tests in out/cpp; see runtime/cpp/README.md.
test-cpp: $(GOLDENS)/ready $(CPP)/dependencies/ready
	$(CMAKE) -S runtime/cpp -B $(CPP)/build $(CPP_OPTIONS)
	$(CMAKE) --build $(CPP)/build --parallel 2
	cd $(CPP)/build && NNAUDIO_GOLDEN=$(CURDIR)/$(GOLDENS) ctest --output-on-failure

test-cpp-sanitized: $(GOLDENS)/ready $(CPP)/dependencies/ready
	$(CMAKE) -S runtime/cpp -B $(CPP)/sanitized $(CPP_OPTIONS) \
		-DNNAUDIO_BUILD_COMMAND=OFF -DNNAUDIO_SANITIZE=address,undefined
	$(CMAKE) --build $(CPP)/sanitized --parallel 2
	cd $(CPP)/sanitized && NNAUDIO_GOLDEN=$(CURDIR)/$(GOLDENS) ctest --output-on-failure

# A program built on the library by find_package, FetchContent and pkg-config.
consumers-cpp: $(GOLDENS)/ready $(CPP)/dependencies/ready
	tests/cpp/consumers/run.sh $(CPP)/consumers $(PREFIX) $(GOLDENS)/mel.onnx

# The tests on ONNX Runtime under memcheck, which is to leave their own operator new alone: minutes.
valgrind-cpp: $(GOLDENS)/ready $(CPP)/dependencies/ready
	$(CMAKE) -S runtime/cpp -B $(CPP)/valgrind -DCMAKE_BUILD_TYPE=RelWithDebInfo \
		-DNNAUDIO_BUILD_TESTS=ON -DNNAUDIO_BUILD_COMMAND=OFF "-DCMAKE_PREFIX_PATH=$(PREFIX)"
	$(CMAKE) --build $(CPP)/valgrind --parallel 2
	NNAUDIO_GOLDEN=$(GOLDENS) valgrind --error-exitcode=1 --leak-check=full \
		--errors-for-leak-kinds=definite --show-leak-kinds=definite \
		--soname-synonyms=somalloc=nouserintercepts \
		--suppressions=tests/cpp/valgrind.supp $(CPP)/valgrind/tests/nnaudio_tests

# Each reader of foreign bytes under libFuzzer; FUZZ_SECONDS each.
FUZZ_SECONDS ?= 120
fuzz-cpp: .venv/ready
	clang=$$(tests/cpp/fuzz/clang.sh $(CPP)/clang) && \
		tests/cpp/fuzz/run.sh $(CPP)/fuzz "$$clang" $(BIN)/python $(FUZZ_SECONDS)

# Ten million pushes into a stream of a real graph, minutes: its memory may not grow.
PUSHES ?= 10000000
soak-cpp: test-cpp
	$(CPP)/build/tests/nnaudio_soak $(PUSHES) $(GOLDENS)/mel_stream.onnx

bench-cpp: test-cpp
	for model in mel.onnx mel_stream.onnx mel.pt mel_stream.pt mel_stream.pte; do \
		echo $$model; $(CPP)/build/nnaudio bench $(GOLDENS)/$$model || exit 1; done

# 32 streams at once in C++, beside kaldi-native-fbank.
bench-pool: $(CPP)/dependencies/ready
	mkdir -p $(CPP)/pool
	OMP_NUM_THREADS=1 $(BIN)/python -m bench.pool.export $(CPP)/pool/log_mel.onnx 1280
	bench/pool/run.sh $(CURDIR)/$(CPP)/pool $(BIN)/python $(PREFIX) $(CPP)/pool/log_mel.onnx

$(CPP)/dependencies/ready: runtime/cpp/tools/dependencies.sh .venv/ready
	runtime/cpp/tools/dependencies.sh $(CPP)/dependencies $(BIN)/python

$(GOLDENS)/ready: $(wildcard tests/conformance/*.py tests/conformance/*.jsonl contract/*/*.py \
		nnaudio_export/*.py nnaudio_export/*/*.py nnaudio_export/*/*/*.py \
		exporters/*/*.py exporters/*/*/*.py exporters/*/*/*/*.py) .venv/ready
	mkdir -p $(GOLDENS)
	PYTHONPATH=tests OMP_NUM_THREADS=1 $(BIN)/python -m conformance.write $(GOLDENS) $(GOLDEN)
	touch $@

# Models as people write them, drawn at random: no wrong file may leave. Hours.
MODELS ?= 2000
prove: .venv/ready
	PYTHONPATH=tests OMP_NUM_THREADS=1 $(BIN)/python -m proof.run --models $(MODELS) --jobs 2

check: .venv/ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pyright

bench: .venv/ready
	$(BIN)/python -m bench

bench-mobile: .venv/ready
	$(BIN)/python -m bench.mobile

gallery: .venv/ready
	$(BIN)/python docs/gallery.py

# The example that docs/architecture.md begins with: its picture and its table.
architecture: .venv/ready
	$(BIN)/python docs/architecture.py

.venv/ready: pyproject.toml runtime/python/pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet $(shell grep '^torch==' constraints.txt)
	$(BIN)/pip install --quiet -c constraints.txt -e runtime/python -e '.[dev]'
	touch $@

clean:
	rm -rf .venv out
