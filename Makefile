# The commands for people. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
TOOLS := target/tools/bin
SQLX_VERSION := 0.9.0
OHA_VERSION := 1.16.0
FUZZ_VERSION := 0.13.2
# The same for all commands: some build scripts run again when it changes.
export PATH := $(CURDIR)/$(TOOLS):$(PATH)
# Runs a shell command with DATABASE_URL set to a temporary PostgreSQL, against which sqlx checks the queries.
WITH_DATABASE := SQLX_OFFLINE=false cargo run --quiet -p private-postgres -- sh -c

.PHONY: help demo test check bare sqlx k6 bench growth soak chaos kills model fuzz chaos-programs bench-programs postgresql nginx clean-demo env up update down cluster stack

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: postgresql ## the API on http://localhost:3000 over a made-up shop and a PostgreSQL of its own
	cargo run --release --package demo

test: postgresql nginx ## run all tests, on a temporary PostgreSQL or on the one in DATABASE_URL
	cargo test --workspace

check: postgresql $(TOOLS)/cargo-sqlx ## check formatting, lints, and that .sqlx matches the queries
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings
	$(WITH_DATABASE) 'sqlx migrate run >/dev/null && cargo sqlx prepare --workspace --check'

bare: ## run the README's two commands on the committed sources in a container with only Rust (Docker)
	git archive HEAD | docker run --rm --interactive rust:1.95-bookworm sh -c 'mkdir /atelier && tar -x -C /atelier && /atelier/.ci/readme'

sqlx: postgresql $(TOOLS)/cargo-sqlx ## update .sqlx after a change of a query
	$(WITH_DATABASE) 'sqlx migrate run >/dev/null && cargo sqlx prepare --workspace'

k6: ## put load on a running stack and write a report: SCENARIO=mixed RATE=1000 DURATION=30s (k6/README.md)
	@k6/run

bench: bench-programs ## compare the service with other programs: QUICK=1, PRODUCTS=…, ONLY=1,3 (benches/README.md)
	@$(BENCH) run $(if $(ONLY),--only $(ONLY)) $(if $(BUILD),--build) $(BENCH_OPTIONS)

growth: bench-programs $(TOOLS)/oha ## measure docs/performance.md and its plots again: QUICK=1, SIZES=10000,100000
	@$(BENCH) growth $(if $(SIZES),--sizes $(SIZES)) $(BENCH_OPTIONS)

soak: bench-programs $(TOOLS)/oha ## check memory, open files and p99 under a long load: MINUTES=10
	@$(BENCH) soak --minutes $(or $(MINUTES),10) $(BENCH_OPTIONS)

chaos: chaos-programs ## inject random faults and check what clients saw: MINUTES=10 SEED=… OPERATIONS=… FAULTS=… (docs/chaos.md)
	@$(CHAOS) --minutes $(or $(MINUTES),10) $(if $(OPERATIONS),--operations $(OPERATIONS)) $(CHAOS_OPTIONS)

kills: chaos-programs ## kill replicas under overload, and check that no write is lost: KILLS=1000 SEED=…
	@$(CHAOS) --kills $(or $(KILLS),1000) $(CHAOS_OPTIONS)

model: ## check the cache's invalidation in all interleavings of threads (model/)
	cd model && RUSTFLAGS="--cfg loom" cargo test --release --locked --target-dir ../target/model

fuzz: $(TOOLS)/cargo-fuzz ## run a fuzz target: TARGET=csv_line|query|json_body|headers SECONDS=60 (fuzz/)
	@mkdir -p target/fuzz/corpus/$(TARGET)
	$(FUZZ) run $(FUZZ_OPTIONS) $(TARGET) target/fuzz/corpus/$(TARGET) fuzz/corpus/$(TARGET) -- -max_total_time=$(or $(SECONDS),60)

# New inputs go to the first directory; the committed ones are only read. Our code has no `unsafe`, and without the sanitizer
# stable Rust can build it.
FUZZ := cargo fuzz
FUZZ_OPTIONS := --sanitizer none --target-dir target/fuzz
TARGET ?= csv_line

CHAOS := $${CARGO_TARGET_DIR:-target}/release/chaos
CHAOS_OPTIONS = $(if $(SEED),--seed $(SEED)) $(if $(FAULTS),--faults $(FAULTS)) $(if $(RATE),--rate $(RATE)) $(if $(LOGS),--logs $(LOGS))
chaos-programs: postgresql nginx
	cargo build --release --package atelier
	cargo build --release --package chaos

BENCH := $${CARGO_TARGET_DIR:-target}/release/bench
BENCH_OPTIONS = $(if $(QUICK),--quick) $(if $(PRODUCTS),--products $(PRODUCTS)) $(if $(WRITES),--writes)
# The service is built first and alone: a build with other crates would enable features that it does not use.
bench-programs: postgresql
	@.ci/install-bench
	cargo build --release --package atelier --package loader
	cargo build --release --package benches

clean-demo: ## remove the data of the demo
	cargo run --release --package demo -- --remove

up: ## start the whole stack in Docker: PostgreSQL with data, replicas and NGINX on http://localhost:8080
	docker compose up --detach --build --wait

update: ## rebuild the image and replace the stack's replicas without a failed request
	docker compose build
	docker compose run --rm migrate
	replicas=$$(docker compose ps --quiet api | wc -l) && \
	docker compose up --detach --wait --no-recreate --scale api=$$((2 * replicas)) && \
	docker compose up --detach --wait --scale api=$$replicas
	docker compose exec nginx sh -c 'cmp -s /etc/atelier/nginx.conf /tmp/atelier/nginx.conf || { /etc/atelier/start -t && kill -HUP 1; }'

down: ## stop the stack; its data remain in volumes
	docker compose --profile '*' down

env: .env ## create .env with all settings of the stack and a random password
.env: .env.example
	@test ! -e .env || { echo ".env exists: compare it with .env.example"; exit 1; }
	@umask 077; sed "s|^#POSTGRES_PASSWORD=.*|POSTGRES_PASSWORD=$$(head -c 24 /dev/urandom | base64 | tr '+/' '-_')|" .env.example > .env

stack: ## create the secrets of the stack for Docker Swarm, and deploy it
	docker/deploy

cluster: postgresql nginx ## start a cluster without Docker: a temporary PostgreSQL, three replicas and NGINX; Ctrl-C stops it
	cargo build --release --bins --package atelier --package loader --package private-postgres
	@PATH="$$PATH:/usr/sbin" "$${CARGO_TARGET_DIR:-target}/release/private-postgres" nginx/cluster

postgresql:
	@.ci/install-postgresql

nginx:
	@.ci/install-nginx

$(TOOLS)/oha:
	cargo install oha --version $(OHA_VERSION) --locked --no-default-features --features rustls --root target/tools

$(TOOLS)/cargo-fuzz:
	cargo install cargo-fuzz --version $(FUZZ_VERSION) --locked --root target/tools

$(TOOLS)/cargo-sqlx:
	cargo install sqlx-cli --version $(SQLX_VERSION) --locked --no-default-features --features postgres --root target/tools
