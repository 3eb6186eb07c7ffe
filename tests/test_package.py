"""What `pip install .` puts on a machine: the wheel is built, unpacked elsewhere and used from there."""

import json
import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image, ImageDraw

from fovea import __version__, shipped_models

ROOT = Path(__file__).parents[1]


def succeed(*command, **options):
    result = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, **options)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder)
    succeed(sys.executable, "-m", "pip", "wheel", *options, ROOT)
    (wheel,) = folder.iterdir()
    return wheel


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Call Python where the installed package is found and the checkout is not; its standard output."""
    folder = tmp_path_factory.mktemp("installed")
    target, elsewhere = folder / "site-packages", folder / "elsewhere"
    elsewhere.mkdir()
    succeed(sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target", target, wheel)
    environment = os.environ | {"PYTHONPATH": str(target)}

    def run(*arguments):
        return succeed(sys.executable, *arguments, cwd=elsewhere, env=environment)

    run.target = target
    return run


def test_the_wheel_holds_the_library_its_models_and_nothing_else(wheel):
    assert wheel.name == f"fovea-{__version__}-py3-none-any.whl"
    names = ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names} == {"fovea", f"fovea-{__version__}.dist-info"}
    sources = {f"fovea/{path.relative_to(ROOT / 'fovea')}" for path in (ROOT / "fovea").rglob("*.py")}
    models = {f"fovea/models/{name}{suffix}" for name in shipped_models() for suffix in (".onnx", ".md")}
    assert sources | models | {"fovea/py.typed"} <= set(names)
    assert f"fovea-{__version__}.dist-info/licenses/LICENSE" in names


def test_the_installed_command_classifies_with_the_installed_model(installed, tmp_path):
    one = Image.new("L", (100, 100), 255)
    ImageDraw.Draw(one).line([(50, 15), (50, 85)], fill=0, width=8)
    one.save(tmp_path / "one.png")
    places = installed("-c", "import fovea; print(fovea.__file__, fovea.find_model('digits'))").split()
    assert places == [str(installed.target / "fovea" / name) for name in ("__init__.py", "models/digits.onnx")]
    answer = json.loads(installed("-m", "fovea", "predict", "digits", tmp_path / "one.png"))
    assert answer["decision"] == "1"


def test_the_command_is_installed_under_its_name(installed):
    assert installed(installed.target / "bin" / "fovea", "--version") == f"fovea {__version__}\n"
    assert installed(installed.target / "bin" / "fovea", "card", "digits").startswith("# ")
