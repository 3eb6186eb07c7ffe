import json

import numpy as np
import onnxruntime as ort
import pytest
from PIL import Image, ImageDraw

from fovea import __version__, load
from fovea.command import main
from fovea.processor import described

PHANTOM = "space/examples/chest_xray/phantom.dcm"


@pytest.fixture
def one_png(tmp_path):
    one = Image.new("L", (100, 100), 255)
    ImageDraw.Draw(one).line([(50, 15), (50, 85)], fill=0, width=8)
    one.save(tmp_path / "one.png")
    return tmp_path / "one.png"


@pytest.fixture
def run(capsys):
    """Call the command in this process: exit code, standard output and standard error."""

    def run(*arguments):
        try:
            code = main([*map(str, arguments)])
        except SystemExit as stop:
            code = stop.code
        return code, *capsys.readouterr()

    return run


def test_each_image_gives_a_line_of_json_and_a_bad_one_an_error(run_module, shipped_path, one_png, tmp_path):
    (tmp_path / "bad.png").write_text("hello")
    result = run_module("fovea", "predict", shipped_path, tmp_path / "bad.png", one_png, tmp_path / "no.png")
    assert result.returncode == 1
    bad, good, missing = (json.loads(line) for line in result.stdout.splitlines())
    assert next(iter(good["probabilities"])) == good["decision"] == "1"
    assert good["model"]["name"] == "digits"
    assert len(good["model"]["revision"]) == 64
    assert np.isclose(sum(good["probabilities"].values()), 1, atol=1e-4)
    assert bad["error"].startswith("The file is text, not an image")
    assert missing["error"] == "The file cannot be opened: No such file or directory."


def test_readable_images_alone_give_exit_code_0(run, tiny_path, tmp_path):
    paths = [tmp_path / "black.png", tmp_path / "white.jpg"]
    for path, level in zip(paths, [0, 255], strict=True):
        Image.new("L", (28, 28), level).save(path)
    code, out, err = run("predict", tiny_path, *paths)
    assert (code, err) == (0, "")
    answers = [json.loads(line) for line in out.splitlines()]
    assert [answer["image"] for answer in answers] == [str(path) for path in paths]
    assert [next(iter(answer["probabilities"])) for answer in answers] == ["dark", "light"]


def test_a_drawn_phantom_is_refused_as_unlike_the_training_films(run_module):
    result = run_module("fovea", "predict", "chest_xray", PHANTOM)
    assert result.returncode == 0
    answer = json.loads(result.stdout)
    assert answer["decision"] == "abstain"
    assert "unlike_training" in answer["reasons"]
    assert answer["ood_score"] > 1


def test_a_shipped_model_by_its_name_answers_as_by_its_path(run, shipped_path, one_png):
    by_name = run("predict", "digits", one_png)
    assert by_name[0] == 0
    assert by_name == run("predict", shipped_path, one_png)


def test_an_unknown_name_gets_one_sentence_with_the_names(run):
    code, out, err = run("predict", "roses", "x.png")
    assert (code, out) == (2, "")
    assert err.startswith("fovea: There is no shipped model 'roses'. Choose chest_xray, digits, features_alexnet, ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("command", [["predict", "x.png"], ["card"]])
def test_a_missing_model_file_stops_the_command_with_its_path(run, tmp_path, command):
    name, *images = command
    code, out, err = run(name, tmp_path / "none.onnx", *images)
    assert (code, out) == (2, "")
    assert err.startswith("fovea: There is no model")
    assert str(tmp_path / "none") in err


def test_a_file_without_probabilities_cannot_predict(run, one_png):
    code, out, _ = run("predict", "features_lenet5", one_png)
    assert code == 1
    assert "has no output probabilities" in json.loads(out)["error"]


@pytest.mark.parametrize("threads", [0, -1])
def test_a_thread_count_under_1_stops_the_command(run, tiny_path, one_png, threads):
    for arguments in (["predict", tiny_path, one_png], ["check", tiny_path]):
        code, out, err = run(*arguments, "--threads", threads)
        assert (code, out, err) == (2, "", f"fovea: threads is {threads}. Choose 1 or more.\n")


def test_check_prints_a_line_a_check(run):
    code, out, err = run("check", "digits")
    assert (code, err) == (0, "")
    machine, *checks = out.splitlines()
    assert machine == f"onnxruntime {ort.__version__} on {described()}"
    assert len(checks) > 5
    assert all(line.startswith("ok      ") for line in checks)


def test_check_says_what_failed_and_exits_with_1(run, tiny_path, tmp_path):
    revision = load(tiny_path).revision
    path = tmp_path / "changed.onnx"
    path.write_bytes(tiny_path.read_bytes().replace(revision.encode(), b"0" * 64))
    code, out, _ = run("check", path)
    assert code == 1
    failed = [line for line in out.splitlines()[1:] if not line.startswith("ok ")]
    assert failed == [
        f"FAILED  revision is that of the weights: {path} names the revision {'0' * 16}, but its weights are "
        f"those of {revision[:16]}. The file was changed after its export. Get it again, or export it again."
    ]


def test_card_prints_the_card_beside_the_file_without_its_yaml(run, shipped_path):
    code, out, _ = run("card", "digits")
    assert code == 0
    head, text = shipped_path.with_suffix(".md").read_text().split("\n---\n\n", 1)
    assert "pipeline_tag" in head
    assert out == text


def test_a_model_without_a_card_says_so(run, tiny_path):
    code, out, err = run("card", tiny_path)
    assert (code, out) == (2, "")
    assert err == f"fovea: There is no model card {tiny_path.with_suffix('.md')} beside the model file.\n"


def test_the_version_is_that_of_the_package(run_module):
    assert run_module("fovea", "--version").stdout == f"fovea {__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["digits", "one.png"], ["predict"], ["predict", "digits"]])
def test_a_wrong_call_shows_the_usage(run, arguments):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("usage: fovea")
