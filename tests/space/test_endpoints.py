"""What programs get: one form of answer, one limit, and descriptions that say it."""

import json
import urllib.request
from pathlib import Path

import pytest
from serving import call_api, data_address

from fovea import ImageTooLargeError, UnreadableImageError, load
from fovea.listing import either
from space.pictures import MAX_ADDRESS_CHARS, read_address

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "space" / "examples"
PHOTOS = {
    "digits": EXAMPLES / "feature_maps" / "seven.png",
    "flowers": EXAMPLES / "flowers" / "portrait.jpg",
    "chest_xray": EXAMPLES / "chest_xray" / "phantom.png",
    "objects": EXAMPLES / "objects" / "cat.jpg",
}
TOO_LARGE = f"The image's data address has {MAX_ADDRESS_CHARS + 1:,} characters. Send at most {MAX_ADDRESS_CHARS:,}."


def answer(app, name):
    stream = call_api(app, name, data_address(PHOTOS[name].read_bytes(), "image/png"))
    assert "event: complete" in stream
    return json.loads(stream.split("data: ", 1)[1])[0]


@pytest.mark.parametrize("name", ["digits", "flowers", "chest_xray"])
def test_an_endpoint_gives_what_the_model_says(app, name):
    said = answer(app, name)
    expected = load(ROOT / "models" / f"{name}.onnx").predict(PHOTOS[name].read_bytes()).as_dict()
    assert said["decision"] in (*expected["probabilities"], "abstain")
    assert said.keys() == expected.keys()
    for key in ("decision", "reasons", "warnings"):
        assert said[key] == expected[key]
    assert said["probabilities"] == pytest.approx(expected["probabilities"], abs=1e-3)
    assert said["ood_score"] == pytest.approx(expected["ood_score"], rel=0.01)


def test_the_endpoint_of_several_networks_gives_the_same_for_each(app):
    said = answer(app, "objects")
    assert set(said) == {"decision", "reasons", "networks"}
    assert set(said["networks"]) == {"GoogLeNet", "Inception-v3"}
    for of_one in said["networks"].values():
        assert set(of_one) == {"decision", "reasons", "warnings", "ood_score", "probabilities"}


@pytest.mark.parametrize("name", [*PHOTOS, "feature_maps"])
def test_every_endpoint_refuses_an_address_over_the_limit(app, name):
    more = ("alexnet", "act1") if name == "feature_maps" else ()
    stream = call_api(app, name, "A" * (MAX_ADDRESS_CHARS + 1), *more)
    assert "event: error" in stream
    assert TOO_LARGE in stream


def test_the_limit_is_the_largest_address_that_is_read():
    with pytest.raises(ImageTooLargeError, match="27,962,129 characters"):
        read_address("A" * (MAX_ADDRESS_CHARS + 1))
    with pytest.raises(UnreadableImageError, match="is not a data address"):
        read_address("A" * MAX_ADDRESS_CHARS)


@pytest.mark.parametrize("junk", [None, 3, ["data:image/png;base64,AAAA"]])
def test_what_is_not_text_is_refused_in_words(junk):
    with pytest.raises(UnreadableImageError, match="The image is not text"):
        read_address(junk)


def test_each_tool_names_the_classes_of_its_model(app):
    with urllib.request.urlopen(f"{app}/gradio_api/mcp/schema", timeout=20) as response:
        tools = json.load(response)
    for name in PHOTOS:
        classes = either(load(ROOT / "models" / f"{name}.onnx").spec.classes)
        (tool,) = [tool for tool in tools if f": {classes}." in tool["description"]]
        assert tool["name"] == name
        assert tool["inputSchema"]["properties"].keys() == {"image"}
    described = [tool["description"] for tool in tools if tool["name"] == "chest_xray"]
    assert "Not a medical device" in described[0]
