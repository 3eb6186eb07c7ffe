"""What the Feature maps tab says of a layer is what the shipped file's operator does."""

from pathlib import Path

import onnx
import pytest

from fovea import Layer, load
from space.feature_maps.plain_words import PLAIN
from space.feature_maps.words import SENTENCES, operation

ROOT = Path(__file__).parents[2]
NETWORKS = ("alexnet", "vgg16", "lenet5", "lenet5_classic", "googlenet")
# the ONNX operator that makes the layer's output; what has no operator of its own ends in one of its formula
OPERATORS = {
    "convolution": "Conv",
    "grouped convolution": "Conv",
    "partial convolution": "Conv",
    "relu": "Relu",
    "scaled tanh": "Mul",
    "batch norm": "BatchNormalization",
    "response norm": "Div",
    "max pooling": "MaxPool",
    "max pooling in place": "MaxPool",
    "average": "ReduceMean",
    "subsampling": "Add",
    "concatenation": "Concat",
    "dense": "Gemm",
    "distance": "Neg",
}
LAYOUT = ("Reshape", "Gather")  # they move values, and compute none


def shipped(network):
    """(layer, the node that makes it, its attributes) of each layer of a shipped file."""
    path = ROOT / "models" / f"features_{network}.onnx"
    makers = {output: node for node in onnx.load(path).graph.node for output in node.output}
    for layer in load(path).spec.layers:
        node = makers[layer.output]
        while node.op_type in LAYOUT:
            node = makers[node.input[0]]
        yield layer, node, {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}


@pytest.mark.parametrize("network", NETWORKS)
def test_every_layer_of_a_shipped_file_gets_the_words_of_its_operator(network):
    for layer, node, attributes in shipped(network):
        said = operation(layer)
        assert said in SENTENCES, layer.output
        assert node.op_type == OPERATORS[said], layer.output
        if node.op_type == "MaxPool":
            assert (said == "max pooling in place") == (attributes.get("strides", [1, 1]) == [1, 1]), layer.output
        if node.op_type == "Conv":
            assert (said == "grouped convolution") == (attributes.get("group", 1) > 1), layer.output


def test_every_operation_has_a_sentence_for_lay_readers_too():
    assert PLAIN.keys() == SENTENCES.keys()


@pytest.mark.parametrize("network", NETWORKS)
def test_only_a_layer_with_fewer_places_than_before_is_said_to_have_fewer(network):
    layers = {layer.output: layer for layer, _node, _attributes in shipped(network)}
    pools = [layer for layer in layers.values() if layer.kind == "pooling"]
    assert pools
    for layer in pools:
        before = layers[layer.inputs[0]].shape
        sentence = SENTENCES[operation(layer)]
        assert ("fewer places" in sentence) == (1 < layer.shape[1] < before[1]), layer.output
        assert ("as many places as before" in sentence) == (layer.shape[1:] == before[1:]), layer.output


def test_the_form_of_1998_has_what_was_of_its_time():
    said = [operation(layer) for layer, _node, _attributes in shipped("lenet5_classic")]
    counts = {"scaled tanh": 6, "subsampling": 2, "partial convolution": 1, "distance": 1, "relu": 0, "max pooling": 0}
    assert {name: said.count(name) for name in counts} == counts


def test_googlenet_has_a_pooling_in_place_in_each_of_its_nine_blocks_and_no_response_norm():
    said = [operation(layer) for layer, _node, _attributes in shipped("googlenet")]
    assert (said.count("max pooling in place"), said.count("max pooling"), said.count("average")) == (9, 2, 1)
    assert (said.count("batch norm"), said.count("response norm")) == (55, 0)


@pytest.mark.parametrize(
    ("kind", "title", "said"),
    [("pooling", "S2 average pooling", "average pooling"), ("activation", "C1 tanh", "tanh"), (None, "a layer", "")],
)
def test_the_title_tells_what_the_kind_does_not(kind, title, said):
    assert operation(Layer("x", title, (6, 14, 14), 0, kind=kind, kernel_size=2, stride=2)) == said
