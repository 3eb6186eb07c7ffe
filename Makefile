.DEFAULT_GOAL := help
.PHONY: help install space endpoint test quick container-test check javascript format bench results site release clean

PYTHON ?= python3
PIP := -m pip install --quiet --disable-pip-version-check
# No lock file: it would record the addresses of one registry.
BIOME_INSTALLED := [ node_modules/installed -nt package.json ] || { command -v npm >/dev/null \
  && npm install --silent --no-audit --no-fund --no-package-lock && touch node_modules/installed; }
FILMS := tests/fovea/dicom $(addprefix tests/fovea/test_, exif.py fitting.py images.py jpeg_segments.py tiff_directory.py)
QUICK := tests/fovea/dicom $(filter-out %/test_memory.py %/test_package.py %/test_new_task.py %/test_import_rules.py \
  %/test_documented_commands.py, \
  $(wildcard tests/fovea/test_*.py tests/test_*.py))
# In the order of their names: sorted by their number of tests, the files of few and long ones would come last.
IN_PARALLEL := -n 2 --dist loadfile --no-loadscope-reorder
export GRADIO_ANALYTICS_ENABLED := False

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/installed ## Make the environment of developers in .venv, with the command .venv/bin/fovea

space: .venv-space/installed ## Start the app on http://127.0.0.1:7860 with the shipped models
	.venv-space/bin/python -m space

endpoint: .venv-endpoint/installed ## Start the X-ray endpoint on http://127.0.0.1:8080 with a fresh key, printed once
	.venv-endpoint/bin/python -m k8s.server.local

# Tests that look at time or memory have the machine to themselves.
# Coverage is printed for the others; what they start as processes of their own is not counted.
# The endpoint ships another Pillow than the app: what reads films and photos is tested on both.
test: .venv-checkov/installed .venv-films/installed debian check ## Check the code and run all tests
	OMP_WAIT_POLICY=passive .venv/bin/python -m pytest $(IN_PARALLEL) -m "not alone" --cov
	.venv/bin/python -m pytest -m alone tests/k8s/server tests/space/test_app_memory.py
	.venv-films/bin/python -m pytest $(IN_PARALLEL) $(FILMS)

# What can break between two edits, without training, browser or server.
quick: check ## Check the code and run the tests of fovea and of the documents, in under two minutes
	OMP_WAIT_POLICY=passive .venv/bin/python -m pytest $(IN_PARALLEL) $(QUICK)

container-test: .venv/installed ## Build the endpoint's image and try it: needs podman, debootstrap and root
	XRAY_CONTAINER_TEST=1 .venv/bin/python -m pytest -rP tests/k8s/container

check: .venv/installed javascript ## Lint and check types only
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

javascript:
	@if $(BIOME_INSTALLED); then node_modules/.bin/biome ci --error-on-warnings .; \
	  else echo "The JavaScript is not checked: npm is missing, or could not install biome."; fi

format: .venv/installed ## Format the code
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .
	@if $(BIOME_INSTALLED); then node_modules/.bin/biome check --write .; \
	  else echo "The JavaScript is not formatted: npm is missing, or could not install biome."; fi

bench: .venv/installed ## Run the scripts behind the speed figures
	.venv/bin/python $(PIP) -r benchmarks/requirements.txt
	.venv/bin/python -m benchmarks.digits_training
	.venv/bin/python -m benchmarks.prefix_cache
	.venv/bin/python -m benchmarks.inference --task flowers
	.venv/bin/python -m benchmarks.inference --task chest_xray
	.venv/bin/python -m benchmarks.architectures
	.venv/bin/python -m benchmarks.folder_to_answer
	.venv/bin/python -m benchmarks.page_weight
	.venv/bin/python -m benchmarks.many_pens

results: .venv/installed ## Write docs/RESULTS.md and the README's table from stored figures
	.venv/bin/python -m evidence.results

site: .venv-site/installed ## Build the documents as a web site in build/site/html, where a broken link fails
	.venv-site/bin/python docs/site/pages.py
	.venv-site/bin/zensical build --strict --config-file build/site/mkdocs.yml

release: .venv/installed ## Check that version, changelog, cards and tree agree, then tag the release
	.venv/bin/python release.py

clean: ## Remove the virtual environments
	rm -rf .venv .venv-space .venv-endpoint .venv-films .venv-checkov .venv-site node_modules

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

# what the endpoint ships, and of requirements.txt what these tests need
.venv-films/installed: requirements.txt k8s/requirements.txt k8s/requirements-cpu.txt Makefile
	$(PYTHON) -m venv .venv-films
	.venv-films/bin/python $(PIP) -r k8s/requirements-cpu.txt $$(grep -E '^(pytest|pytest-(timeout|xdist)|hypothesis|imagecodecs)==' requirements.txt)
	@touch $@

# checkov's pins do not go with those of the project, so it has an environment of its own
.venv-checkov/installed: Makefile
	$(PYTHON) -m venv .venv-checkov
	.venv-checkov/bin/python $(PIP) checkov==3.3.30
	@touch $@

.venv-site/installed: docs/site/requirements.txt
	$(PYTHON) -m venv .venv-site
	.venv-site/bin/python $(PIP) -r docs/site/requirements.txt
	@touch $@

# fovea itself without its dependencies: they name the CPU build of onnxruntime, and this environment has the GPU build
.venv/installed: requirements.txt space/requirements.txt k8s/requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; PYTHON=... names one."; exit 1; }
	$(PYTHON) -m venv .venv || { echo "No venv module: on Debian, apt-get install python3-venv."; exit 1; }
	.venv/bin/python $(PIP) -r requirements.txt
	.venv/bin/python $(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# the browser for the tests of the app; nginx, promtool and openssl for those of the endpoint
.PHONY: debian
debian:
	@for pair in chromium:chromium nginx:nginx-light promtool:prometheus openssl:openssl dcm2pnm:dcmtk gdcmconv:libgdcm-tools; do \
	  command -v $${pair%%:*} >/dev/null || [ -x /usr/sbin/$${pair%%:*} ] || missing="$$missing $${pair##*:}"; \
	done; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	  else echo "The tests need: sudo apt-get install$$missing"; exit 1; fi; \
	fi
