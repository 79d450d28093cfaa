# What people type. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/sh
TOOLS := target/tools/bin
SQLX_VERSION := 0.9.0
OHA_VERSION := 1.16.0
# Runs a shell command with DATABASE_URL naming a throwaway PostgreSQL, and queries checked against that.
WITH_DATABASE := PATH="$(CURDIR)/$(TOOLS):$$PATH" SQLX_OFFLINE=false cargo run --quiet -p private-postgres -- sh -c

.PHONY: help demo test check bare sqlx k6 bench growth soak micro bench-programs postgresql clean-demo env up update down cluster stack

help: ## list what can be typed
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: postgresql ## the API on http://localhost:3000 over a made-up shop and a PostgreSQL of its own
	cargo run --release --bin atelier -- demo

test: postgresql ## all tests, on a private PostgreSQL or on the one that DATABASE_URL names
	cargo test --workspace

check: postgresql $(TOOLS)/cargo-sqlx ## formatting, lints, and whether .sqlx fits the queries
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings
	$(WITH_DATABASE) 'sqlx migrate run >/dev/null && cargo sqlx prepare --workspace --check'

bare: ## the README's two commands in a container that has nothing but Rust, of what is committed (Docker)
	git archive HEAD | docker run --rm --interactive rust:1.95-bookworm sh -c 'mkdir /atelier && tar -x -C /atelier && /atelier/.ci/readme'

sqlx: postgresql $(TOOLS)/cargo-sqlx ## write .sqlx anew, after a query has changed
	$(WITH_DATABASE) 'sqlx migrate run >/dev/null && cargo sqlx prepare --workspace'

k6: ## load a running stack, and report: SCENARIO=mixed RATE=1000 DURATION=30s (k6/README.md)
	@k6/run

bench: bench-programs ## measure the service and the programs it is compared with: QUICK=1, PRODUCTS=…, ONLY=1,3 (benches/README.md)
	@$(BENCH) run $(if $(ONLY),--only $(ONLY)) $(if $(BUILD),--build) $(BENCH_OPTIONS)

growth: bench-programs $(TOOLS)/oha ## measure docs/performance.md and its plots: QUICK=1, SIZES=10000,100000
	@$(BENCH) growth $(if $(SIZES),--sizes $(SIZES)) $(BENCH_OPTIONS)

soak: bench-programs $(TOOLS)/oha ## run a long load: memory, open files and p99 must not grow: MINUTES=10
	@$(BENCH) soak --minutes $(or $(MINUTES),10) $(BENCH_OPTIONS)

micro: ## micro-benchmarks of the cache, batches and CSV lines (criterion)
	cargo bench --package benches

BENCH := $${CARGO_TARGET_DIR:-target}/release/bench
BENCH_OPTIONS = $(if $(QUICK),--quick) $(if $(PRODUCTS),--products $(PRODUCTS)) $(if $(WRITES),--writes)
# The service first and alone: built together with others, its dependencies would get the features that those ask for.
bench-programs: postgresql
	@.ci/install-bench
	cargo build --release --package atelier --package loader
	cargo build --release --package benches

clean-demo: ## remove the data of the demo
	cargo run --release --bin atelier -- demo --remove

up: ## the whole stack in Docker: PostgreSQL, a filled database, replicas and NGINX on http://localhost:8080
	docker compose up --detach --build --wait

update: ## replace the stack's replicas by what the sources are now, without a request that fails
	docker compose build
	docker compose run --rm migrate
	replicas=$$(docker compose ps --quiet api | wc -l) && \
	docker compose up --detach --wait --no-recreate --scale api=$$((2 * replicas)) && \
	docker compose up --detach --wait --scale api=$$replicas
	docker compose exec nginx sh -c 'cmp -s /etc/atelier/nginx.conf /tmp/atelier/nginx.conf || { /etc/atelier/start -t && kill -HUP 1; }'

down: ## end the stack; its data stay in volumes
	docker compose --profile '*' down

env: .env ## .env, with all that can be set of the stack, and a password drawn at random
.env: .env.example
	@test ! -e .env || { echo ".env is there: compare it with .env.example"; exit 1; }
	@umask 077; sed "s|^#POSTGRES_PASSWORD=.*|POSTGRES_PASSWORD=$$(head -c 24 /dev/urandom | base64 | tr '+/' '-_')|" .env.example > .env

stack: ## the stack for Docker Swarm: make the secrets it needs, and deploy it
	docker/deploy

cluster: postgresql ## the same without Docker: a throwaway PostgreSQL, three replicas and NGINX; Ctrl-C ends all
	@.ci/install-nginx
	cargo build --release --bins --package atelier --package private-postgres
	@PATH="$$PATH:/usr/sbin" "$${CARGO_TARGET_DIR:-target}/release/private-postgres" nginx/cluster

postgresql:
	@.ci/install-postgresql

$(TOOLS)/oha:
	cargo install oha --version $(OHA_VERSION) --locked --no-default-features --features rustls --root target/tools

$(TOOLS)/cargo-sqlx:
	cargo install sqlx-cli --version $(SQLX_VERSION) --locked --no-default-features --features postgres --root target/tools
