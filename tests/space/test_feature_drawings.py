"""What the Feature maps tab answers to the page: packed maps, dead maps, kernels, refusals."""

import base64
import dataclasses
import zlib
from pathlib import Path

import numpy as np
import onnx
import pytest
from revisions import stamp

from fovea import Layer, decode, load
from fovea.expected import KEY
from space.feature_maps.examples import example, example_of
from space.feature_maps.kernels import slices, source
from space.feature_maps.maps import as_maps, dead_maps, pack
from space.feature_maps.networks import fitted, fitted_in_turn, networks_of, read_fitted
from space.feature_maps.sheet import sheet
from space.feature_maps.viewer_functions import viewer_functions
from space.model_folder import ModelFolder
from space.pictures import COLOURS, NEGATIVE_COLOURS, png

ROOT = Path(__file__).parents[2]
PHOTO = ROOT / "space" / "examples" / "feature_maps" / "china.jpg"


@pytest.fixture(scope="module")
def networks():
    return networks_of(ModelFolder(ROOT / "models"))


@pytest.fixture(scope="module")
def ask(networks):
    return {function.__name__: function for function in viewer_functions(networks)}


@pytest.fixture(scope="module")
def pixels(networks):
    return fitted(networks, decode(PHOTO.read_bytes(), channels=3))["alexnet"]["address"]


@pytest.fixture
def maps():
    """Five maps of 3 x 4, the second planted dead, the fourth below zero everywhere."""
    made = np.random.default_rng(0).normal(size=(5, 3, 4)).astype(np.float32)
    made[1] = 0
    made[3] = -np.abs(made[3])
    return made


def test_a_planted_dead_map_is_counted(maps):
    assert dead_maps(maps) == 2
    assert dead_maps(np.maximum(maps, 0)) == 2
    assert pack("act1", {"act1": np.maximum(maps, 0)})["dead"] == 2


def test_packed_maps_come_out_within_half_a_step_of_their_range(maps):
    packed = pack("conv1", {"conv1": maps, "conv2": 10 * maps})
    levels = np.frombuffer(zlib.decompress(base64.b64decode(packed["maps"])), np.uint8).reshape(maps.shape)
    low, high = (np.array(packed[end])[:, None, None] for end in ("low", "high"))
    restored = low + levels / 255 * (high - low)
    assert (np.abs(restored - maps) <= (high - low) / 255 * 0.51 + 1e-4).all()
    np.testing.assert_allclose(packed["mean"], maps.mean(axis=(1, 2)), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(packed["layer"], [maps.min(), maps.max()], rtol=1e-4)
    np.testing.assert_allclose(packed["network"], [10 * maps.min(), 10 * maps.max()], rtol=1e-4)


def test_units_of_a_dense_layer_are_maps_of_one_pixel():
    assert as_maps(np.arange(4, dtype=np.float32)).shape == (4, 1, 1)


def test_the_page_gets_the_models_own_maps(ask, networks, pixels):
    packed = ask["layer"]({"network": "alexnet", "layer": "act3", "pixels": pixels})
    expected = networks["alexnet"].open().feature_maps(PHOTO.read_bytes()).feature_maps["act3"]
    np.testing.assert_allclose(packed["high"], expected.max(axis=(1, 2)), rtol=1e-3, atol=1e-3)
    assert packed["dead"] == int((expected.max(axis=(1, 2)) <= 0).sum())


def test_a_network_reads_back_exactly_the_pixels_that_were_fitted_for_it(networks, pixels):
    network = networks["alexnet"]
    np.testing.assert_array_equal(read_fitted(network, pixels), network.open().pixels(PHOTO.read_bytes()))


def test_a_file_that_answers_otherwise_here_shows_no_maps(tmp_path, caplog):
    path = ROOT / "models" / "features_lenet5.onnx"
    expected = load(path).expected
    expected.answers["act1"][:] += 1
    proto = onnx.load(path)
    stamp(proto, **{KEY: expected.to_text()})
    onnx.save(proto, tmp_path / path.name)
    networks = networks_of(ModelFolder(tmp_path))
    pixels = fitted(networks, decode(PHOTO.read_bytes(), channels=3))["lenet5"]["address"]
    ask = {function.__name__: function for function in viewer_functions(networks)}
    for _ in range(2):  # and not when it is asked for again
        answer = ask["layer"]({"network": "lenet5", "layer": "act1", "pixels": pixels})
        assert answer["error"].startswith("Do not trust features_lenet5.onnx here. On this machine, ")
    assert "act1 differs by" in caplog.text


def test_the_files_of_the_tab_are_small_enough_to_wait_for():
    assert all(path.stat().st_size < 32_000_000 for path in (ROOT / "models").glob("features_*.onnx"))


def test_a_file_is_opened_when_a_layer_is_asked_for_and_not_before():
    opened = []

    def watched(name, network):
        def first():
            opened.append(name)
            return network.open()

        return dataclasses.replace(network, open=first)

    found = networks_of(ModelFolder(ROOT / "models"))
    networks = {name: watched(name, network) for name, network in found.items()}
    assert list(networks) == ["alexnet", "vgg16", "googlenet", "lenet5", "lenet5_classic"]
    ask = {function.__name__: function for function in viewer_functions(networks)}
    seen = ask["sample"]({"name": "china"})["seen"]
    assert opened == []
    ask["layer"]({"network": "lenet5", "layer": "act1", "pixels": seen["lenet5"]["address"]})
    assert opened == ["lenet5"]


def test_the_shown_network_sees_a_photo_first_and_then_all_see_what_they_see_at_once():
    shown = {name: load(ROOT / "models" / f"features_{name}.onnx") for name in ("alexnet", "lenet5", "googlenet")}
    photo = decode(PHOTO.read_bytes(), channels=3)
    everything = fitted(shown, photo)
    first, second = fitted_in_turn(shown, photo, "googlenet")
    assert first == {"googlenet": everything["googlenet"]}
    assert second == everything
    assert list(fitted_in_turn(shown, photo, "vgg")) == [everything]
    assert list(fitted_in_turn({"alexnet": shown["alexnet"]}, photo, "alexnet")) == [{"alexnet": everything["alexnet"]}]


def test_an_example_is_known_by_its_pixels_and_nothing_else_is():
    images = {name: decode(example(name).read_bytes(), channels=3) for name in ("china", "flower", "portrait", "seven")}
    assert {name: example_of(image) for name, image in images.items()} == {name: name for name in images}
    assert images["china"].size == images["flower"].size
    other = images["china"].copy()
    other.putpixel((0, 0), (1, 2, 3))
    assert example_of(other) is None
    assert example_of(images["china"].crop((0, 0, 100, 100))) is None


def test_the_kernel_behind_a_pooling_is_that_of_its_convolution(ask, networks):
    answer = ask["kernel"]({"network": "alexnet", "layer": "pool2", "map": 200})
    assert (answer["layer"], answer["map"], answer["of"]) == ("conv2", 200, 48)
    strengths = np.sqrt((networks["alexnet"].open().kernels("conv2")[200].astype(float) ** 2).sum(axis=(1, 2)))
    assert answer["inputs"] == [48 + int(channel) for channel in np.argsort(-strengths, kind="stable")[:16]]


def test_a_kernel_on_colours_is_one_picture(ask):
    answer = ask["kernel"]({"network": "alexnet", "layer": "norm1", "map": 5})
    assert answer["layer"] == "conv1"
    assert list(answer["shape"]) == [1, 11, 11, 3]
    assert len(base64.b64decode(answer["pixels"])) == 11 * 11 * 3


def test_a_map_of_a_concatenation_stems_from_the_branch_that_holds_its_number(networks):
    layers = [
        Layer("a", "a", (3, 8, 8), 0, kind="convolution"),
        Layer("b", "b", (5, 8, 8), 0, kind="convolution"),
        Layer("b.act", "b", (5, 8, 8), 0, kind="activation", inputs=("b",)),
        Layer("all", "all", (8, 8, 8), 0, kind="concatenation", inputs=("a", "b.act")),
    ]

    spec = dataclasses.replace(networks["alexnet"].spec, layers=tuple(layers))
    assert source(spec, layers[3], 2) == (layers[0], 2)
    assert source(spec, layers[3], 3) == (layers[1], 0)
    assert source(spec, layers[3], 7) == (layers[1], 4)


def test_a_map_of_1998_comes_with_the_table_of_what_it_sees(ask):
    answer = ask["kernel"]({"network": "lenet5_classic", "layer": "pool2", "map": 1})
    assert (answer["layer"], answer["map"], answer["of"]) == ("conv2", 1, 6)
    assert sorted(answer["inputs"]) == answer["table"][1] == [1, 2, 3]  # table I of the paper
    assert sum(len(sees) for sees in answer["table"]) == 60
    assert "table" not in ask["kernel"]({"network": "lenet5", "layer": "pool2", "map": 1})


def test_an_output_of_1998_comes_with_its_bitmap(ask):
    answer = ask["kernel"]({"network": "lenet5_classic", "layer": "logits", "map": 1})
    assert (answer["layer"], answer["kind"], answer["shape"]) == ("logits", "distance", (1, 12, 7))
    drawn = np.frombuffer(base64.b64decode(answer["pixels"]), np.uint8).reshape(12, 7)
    assert ["".join("#" if level > 128 else "." for level in row) for row in drawn[[0, 9, 11]]] == [
        *("...##..", ".######", "......."),
    ]


def test_a_kernel_of_zeros_has_no_slices():
    nothing = slices(np.zeros((2, 3, 5, 5), dtype=np.float32), groups=1, index=0)
    assert (nothing["inputs"], nothing["shape"], nothing["of"]) == ([], (0, 5, 5), 3)


def test_a_slice_names_the_map_of_its_own_group():
    weights = np.zeros((4, 3, 1, 1), dtype=np.float32)
    weights[3, 1] = 2
    assert slices(weights, groups=2, index=3)["inputs"][0] == 4
    assert slices(weights, groups=2, index=3)["strengths"][0] == 2


@pytest.mark.parametrize(
    ("question", "changed", "sentence"),
    [
        (
            "layer",
            {"network": "vgg"},
            "The network is 'vgg'. Choose alexnet, vgg16, googlenet, lenet5 or ",
        ),
        ("layer", {"layer": "conv9"}, "The layer is 'conv9'. Choose conv1"),
        ("layer", {"pixels": None}, "The image is not text"),
        ("layer", {"pixels": "hello"}, "The image is not a data address"),
        ("layer", {"pixels": png(np.zeros((5, 5, 3), np.uint8))}, "The picture is 5 x 5. AlexNet sees 227 x 227."),
        ("kernel", {"map": 96}, "The map is 96. Choose 0 to 95 of conv1."),
        ("kernel", {"map": "1"}, "The map is '1'"),
        ("kernels", {"layer": "conv2"}, "conv2 does not lie on the pixels"),
        ("sample", {"name": "../secret"}, "The example is '../secret'. Choose china"),
    ],
)
def test_a_question_that_makes_no_sense_is_answered_in_words(ask, pixels, question, changed, sentence):
    asked = {"network": "alexnet", "layer": "conv1", "pixels": pixels, "map": 0} | changed
    assert ask[question](asked)["error"].startswith(sentence)


@pytest.mark.parametrize("junk", [None, [], "conv1", 3])
def test_a_question_of_another_form_is_answered_in_words_too(ask, junk):
    assert ask["layer"](junk)["error"].startswith("The network is None")


def test_the_sheet_has_each_map_in_the_colour_of_its_sign():
    values = np.array([[[4.0]], [[-2.0]], [[0.0]]], dtype=np.float32)
    pixels = sheet(values)
    assert pixels.shape == (50, 50, 3)
    assert pixels[0, 0].tolist() == COLOURS[255].tolist()
    assert pixels[0, 26].tolist() == NEGATIVE_COLOURS[255].tolist()
    assert pixels[26, 0].tolist() == COLOURS[0].tolist()
