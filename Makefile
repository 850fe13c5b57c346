# Two commands matter: `make demo` and `make test`. Each does all its own set-up.

VENV   := .venv
PYTHON := $(VENV)/bin/python
READY  := $(VENV)/.ready
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Where it is set, each of the hundreds of programs that the tests start would compile all of esclusa again.
unexport PYTHONDONTWRITEBYTECODE
# Half of the time of the tests is waiting for real programs: one worker more than there are cores.
WORKERS := $(shell expr $$(nproc) + 1)

.PHONY: demo test check format lock names dashboard benchmarks clean

demo: $(READY)
	$(PYTHON) -m demo

test: $(READY) check
	@.ci/system-packages --tests
	$(PYTHON) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: $(READY)
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(PYTHON) -m pytest -q tests/test_layers.py tests/test_exported_names.py

format: $(READY)
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

benchmarks: $(READY)
	$(PYTHON) -m benchmarks.startup
	$(PYTHON) -m benchmarks.pipeline
	$(PYTHON) -m benchmarks.analysis
	$(PYTHON) -m benchmarks.evals
	$(PYTHON) -m benchmarks.sequential
	$(PYTHON) -m benchmarks.evals.kills
	$(PYTHON) -m benchmarks.workers
	$(PYTHON) -m benchmarks.paired
	$(PYTHON) -m benchmarks.calibration
	$(PYTHON) -m benchmarks.scans.secrets
	$(PYTHON) -m benchmarks.scans.personal
	$(PYTHON) -m benchmarks.scans.matcher
	@.ci/system-packages --tests
	$(PYTHON) -m benchmarks.page

# The list of public names, after one was changed on purpose.
names: $(READY)
	$(PYTHON) -m tests.test_exported_names

# The dashboard for Grafana, after a metric or a panel was changed.
dashboard: $(READY)
	$(PYTHON) -m tests.monitor.dashboard

# The locked versions and hashes of everything that development installs.
lock: $(READY)
	$(PYTHON) -m pip install --quiet pip-tools
	$(PYTHON) -m piptools compile --quiet --strip-extras --generate-hashes --allow-unsafe \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --no-annotate \
		--extra local --extra flags --extra relevance --extra prices --extra inspect --extra scan --extra audit --extra pii -o requirements/dev.txt pyproject.toml requirements/dev.in

$(READY): pyproject.toml requirements/dev.txt
	@.ci/system-packages
	python3 -m venv $(VENV)
	$(PYTHON) -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(PYTHON) -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $(READY)

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
