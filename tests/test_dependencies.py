"""The ranges of pyproject.toml and the pins of the requirements files speak of the same packages."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]


def ranges(*extras):
    """Those of the package itself and of `extras`, by name; the package's own name stands for more extras."""
    lines = PROJECT["dependencies"] + [line for extra in extras for line in EXTRAS[extra]]
    parsed = [Requirement(line) for line in lines]
    more = [extra for each in parsed if each.name == "fovea" for extra in each.extras]
    found = {canonicalize_name(each.name): each for each in parsed if each.name != "fovea"}
    return found | (ranges(*more) if more else {})


def pins(path):
    """Of a requirements file and of those that it names by -r."""
    found = {}
    for line in path.read_text().splitlines():
        if line.startswith("-r "):
            found |= pins(path.parent / line[3:])
        elif line and not line.startswith("#"):
            pin = Requirement(line)
            found[canonicalize_name(pin.name)] = pin
    return found


@pytest.mark.parametrize(
    ("file", "extra"),
    [("space/requirements-cpu.txt", "app"), ("k8s/requirements-cpu.txt", "server"), ("requirements.txt", "dev")],
)
def test_the_pins_of_a_file_are_within_the_ranges_of_its_extra(file, extra):
    wanted, pinned = ranges(extra), pins(ROOT / file)
    # Developers have the GPU build in place of the CPU build; both are the same release.
    pinned = {name.replace("onnxruntime-gpu", "onnxruntime"): pin for name, pin in pinned.items()}
    assert pinned.keys() == wanted.keys()
    for name, pin in pinned.items():
        (exact,) = pin.specifier
        assert exact.operator == "==", pin
        assert wanted[name].specifier.contains(exact.version), f"{pin} is not within {wanted[name]}"
        assert wanted[name].extras == pin.extras


def test_no_extra_names_the_gpu_build_beside_the_cpu_build():
    assert "onnxruntime" in ranges()
    assert "onnxruntime-gpu" not in ranges(*EXTRAS)


def test_every_range_ends_below_the_next_breaking_release():
    for name, wanted in ranges(*EXTRAS).items():
        assert sorted(each.operator for each in wanted.specifier) == ["<", ">="], name


def test_the_build_backend_of_developers_is_the_one_that_pip_takes():
    (backend,) = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    assert backend in EXTRAS["dev"]
