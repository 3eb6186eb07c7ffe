.DEFAULT_GOAL := help
.PHONY: help space test check format bench clean

PYTHON ?= python3
PIP := -m pip install --quiet --disable-pip-version-check
export GRADIO_ANALYTICS_ENABLED := False

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

space: .venv-space/installed ## Start the app on http://127.0.0.1:7860 with the shipped models
	.venv-space/bin/python -m space

test: .venv/installed chromium ## Check the code and run all tests
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/python -m pytest

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

clean: ## Remove the virtual environments
	rm -rf .venv .venv-space

.venv-space/installed: space/requirements.txt space/requirements-cpu.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; PYTHON=... names one."; exit 1; }
	$(PYTHON) -m venv .venv-space || { echo "No venv module: on Debian, apt-get install python3-venv."; exit 1; }
	.venv-space/bin/python $(PIP) -r space/requirements-cpu.txt
	@touch $@

.venv/installed: requirements.txt space/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; PYTHON=... names one."; exit 1; }
	$(PYTHON) -m venv .venv || { echo "No venv module: on Debian, apt-get install python3-venv."; exit 1; }
	.venv/bin/python $(PIP) -r requirements.txt
	@touch $@

.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	  else echo "The browser tests need chromium: sudo apt-get install chromium"; exit 1; fi; }
