import json

import numpy as np
from PIL import Image, ImageDraw


def test_each_image_gives_a_line_of_json_and_a_bad_one_an_error(run_module, shipped_path, tmp_path):
    one = Image.new("L", (100, 100), 255)
    ImageDraw.Draw(one).line([(50, 15), (50, 85)], fill=0, width=8)
    one.save(tmp_path / "one.png")
    (tmp_path / "bad.png").write_text("hello")
    result = run_module("fovea", shipped_path, tmp_path / "one.png", tmp_path / "bad.png", tmp_path / "no.png")
    assert result.returncode == 1
    good, bad, missing = (json.loads(line) for line in result.stdout.splitlines())
    assert next(iter(good["probabilities"])) == "1"
    assert np.isclose(sum(good["probabilities"].values()), 1, atol=1e-4)
    assert bad["error"].startswith("The file is text, not an image")
    assert missing["error"] == "The file cannot be opened: No such file or directory."


def test_readable_images_alone_give_exit_code_0(run_module, tiny_path, tmp_path):
    paths = [tmp_path / "black.png", tmp_path / "white.jpg"]
    for path, level in zip(paths, [0, 255], strict=True):
        Image.new("L", (28, 28), level).save(path)
    result = run_module("fovea", tiny_path, *paths)
    assert (result.returncode, result.stderr) == (0, "")
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["image"] for answer in answers] == [str(path) for path in paths]
    assert [next(iter(answer["probabilities"])) for answer in answers] == ["dark", "light"]


def test_a_missing_model_stops_the_command_with_its_name(run_module, tmp_path):
    result = run_module("fovea", tmp_path / "none.onnx", tmp_path / "x.png")
    assert result.returncode == 2
    assert "There is no model file" in result.stderr
