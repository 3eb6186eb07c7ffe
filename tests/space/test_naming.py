"""What a file that shows its layers names in an image is what the file that classifies says of it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fovea import load
from space.feature_maps.naming import top_class

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "space" / "examples"


def named(network, image):
    model = load(ROOT / "models" / f"features_{network}.onnx")
    return top_class(model.spec, model.feature_maps(image.read_bytes()).feature_maps)


@pytest.mark.parametrize("photo", ["cat", "horse", "airplane"])
def test_googlenet_and_its_mirror_image_name_what_the_objects_model_names(photo):
    path = EXAMPLES / "objects" / f"{photo}.jpg"
    model = load(ROOT / "models" / "features_googlenet.onnx")
    pixels = model.pixels(Image.open(path))
    one, other = model.run(np.stack([pixels, pixels[:, ::-1]]))["logits"]
    name, probability = top_class(model.spec, {"logits": (one + other) / 2})
    best, share = load(ROOT / "models" / "objects.onnx").predict(path.read_bytes()).top(1)[0]
    assert name == best
    assert probability == pytest.approx(share, abs=0.01)  # that model's weights have 16 bits


def test_lenet5_reads_the_drawn_seven():
    name, probability = named("lenet5", EXAMPLES / "feature_maps" / "seven.png")
    assert name == "7"
    assert probability > 0.99


def test_a_file_without_its_classifier_names_nothing():
    assert named("alexnet", EXAMPLES / "feature_maps" / "china.jpg") is None
