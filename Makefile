# `make` lists what there is.
PYTHON ?= python3.11
VENV := target/venv
REQUIREMENTS := iris-core/models/requirements.txt
PYTHON_SOURCES := .ci docs iris-core iris-http iris-py benches deploy
CLIENTS := iris-http/tests/clients
CLIENTS_VENV := target/clients-venv
BROWSER := iris-http/tests/browser
PY_VENV := target/py-venv
ZOO := target/zoo
# The version whose environment has skl2onnx.
ZOO_GRAPHS := 1.9
ENGINES_VENV := target/engines-venv
DEPLOY_VENV := target/deploy-venv
LOAD_VENV := target/load-venv
FASTAPI_VENV := target/fastapi-venv
BENCH_VENV := target/bench-venv
OHA := target/tools/bin/oha
OHA_VERSION := 1.16.0
# Half of oha's build is C that its part here barely runs: a database, an allocator, TLS (Debian's, where libssl-dev is).
OHA_CARGO = --config 'profile.release.lto="off"' --config profile.release.codegen-units=16 \
	--config profile.release.package.libsqlite3-sys.opt-level=0 \
	--config profile.release.package.tikv-jemalloc-sys.opt-level=1 \
	--no-default-features --features $(shell pkg-config --exists openssl 2>/dev/null && echo native-tls || echo rustls)
SEMVER_CHECKS := 0.49.0
CHECKOV_VENV := target/checkov-venv
CHECKOV := CHECKOV=$(CHECKOV_VENV)/bin/checkov

.PHONY: bench-report wasm beyond help run test test-rust test-python test-clients test-browser test-py docs test-docs reference dist semver zoo zoo-short zoo-wheel lint-python load load-tools release receiver test-load chaos soak chaos-tools sbom reproducible bench instructions fuzz ci models image deploy-test manifests-test image-test rollout-test server-for-tests watch-hpa watch-pods top-pods cluster-report

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## start the server on 127.0.0.1:8080
	cargo run --release --locked

test: test-rust test-python ## every test: Rust, doc tests, scikit-learn as the oracle

test-rust:
	cargo test --workspace --all-features --locked

test-python: $(VENV)/stamp
	$(VENV)/bin/python -m pytest -q iris-core/models

test-clients: $(CLIENTS_VENV)/stamp ## the clients that people have, against the server
	cargo build --package iris-server --locked
	$(CLIENTS)/fetch_tools.sh target/tools/clients
	$(CLIENTS_VENV)/bin/python -m pytest -q -p no:cacheprovider $(CLIENTS)

test-browser: $(BROWSER)/node_modules/.package-lock.json ## the pages, in a real browser; needs chromium and node; pictures in target/browser
	cargo build --package iris-server --locked
	node --test --test-concurrency=1 $(BROWSER)/*.test.js

test-py: $(PY_VENV)/stamp ## iris_py: its tests, its types
	$(PY_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps ./iris-py
	cargo build --package iris-server --locked
	$(PY_VENV)/bin/python -m pytest -q -p no:cacheprovider -c iris-py/pyproject.toml iris-py/tests
	$(PY_VENV)/bin/python -m mypy --config-file iris-py/pyproject.toml iris-py/python/iris_py
	$(PY_VENV)/bin/python -m mypy.stubtest --mypy-config-file iris-py/pyproject.toml iris_py

wasm: ## the core as a WebAssembly module, into iris-core/wasm/npm; needs the target or rustc-web, rust-web-src and lld
	iris-core/wasm/build.sh

beyond: $(ENGINES_VENV)/stamp ## the edge, events, streams and engines, all run: a table; BEYOND="--only edge" for a part, STREAM_EVENTS=1000000 STREAM_AWAY=60
	$(ENGINES_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps ./iris-py
	cargo build --package iris-server --locked
	ENGINES_PYTHON=$(CURDIR)/$(ENGINES_VENV)/bin/python $(PYTHON) benches/beyond $(BEYOND)

docs: ## the documentation as a site, in target/book; needs mdbook, which `.ci/run docs` installs
	$(PYTHON) docs/repository.py check
	PATH="$(CURDIR)/target/tools/bin:$$PATH" mdbook build docs

test-docs: $(PY_VENV)/stamp ## what the README and the pages say to type, typed
	$(PY_VENV)/bin/python -c 'import iris_py' 2>/dev/null || $(PY_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps ./iris-py
	cargo build --package iris-server --locked
	$(PY_VENV)/bin/python -m pytest -q -p no:cacheprovider docs

reference: ## write the pages that are made of what the server says of itself
	IRIS_BLESS=1 cargo test --quiet --workspace --all-features --locked --test it reference

zoo: zoo-wheel ## scikit-learn's answers, of every version that a Python here runs; ZOO_CHECK=--write keeps the table
	rm -rf $(ZOO)/files
	$(PYTHON) iris-py/zoo/environments.py $(ZOO)/environments $(ZOO_VERSIONS) > $(ZOO)/found
	OMP_NUM_THREADS=1 xargs -r -P $$(nproc) -L 1 sh -c '"$$1" -B iris-py/zoo/make.py $(ZOO)/files/"$$0" $(ZOO_MAKE)' < $(ZOO)/found
	sed -n 's/^$(ZOO_GRAPHS) //p' $(ZOO)/found | xargs -r -I{} env OMP_NUM_THREADS=1 {} -B iris-py/zoo/graphs.py $(ZOO)/files/onnx
	$(PY_VENV)/bin/python iris-py/zoo/check.py $(ZOO)/files $(ZOO_CHECK)

zoo-short: ## the same, of the newest version and of an old one, with few cases of boosters
	$(MAKE) zoo ZOO_VERSIONS="1.9 1.2" ZOO_MAKE=--few

zoo-wheel: $(PY_VENV)/stamp
	mkdir -p $(ZOO)
	$(PY_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps ./iris-py
	$(PY_VENV)/bin/python -m pytest -q -p no:cacheprovider -c iris-py/pyproject.toml iris-py/zoo

lint-python: $(VENV)/stamp
	$(VENV)/bin/python -m ruff check $(PYTHON_SOURCES)
	$(VENV)/bin/python -m ruff format --check $(PYTHON_SOURCES)

image: ## the server as an image FROM scratch, without any network
	deploy/image/build.sh

deploy-test: $(DEPLOY_VENV)/stamp server-for-tests ## the deployment: manifests, traces, image and rollout, with a summary
	$(CHECKOV) deploy/scripts/verify.sh

manifests-test: $(DEPLOY_VENV)/stamp server-for-tests ## the manifests and the traces alone
	$(CHECKOV) deploy/scripts/verify.sh manifests traces

image-test: $(DEPLOY_VENV)/stamp ## the image under a pod's limits; needs root, runc and wrk
	deploy/scripts/verify.sh image

rollout-test: $(DEPLOY_VENV)/stamp ## replicas replaced and killed behind HAProxy under load; needs haproxy and wrk
	deploy/scripts/verify.sh rollout

server-for-tests:
	cargo build --package iris-server --locked

watch-hpa: ## in a cluster: replicas and targets of the autoscaler, as they change
	deploy/scripts/cluster.sh hpa

watch-pods: ## in a cluster: pods as they come and go
	deploy/scripts/cluster.sh pods

top-pods: ## in a cluster: CPU and memory of each pod
	deploy/scripts/cluster.sh top

cluster-report: ## in a cluster: a load test, and what the cluster did meanwhile
	deploy/scripts/cluster.sh report

load: ## the load experiment, a report in target/load-report; needs wrk and nginx; LOAD=full for longer
	@$(PYTHON) benches/load --check
	+$(MAKE) -j3 load-tools
	$(LOAD_VENV)/bin/python benches/load

# Each links on one core for minutes or waits for the network, so some at a time.
load-tools: $(OHA) release $(LOAD_VENV)/iris_py receiver $(FASTAPI_VENV)/requirements.txt

release:
	cargo build --release --locked

receiver:
	cargo build --release --locked --manifest-path benches/receiver/Cargo.toml

test-load: $(LOAD_VENV)/stamp ## the load lab's own tests, and the autoscaler's against cases worked by hand
	$(LOAD_VENV)/bin/python -m pytest -q -p no:cacheprovider benches/capacity benches/load

chaos: chaos-tools $(VENV)/stamp ## what is promised under attack, proved: a table in target/chaos; CHAOS="--only overload" for some
	$(PYTHON) benches/chaos $(CHAOS)

soak: chaos-tools receiver $(VENV)/stamp ## an hour of everything at once; SOAK=120 for so many seconds
	$(PYTHON) benches/chaos/soak.py --seconds $(or $(SOAK),3600)

chaos-tools: release
	cargo build --release --locked --manifest-path benches/chaos/storm/Cargo.toml

sbom: ## what the server is made of, as CycloneDX, and the licences of it: target/supply
	$(PYTHON) deploy/supply target/supply

dist: ## everything of a release, in target/release-VERSION with checksums; takes minutes
	$(PYTHON) deploy/release

semver: ## what changed of the crates' interfaces since the last tag; installs cargo-semver-checks, for minutes
	SEMVER_CHECKS=$(SEMVER_CHECKS) deploy/release/semver.sh

reproducible: ## the release build twice, in different folders: the same bytes; takes minutes
	deploy/supply/reproducible.sh

bench: ## nanoseconds and requests, with criterion
	cargo bench --package iris-benches
	cargo bench --package iris-grpc

bench-report: release receiver $(BENCH_VENV)/stamp ## speed: asked, measured, missed; an hour with nothing else running; BENCH="--only wide" for a part
	$(BENCH_VENV)/bin/python benches/report $(BENCH)

$(BENCH_VENV)/stamp: benches/peers/requirements.txt benches/python/requirements.txt
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r benches/peers/requirements.txt -r benches/python/requirements.txt ./iris-py
	touch $@

instructions: ## instruction counts beside the committed baseline; needs valgrind and gungraun-runner
	$(PYTHON) benches/instructions/check.py

fuzz: ## five minutes of fuzzing for each reader of models and of bodies
	FUZZ_SECONDS=$(or $(FUZZ_SECONDS),300) FUZZ_SEED=$(or $(FUZZ_SEED),0) .ci/run fuzz

ci: ## every gate
	.ci/run

models: $(VENV)/stamp ## make the embedded model and the test data again
	$(VENV)/bin/python iris-core/models/make_iris.py
	$(VENV)/bin/python iris-core/testdata/make_cases.py

$(VENV)/stamp: $(REQUIREMENTS)
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r $(REQUIREMENTS)
	@touch $@

$(CLIENTS_VENV)/stamp: $(CLIENTS)/requirements.txt $(CLIENTS)/requirements-alone.txt
	$(PYTHON) -m venv $(CLIENTS_VENV)
	$(CLIENTS_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	$(CLIENTS_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r $(word 2,$^)
	@touch $@

$(BROWSER)/node_modules/.package-lock.json: $(BROWSER)/package-lock.json
	npm ci --prefix $(BROWSER) --no-audit --no-fund --ignore-scripts --prefer-offline
	@touch $@

$(PY_VENV)/stamp: iris-py/tests/requirements.txt
	$(PYTHON) -m venv $(PY_VENV)
	$(PY_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

$(ENGINES_VENV)/stamp: iris-py/engines/requirements.txt
	$(PYTHON) -m venv $(ENGINES_VENV)
	$(ENGINES_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

$(LOAD_VENV)/stamp: benches/load/requirements.txt benches/capacity/requirements.txt benches/locust/requirements.txt
	$(PYTHON) -m venv $(LOAD_VENV)
	$(LOAD_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# What the users in process call, in the server's profile, for which everything below it is built already.
$(LOAD_VENV)/iris_py: $(LOAD_VENV)/stamp Cargo.toml Cargo.lock iris-core/Cargo.toml iris-core/models/iris.onnx \
	iris-core/telemetry/Cargo.toml iris-py/Cargo.toml iris-py/pyproject.toml \
	$(shell find iris-core/src iris-core/telemetry/src iris-py/src iris-py/python -name '*.rs' -o -name '*.py') | release
	MATURIN_PEP517_ARGS="--profile release" $(LOAD_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps ./iris-py
	$(LOAD_VENV)/bin/python -m pip install --quiet --disable-pip-version-check numpy
	@touch $@

# Who is compared with; what cannot be installed is left out, and the report says so.
$(FASTAPI_VENV)/requirements.txt: benches/peers/fastapi/requirements.txt
	$(PYTHON) -m venv $(FASTAPI_VENV)
	-$(FASTAPI_VENV)/bin/python -m pip install --quiet --no-compile --disable-pip-version-check -r $< && cp $< $@

$(OHA):
	cargo install --quiet --locked $(OHA_CARGO) --root target/tools --version $(OHA_VERSION) oha

$(DEPLOY_VENV)/stamp: deploy/tests/requirements.txt deploy/trials/requirements.txt deploy/tests/checkov.txt
	$(PYTHON) -m venv $(DEPLOY_VENV)
	$(DEPLOY_VENV)/bin/python -m pip install --quiet --disable-pip-version-check $(addprefix -r ,$(wordlist 1,2,$^))
	$(PYTHON) -m venv $(CHECKOV_VENV)
	$(CHECKOV_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r $(lastword $^)
	@touch $@
