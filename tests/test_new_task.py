"""A task that is added at the places that CONTRIBUTING.md names, and at no other, arrives everywhere."""

import json
import re
import shutil
import sys
import urllib.request
from pathlib import Path

import pytest
from commands import run_forked
from serving import call_api, data_address, serving

from fovea import load

ROOT = Path(__file__).parents[1]
FILES = Path(__file__).parent / "new_task"  # what someone who adds the task writes
FOLDERS = ("fovea", "training", "export", "evidence", "space", "benchmarks")
TABLE = "training/tasks.py"
NAME, NETWORK = "toy_shapes", "resnet18"


def steps():
    """The numbered steps of CONTRIBUTING.md, with NAME and NETWORK put in."""
    section = (ROOT / "CONTRIBUTING.md").read_text().split("## A new task\n")[1].split("\n## ")[0]
    numbered = re.findall(r"^\d\. .*(?:\n   .*)*", section, re.MULTILINE)
    return "\n".join(numbered).replace("NAME", NAME).replace("NETWORK", NETWORK)


def add_line(path):
    """The line that CONTRIBUTING.md gives, as the last of the table."""
    (line,) = re.findall(r'`("toy_shapes": [^`]*)`', steps())
    text = path.read_text()
    assert text.count("\n}\n") == 1
    path.write_text(text.replace("\n}\n", f"\n    {line}\n}}\n"))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the repository with the shipped models, and the toy task added."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "models").mkdir()
    for path in (ROOT / "models").iterdir():
        (folder / "models" / path.name).symlink_to(path)
    shutil.copytree(FILES, folder, dirs_exist_ok=True)
    add_line(folder / TABLE)
    return folder


@pytest.fixture(scope="module")
def succeed(checkout):
    """Call `python -m MODULE ARGUMENTS...` in the copy; its standard output."""

    def succeed(*arguments):
        result = run_forked(*arguments, folder=checkout)
        assert result.returncode == 0, result.stderr
        return result.stdout

    return succeed


@pytest.fixture(scope="module")
def trained(succeed, checkout):
    printed = succeed("training", NAME)
    assert f"report: runs/{NAME}/{NETWORK}/report.md" in printed
    return checkout / "runs" / NAME / NETWORK


@pytest.fixture(scope="module")
def model(trained, succeed, checkout):
    printed = succeed("export", NAME)
    assert printed.endswith(f"To write its model card: python -m evidence {NAME}\n")
    assert (trained / "export.json").is_file()
    return load(checkout / "models" / f"{NAME}.onnx")


@pytest.fixture(scope="module")
def image(model):
    """One of the pictures, which were drawn for the training."""
    return model.path.parents[1] / "data" / NAME / "square-0.png"


@pytest.fixture(scope="module")
def app(model):
    with serving([sys.executable, "-m", "space", "--port", "PORT"], model.path.parents[1]) as address:
        yield address


def test_the_steps_name_every_file_that_was_written():
    named = set(re.findall(r"[\w/]+\.py\b", steps())) - {"export/task.py"}
    written = {path.relative_to(FILES).as_posix() for path in FILES.rglob("*.py")}
    assert named == written | {TABLE}


def test_the_file_says_what_the_recipe_said(model):
    assert (model.spec.task, model.spec.classes) == (NAME, ("disc", "square"))
    assert model.spec.metric("accuracy").n == 10
    assert {"probabilities", "heatmaps", "embedding", "ood_score"} <= set(model.outputs)


def test_the_commands_list_the_task(checkout):
    result = run_forked("training", folder=checkout)
    assert result.stderr.startswith(f"Name a task: digits, flowers, chest_xray, objects, folder or {NAME}.\n")


def test_the_evidence_is_a_model_card(model, succeed):
    assert succeed("evidence", NAME) == f"card: models/{NAME}.md\n"
    card = model.path.with_suffix(".md").read_text()
    assert card.startswith("---\n")  # what the Hub reads
    assert f"\n# ResNet-18 for toys: {NAME}\n" in card
    assert f"Made by `python -m training {NAME}` and `python -m export {NAME}`." in card


def test_the_command_of_the_library_answers(model, image, succeed):
    (line,) = succeed("fovea", "predict", f"models/{NAME}.onnx", image).splitlines()
    expected = model.predict(image.read_bytes()).as_dict()
    assert json.loads(line)["probabilities"] == pytest.approx(expected["probabilities"])


def test_the_app_answers_under_the_tasks_name(app, model, image):
    content = image.read_bytes()
    answer = call_api(app, NAME, data_address(content, "image/png"))
    assert json.loads(answer.split("data: ", 1)[1])[0] == model.predict(content).as_dict()


def test_compare_has_its_column_and_its_file(app, model):
    rows = json.loads(call_api(app, "compare").split("data: ", 1)[1])[0]
    assert all(f"accuracy_{NAME}" in row for row in rows)
    with urllib.request.urlopen(f"{app}/config", timeout=20) as response:
        page = json.dumps(json.load(response))
    assert f"models/{NAME}.onnx" in page
    assert model.spec.title in page


@pytest.mark.usefixtures("model")
def test_the_benchmark_times_it(succeed):
    printed = succeed("benchmarks.inference", "--task", NAME, "--rounds", 1)
    for contestant in ("torch eager", "onnxruntime int8", "the shipped file, from an upload's bytes to the answer"):
        assert f"| {contestant} | " in printed
    assert "OpenVINO" in printed  # in a row, or in the line that says why there is none
