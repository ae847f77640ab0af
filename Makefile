# The commands of the project; `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# Where rustup puts cargo, in case the login shell was not asked.
export PATH := $(PATH):$(HOME)/.cargo/bin
# SQLite is what runs without a cluster; tests/postgres.sh brings its own, tests/openid.sh a provider of identities,
# tests/chromium.sh a browser.
unexport STEMBANK_TEST_POSTGRES STEMBANK_TEST_OPENID STEMBANK_TEST_BROWSER STEMBANK_TEST_AXE
ran = awk '/^test result:/ { n += $$4 } END { print n + 0 }'

.PHONY: help test test-sqlite soak fuzz fmt bench demo schema pictures keep spec subjects cargo

help: ## Lists these commands
	@sed -nE 's/^([a-z-]+):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

test: cargo subjects ## Checks everything: format, lints, all tests on SQLite, the bank's tests again on PostgreSQL, the pages in a browser
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	mkdir -p target
	tests/openid.sh cargo test --workspace 2>&1 | tee target/test-sqlite.log
	tests/openid.sh tests/postgres.sh cargo test --workspace --test bank 2>&1 | tee target/test-postgres.log
	tests/chromium.sh cargo test --workspace --test browser 2>&1 | tee target/test-browser.log
	@for place in sqlite postgres browser; do \
	  tests=$$($(ran) target/test-$$place.log); \
	  echo "Tests that ran on $$place: $$tests"; \
	  [ "$$tests" -gt 0 ]; \
	done

test-sqlite: cargo ## All tests on SQLite alone; needs nothing but Rust and a C compiler
	cargo test --workspace

SOAK_SECONDS ?= 600
SOAK_KILLS ?= 200
SOAK_CUTS ?= 40
soak = STEMBANK_SOAK_SECONDS=$(SOAK_SECONDS) STEMBANK_SOAK_KILLS=$(SOAK_KILLS) STEMBANK_SOAK_CUTS=$(SOAK_CUTS)
soak: cargo ## Load, faults and checks for long, on both engines: make soak SOAK_SECONDS=3600; power cuts need root and mkfs.xfs
	$(soak) cargo test --test bank -- --include-ignored --nocapture --test-threads 1 soak:: maintenance::killed
	$(soak) STEMBANK_TEST_POSTGRES_DURABLE=1 tests/postgres.sh \
	  cargo test --test bank -- --include-ignored --nocapture --test-threads 1 soak:: maintenance::killed --skip power
	STEMBANK_TEST_LOSE_COMMITS=1 tests/openid.sh tests/postgres.sh cargo test --test bank -- --skip soak:: --skip upgrade::

FUZZ_DOCUMENTS ?= 100000
FUZZ_FILES ?= 10000
FUZZ_FORMS ?= 10000
fuzz = STEMBANK_FUZZ_DOCUMENTS=$(FUZZ_DOCUMENTS) STEMBANK_FUZZ_FILES=$(FUZZ_FILES) STEMBANK_FUZZ_FORMS=$(FUZZ_FORMS)
fuzz: cargo ## Documents, files and forms made at random, for long, on both engines: make fuzz FUZZ_DOCUMENTS=1000
	$(fuzz) cargo test --test bank -- --nocapture --test-threads 1 fuzz::
	$(fuzz) tests/postgres.sh cargo test --test bank -- --nocapture --test-threads 1 fuzz::

fmt: cargo ## Formats the code
	cargo fmt --all

bench: cargo ## Measures both engines beside a plain service, as released; about three quarters of an hour
	tests/postgres.sh cargo bench

demo: cargo ## Fills a demo bank and serves it
	cargo run -- demo

schema: cargo ## Writes schema.graphql anew
	mkdir -p target
	cargo run --quiet -- schema > target/schema.graphql
	mv target/schema.graphql schema.graphql

pictures: cargo ## Takes the README's pictures anew
	tests/chromium.sh cargo test --workspace --test browser -- --ignored small_pictures

keep: cargo ## Keeps a filled database of this release for the tests of later upgrades: make keep RELEASE=r02
	@[ -n "$(RELEASE)" ] || { echo "Say which release: make keep RELEASE=r02" >&2; exit 2; }
	STEMBANK_KEEP_AS="$(RELEASE)" cargo test --test bank -- --ignored keeps_this_release
	STEMBANK_KEEP_AS="$(RELEASE)" tests/postgres.sh cargo test --test bank -- --ignored keeps_this_release

URL ?= http://127.0.0.1:8080/graphql
spec: ## Audits the server at URL against the GraphQL-over-HTTP specification; needs npm
	cd tests/graphql-http && npm ci --no-audit --no-fund && npm run audit -- "$(URL)"

subjects: ## Checks that the subjects of commits that are not upstream yet have at most 72 characters
	@new=-1; \
	if git rev-parse -q --verify '@{upstream}' >/dev/null 2>&1; then new='@{upstream}..'; fi; \
	long=$$(git log --no-merges --format=%s $$new 2>/dev/null | LC_ALL=C.UTF-8 grep -E '^.{73}' || true); \
	if [ -n "$$long" ]; then \
	  echo "These commit subjects have more than 72 characters:" >&2; \
	  echo "$$long" >&2; \
	  exit 1; \
	fi

cargo:
	@command -v cargo >/dev/null || { \
	  echo "cargo is missing. Install Rust by https://rustup.rs; rust-toolchain.toml then fetches the right version." >&2; \
	  exit 1; \
	}
