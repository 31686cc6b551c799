# Every target works on a fresh clone; `make help` lists them.
CARGO ?= cargo
export PATH := $(HOME)/.cargo/bin:$(PATH)
LISTEN ?= 127.0.0.1:8080
PARTNER_LISTEN ?= 127.0.0.1:8081
DATA ?= data/demo
# Where cargo builds. The black-box tests take the binary that `cargo test --workspace` has just
# built: building it alone would choose other features of its dependencies, and build them anew.
BUILT := $(abspath $(or $(CARGO_TARGET_DIR),target))

.PHONY: help demo test fuzz kill lint fmt bench bench-oai bench-images bench-crosswalk bench-reconcile bench-import conformance browser clean-demo

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Build, load the samples, serve at http://127.0.0.1:8080 (Ctrl-C ends it)
	@scripts/setup build
	$(CARGO) build --release --locked --bin passerelle
	$(BUILT)/release/passerelle demo --data $(DATA) --listen $(LISTEN) --partner-listen $(PARTNER_LISTEN)

test: ## Unit, store and black-box tests in Rust (SQLite and PostgreSQL)
	@scripts/setup test
	PASSERELLE_BIN="$(BUILT)/debug/passerelle" $(CARGO) test --workspace --locked

fuzz: ## Ten minutes of mutated pages and requests against the readers (PASSERELLE_FUZZ_SECONDS)
	PASSERELLE_FUZZ_SECONDS=$${PASSERELLE_FUZZ_SECONDS:-600} CARGO_PROFILE_DEV_OPT_LEVEL=2 $(CARGO) test -p protocols --locked --test fuzz -- --nocapture

kill: ## A harvest of 100,000 records killed ten times (kill -9), resumed, and compared
	$(CARGO) build --release --locked --bin passerelle
	PASSERELLE_KILL_ROWS=100000 PASSERELLE_BIN="$(BUILT)/release/passerelle" \
	  $(CARGO) test --workspace --locked --test kill_resume -- --nocapture

lint: ## Formatting and clippy, warnings are errors; cargo-deny when it is installed
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	@if command -v cargo-deny >/dev/null; then cargo deny check bans licenses sources; else echo "cargo-deny is not installed: skipped (the architecture test runs with make test)"; fi

fmt: ## Format the code
	$(CARGO) fmt --all

bench: ## Benchmarks; the rules and the results are in BENCHMARKS.md
	$(CARGO) build --release --locked --bin passerelle
	python3 conformance-tests/bench.py --binary $(BUILT)/release/passerelle

bench-oai: ## OAI-PMH both ways against Sickle, scythe and MOAI: a million records, hours on a small machine
	@scripts/setup
	@.venv/bin/pip install --quiet --disable-pip-version-check -r conformance-tests/python/requirements-bench.txt
	$(CARGO) build --release --locked --workspace --bins
	.venv/bin/python conformance-tests/bench_oai.py --programs $(BUILT)/release $(BENCH)

bench-images: ## Tiles, renderings and pyramids against nginx, iipsrv and libvips; fails above its limits
	@scripts/setup
	@scripts/setup images
	@.venv/bin/pip install --quiet --disable-pip-version-check -r conformance-tests/python/requirements-images.txt
	$(CARGO) build --release --locked --workspace --bin passerelle
	.venv/bin/python conformance-tests/bench_images.py --program $(BUILT)/release/passerelle $(BENCH)

bench-import: ## A CSV of 1.2 GB to the store and to publication: time of each stage, memory (20 GB of disk)
	$(CARGO) build --release --locked --bin passerelle
	python3 conformance-tests/bench_import.py --binary $(BUILT)/release/passerelle $(BENCH)

bench-crosswalk: ## Rows of CSV to EDM-shaped records, normalised, on one core (real rows of Joconde)
	$(CARGO) bench --locked --bench crosswalk -- $(BENCH)

bench-reconcile: ## Clusters of three million made-up records, and one change at that size; 2 GB of disk
	$(CARGO) build --release --locked --workspace --bins
	python3 conformance-tests/reconcile/bench.py --binary $(BUILT)/release/passerelle $(BENCH)

conformance: ## OAI-PMH clients, schemas and report cards, the IIIF validator, against a running demo
	@scripts/setup
	$(CARGO) build --release --locked --bin passerelle
	$(CARGO) build --locked -p protocols --example edm_judge
	PASSERELLE_BIN="$(BUILT)/release/passerelle" EDM_JUDGE="$(BUILT)/debug/examples/edm_judge" \
	  conformance-tests/run oai edm peers image

browser: ## Mirador, OpenSeadragon and axe-core in headless Chromium, against a running demo
	@scripts/setup
	$(CARGO) build --release --locked --bin passerelle
	PASSERELLE_BIN="$(BUILT)/release/passerelle" conformance-tests/run browser

clean-demo: ## Forget the data of the demo
	rm -rf $(DATA)
