"""Every benchmark can be started: what it takes from the rest of the project is still there."""

import pkgutil
import sys
from importlib import import_module
from importlib.util import find_spec
from unittest.mock import MagicMock

import pytest

import benchmarks

# of the yardsticks' own environments; a stand-in lets the other imports be tried
OPTIONAL = ("bentoml", "litserve", "kserve")
MODULES = [module.name for module in pkgutil.walk_packages(benchmarks.__path__, "benchmarks.")]


@pytest.fixture(autouse=True)
def optional_packages(monkeypatch):
    for name in OPTIONAL:
        if find_spec(name) is None:
            monkeypatch.setitem(sys.modules, name, MagicMock(name=name))


@pytest.mark.parametrize("name", MODULES)
def test_a_benchmark_is_imported(name):
    assert import_module(name).__doc__


def test_all_benchmarks_are_tried():
    assert {"benchmarks.inference", "benchmarks.endpoint", "benchmarks.yardsticks.kserve_server"} <= set(MODULES)
