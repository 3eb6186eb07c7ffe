"""Two maps beside each other in headless Chromium: of two images, and before and after a layer."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from fovea import load, read_header
from space.feature_maps.kernels import same_maps_before

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "space" / "examples" / "feature_maps"
MAP = 41


@pytest.fixture(scope="module")
def alexnet():
    return load(ROOT / "models" / "features_alexnet.onnx")


def viewer(page, selector):
    return page.locator(f"#feature-maps-viewer {selector}")


def captions(page):
    """Title and mean of each of the two."""
    facts = zip(
        viewer(page, ".beside-pair b").all_inner_texts(),
        viewer(page, ".beside-pair figcaption span").all_inner_texts(),
        strict=True,
    )
    return [(title, float(fact.removeprefix("mean ").split(",")[0])) for title, fact in facts]


def mean(alexnet, path, layer):
    return pytest.approx(alexnet.feature_maps(path.read_bytes()).feature_maps[layer][MAP - 1].mean(), rel=5e-3)


def test_one_map_of_two_images_or_of_two_layers_stands_side_by_side(app, new_page, alexnet, tmp_path):
    page = new_page()
    page.goto(f"{app}/?tab=feature-maps&network=alexnet&layer=act1&image=china&map={MAP}&beside=flower")
    note = viewer(page, ".beside-note")
    expect(note).to_have_text(f"Both in the same colours: map {MAP} of each.", timeout=30_000)
    china, flower = EXAMPLES / "china.jpg", EXAMPLES / "flower.jpg"
    assert captions(page) == [("Pavilion", mean(alexnet, china, "act1")), ("Dahlia", mean(alexnet, flower, "act1"))]
    viewer(page, ".beside-choice").select_option("before")
    expect(viewer(page, ".beside-pair b").first).to_have_text("Convolution 1", timeout=10_000)
    assert captions(page)[0] == ("Convolution 1", mean(alexnet, china, "conv1"))
    viewer(page, "button.copy").click()
    assert "beside=before" in viewer(page, ".address").input_value()
    mine = tmp_path / "mine.png"
    Image.open(china).transpose(Image.Transpose.FLIP_LEFT_RIGHT).rotate(90).save(mine)
    page.locator("#feature-maps-photo input[type=file]").set_input_files(mine)
    expect(viewer(page, "canvas.grid")).to_have_attribute("data-image", "", timeout=15_000)
    page.locator(".fovea-examples button:visible").first.click()
    expect(viewer(page, "canvas.grid")).to_have_attribute("data-image", "china", timeout=15_000)
    viewer(page, ".beside-choice").select_option("earlier")
    expect(viewer(page, ".beside-pair b").last).to_have_text("Your photo before", timeout=10_000)
    assert captions(page)[1] == ("Your photo before", mean(alexnet, mine, "act1"))
    viewer(page, "button.copy").click()
    assert "beside" not in viewer(page, ".address").input_value()
    page.close()


@pytest.mark.parametrize(
    ("network", "layer", "before"),
    [
        ("alexnet", "act1", "conv1"),
        ("alexnet", "pool5", "act5"),
        ("alexnet", "conv2", None),  # it mixes all maps
        ("googlenet", "inception3a", None),  # a concatenation
        ("googlenet", "inception3b.branch_pool.0", "inception3a"),
        ("lenet5", "act4", None),  # units, no maps
    ],
)
def test_only_a_layer_that_keeps_its_maps_apart_has_a_before(network, layer, before):
    spec = read_header(ROOT / "models" / f"features_{network}.onnx").spec
    assert same_maps_before(spec, spec.layer(layer)) == before
