.DEFAULT_GOAL := help
.PHONY: help space endpoint test container-test check format bench clean

PYTHON ?= python3
PIP := -m pip install --quiet --disable-pip-version-check
export GRADIO_ANALYTICS_ENABLED := False

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

space: .venv-space/installed ## Start the app on http://127.0.0.1:7860 with the shipped models
	.venv-space/bin/python -m space

endpoint: .venv-endpoint/installed ## Start the X-ray endpoint on http://127.0.0.1:8080 with a fresh key, printed once
	.venv-endpoint/bin/python -m k8s.server.local

# The tests of the endpoint look at time and memory: they have the machine to themselves.
test: .venv/installed .venv-checkov/installed debian ## Check the code and run all tests
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	OMP_WAIT_POLICY=passive .venv/bin/python -m pytest -n 2 --dist loadfile --ignore tests/k8s
	.venv/bin/python -m pytest tests/k8s

container-test: .venv/installed ## Build the endpoint's image and try it: needs podman, debootstrap and root
	XRAY_CONTAINER_TEST=1 .venv/bin/python -m pytest -rP tests/k8s/container

check: .venv/installed ## Lint and check types only
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

format: .venv/installed ## Format the code
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

bench: .venv/installed ## Run the scripts behind the README's speed figures
	.venv/bin/python $(PIP) -r benchmarks/requirements.txt
	.venv/bin/python -m benchmarks.digits_training
	.venv/bin/python -m benchmarks.feature_cache
	.venv/bin/python -m benchmarks.inference --task flowers
	.venv/bin/python -m benchmarks.inference --task chest_xray
	.venv/bin/python -m benchmarks.architectures

clean: ## Remove the virtual environments
	rm -rf .venv .venv-space .venv-endpoint .venv-checkov

.venv-space/installed: space/requirements.txt space/requirements-cpu.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; PYTHON=... names one."; exit 1; }
	$(PYTHON) -m venv .venv-space || { echo "No venv module: on Debian, apt-get install python3-venv."; exit 1; }
	.venv-space/bin/python $(PIP) -r space/requirements-cpu.txt
	@touch $@

.venv-endpoint/installed: k8s/requirements.txt k8s/requirements-cpu.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; PYTHON=... names one."; exit 1; }
	$(PYTHON) -m venv .venv-endpoint || { echo "No venv module: on Debian, apt-get install python3-venv."; exit 1; }
	.venv-endpoint/bin/python $(PIP) -r k8s/requirements-cpu.txt
	@touch $@

# checkov's pins do not go with those of the project, so it has an environment of its own
.venv-checkov/installed: Makefile
	$(PYTHON) -m venv .venv-checkov
	.venv-checkov/bin/python $(PIP) checkov==3.3.30
	@touch $@

.venv/installed: requirements.txt space/requirements.txt k8s/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; PYTHON=... names one."; exit 1; }
	$(PYTHON) -m venv .venv || { echo "No venv module: on Debian, apt-get install python3-venv."; exit 1; }
	.venv/bin/python $(PIP) -r requirements.txt
	@touch $@

# the browser for the tests of the app; nginx, promtool and openssl for those of the endpoint
.PHONY: debian
debian:
	@for pair in chromium:chromium nginx:nginx-light promtool:prometheus openssl:openssl; do \
	  command -v $${pair%%:*} >/dev/null || [ -x /usr/sbin/$${pair%%:*} ] || missing="$$missing $${pair##*:}"; \
	done; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	  else echo "The tests need: sudo apt-get install$$missing"; exit 1; fi; \
	fi
