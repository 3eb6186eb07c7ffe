"""The feature viewer's files: every layer of torch's network, its kernels, and what the spec says of them."""

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto
from safetensors.torch import save_file

from export.__main__ import Config, main
from export.feature_maps import Source, export_layers
from export.initializers import halved
from export.layer_graph import steps
from export.model_file import opened
from fovea import ModelFileError, ModelSpec, ReceptiveField, SettingError, load, read_header, shipped_models
from fovea.shipped import find_model
from training.limits import without_score
from training.models import build
from training.models.costs import layer_costs
from training.models.lenet5_classic import C3_TABLE

DEAD = 2  # the filter of LeNet-5's conv1 that is planted dead


def spec_of(title, architecture, size, channels, classes=()):
    return ModelSpec(
        task="",
        title=title,
        architecture=architecture,
        classes=classes,
        height=size,
        width=size,
        channels=channels,
        fit="crop",
        parameters=0,
        training_data="nothing",
        data_licence="none",
        licence="Apache-2.0",
        limits=("it learnt nothing",),
        created="2026-01-01",
    )


def images(size, channels, n=4):
    return torch.randint(0, 256, (n, size, size, channels), dtype=torch.uint8)


@pytest.fixture(scope="module")
def lenet5():
    """(network, model), with one filter of conv1 planted dead."""
    torch.manual_seed(0)
    network = build("lenet5").eval()
    with torch.no_grad():
        network.features.conv1.weight[DEAD] = 0
        network.features.conv1.bias[DEAD] = -1
    source = Source(network, spec_of("LeNet-5", "lenet5", 28, 1, tuple("0123456789")), images(28, 1))
    return network, opened(export_layers(source, "features_lenet5").proto)


@pytest.fixture(scope="module")
def lenet5_classic():
    torch.manual_seed(0)
    network = build("lenet5_classic").eval()
    source = Source(network, spec_of("LeNet-5 of 1998", "lenet5_classic", 28, 1, tuple("0123456789")), images(28, 1))
    return network, opened(export_layers(source, "features_lenet5_classic").proto)


@pytest.fixture(scope="module")
def googlenet():
    torch.manual_seed(0)
    network = build("googlenet", form="cifar", num_classes=10, width=0.125, stem_stride=2).eval()
    source = Source(network, spec_of("GoogLeNet", "googlenet", 32, 3), images(32, 3))
    return network, opened(export_layers(source, "features_googlenet").proto)


@pytest.fixture(scope="module")
def alexnet(tmp_path_factory):
    """(network, file) as `python -m export features` writes it, from weights that half precision holds."""
    torch.manual_seed(0)
    network = build("alexnet_features").eval()
    folder = tmp_path_factory.mktemp("features")
    weights = {name: tensor.half() for name, tensor in network.features.state_dict().items()}
    network.load_published({name: tensor.float() for name, tensor in weights.items()})
    save_file(weights, folder / "alexnet.safetensors")
    main(
        Config(
            "features", network="alexnet", weights=folder / "alexnet.safetensors", models_dir=folder, runs_dir=folder
        )
    )
    assert (folder / "features" / "alexnet" / "export.json").is_file()
    return network, load(folder / "features_alexnet.onnx")


@pytest.mark.parametrize("name", ["lenet5", "lenet5_classic", "googlenet", "alexnet"])
def test_each_layer_gives_torchs_activation(name, request):
    network, model = request.getfixturevalue(name)
    spec = model.spec
    pixels = images(spec.height, spec.channels, n=2)
    with torch.no_grad():
        expected = network.feature_maps(pixels)
    if "stem" in expected:  # of which the file shows each part
        expected["stem.act"] = expected.pop("stem")
    outputs = model.run(pixels.numpy())
    assert set(expected) <= set(outputs)
    for layer, activation in expected.items():
        scale = float(activation.abs().max())
        np.testing.assert_allclose(outputs[layer] / scale, activation.numpy() / scale, atol=1e-5, err_msg=layer)


def test_googlenets_four_branches_make_up_each_block(googlenet):
    network, model = googlenet
    outputs = model.run(images(32, 3).numpy())
    blocks = [name for name in network.blocks if name.startswith("inception")]
    assert len(blocks) == 9
    for block in blocks:
        branches = [outputs[name] for name in model.spec.layer(block).inputs]
        assert len(branches) == 4
        np.testing.assert_array_equal(outputs[block], np.concatenate(branches, axis=1))
    assert not [layer.output for layer in model.spec.layers if "auxiliary" in layer.output]


@pytest.mark.parametrize("name", ["lenet5", "googlenet", "alexnet"])
def test_the_kernels_are_the_networks_own(name, request):
    network, model = request.getfixturevalue(name)
    convolutions = [
        module.weight.detach().numpy() for module in network.modules() if isinstance(module, torch.nn.Conv2d)
    ]
    kernels = [model.kernels(layer.output) for layer in model.spec.layers if layer.kind == "convolution"]
    assert kernels
    for kernel in kernels:
        assert any(np.array_equal(kernel, weight) for weight in convolutions)
    assert model.kernels(next(x.output for x in model.spec.layers if x.kind == "activation")) is None


@pytest.mark.parametrize("name", ["lenet5", "lenet5_classic", "googlenet", "alexnet"])
def test_shapes_and_costs_of_the_spec_are_those_of_the_network(name, request):
    network, model = request.getfixturevalue(name)
    spec = model.spec
    outputs = model.run(images(spec.height, spec.channels, n=1).numpy())
    assert [layer.shape for layer in spec.layers] == [outputs[layer.output].shape[1:] for layer in spec.layers]
    costs = layer_costs(network, (spec.height, spec.width, spec.channels))
    assert sum(layer.multiply_adds for layer in spec.layers) == sum(cost.multiply_adds for cost in costs)
    weighted = [layer for layer in spec.layers if layer.kind in ("convolution", "dense")]
    assert sum(layer.parameters for layer in weighted) == sum(cost.parameters for cost in costs)
    conv = next(layer for layer in spec.layers if layer.kind == "convolution")
    assert model.kernels(conv.output).shape[2] == conv.kernel_size


def test_the_form_of_1998_holds_its_table_its_bitmaps_and_the_papers_counts(lenet5_classic):
    network, model = lenet5_classic
    kernels = model.kernels("conv2")
    np.testing.assert_array_equal(kernels, network.features.conv2.weight().detach().numpy())
    assert [tuple(np.flatnonzero(kernel.any(axis=(1, 2)))) for kernel in kernels] == list(C3_TABLE)
    np.testing.assert_array_equal(model.kernels("logits"), network.classifier.logits.bitmaps.numpy())
    assert set(np.unique(model.kernels("logits"))) == {-1, 1}
    layers = {layer.output: layer for layer in model.spec.layers}
    assert [layers[name].parameters for name in ("conv1", "pool1", "conv2", "pool2")] == [156, 12, 1_516, 32]
    assert sum(layer.parameters for layer in layers.values()) == 60_000
    stages = dict.fromkeys(layer.stage for layer in layers.values())
    assert list(stages) == ["C1", "S2", "C3", "S4", "C5", "F6", "Output"]
    assert layers["conv1"].receptive_field == ReceptiveField(5, 1, -2)  # the field is 32 x 32
    assert layers["logits"].kind == "distance"


def test_titles_tell_a_mean_from_a_maximum_and_tanh_from_relu():
    titles = {step.name: step.title for step in steps(build("lenet5", activation="tanh", pooling="average"))}
    assert (titles["pool1"], titles["act1"]) == ("S2 average pooling", "C1 tanh")
    titles = {step.name: step.title for step in steps(build("lenet5"))}
    assert (titles["pool1"], titles["act1"]) == ("S2 pooling", "C1 activation")


def test_a_planted_dead_filter_is_black_behind_its_relu(lenet5):
    _network, model = lenet5
    outputs = model.run(images(28, 1).numpy())
    assert outputs["conv1"][:, DEAD].max() < 0
    is_dead = outputs["act1"].max(axis=(0, 2, 3)) <= 0
    assert is_dead.tolist() == [index == DEAD for index in range(6)]


def test_weights_that_half_precision_holds_take_half_the_bytes_and_stay_the_same(alexnet):
    _network, model = alexnet
    initializers = {tensor.name: tensor for tensor in onnx.load(model.path).graph.initializer}
    halves = [tensor for tensor in initializers.values() if tensor.data_type == TensorProto.FLOAT16]
    assert len(halves) == 5
    assert model.path.stat().st_size < 5_000_000
    assert model.spec.precision == "float32"


def test_other_weights_are_left_as_they_are():
    source = Source(build("lenet5").eval(), spec_of("LeNet-5", "lenet5", 28, 1, tuple("0123456789")), images(28, 1))
    proto = export_layers(source, "features_lenet5").proto
    assert halved(proto).SerializeToString() == proto.SerializeToString()


def test_a_file_of_layers_classifies_nothing_and_says_so(lenet5):
    _network, model = lenet5
    pixels = images(28, 1)[0].numpy()
    assert "probabilities" not in model.outputs
    with pytest.raises(ModelFileError, match=r"has no output probabilities. Call feature_maps\(image\)"):
        model.predict(pixels)
    seen = model.feature_maps(pixels)
    assert list(seen.feature_maps) == [layer.output for layer in model.spec.layers]
    np.testing.assert_array_equal(seen.pixels, pixels)


def test_an_unknown_layer_is_refused_by_name(lenet5):
    _network, model = lenet5
    with pytest.raises(SettingError, match=r"The layer is 'conv9'. Choose conv1, act1"):
        model.kernels("conv9")


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"alexnet_conv.safetensors. Name .* with `--weights FILE`"):
        main(Config("features", data_dir=tmp_path, models_dir=tmp_path / "models"))
    assert not list((tmp_path / "models").glob("*.onnx"))


@pytest.mark.parametrize(
    "clause",
    ["its score says it is unlike the training images", "its score says that it is unlike the training photos"],
)
def test_a_file_of_layers_promises_no_score(clause):
    limits = (f"A doodle gets one of ten digits too, unless {clause}.", "Reads one digit at a time.")
    assert without_score(limits) == ("A doodle gets one of ten digits too.", "Reads one digit at a time.")


@pytest.mark.parametrize("name", shipped_models())
def test_a_shipped_file_speaks_of_a_score_only_where_it_has_one(name):
    header = read_header(find_model(name))
    assert any("its score" in limit for limit in header.spec.limits) <= ("ood_score" in header.outputs)
