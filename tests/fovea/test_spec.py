import dataclasses
import json

import pytest

from fovea import Layer, ModelFileError, ModelSpec, ReceptiveField, SettingError


def test_a_spec_survives_its_json(shipped):
    assert ModelSpec.from_json(shipped.spec.to_json()) == shipped.spec


def test_figures_are_found_by_name_and_split(shipped):
    assert shipped.spec.metric("accuracy").n == 10_000
    assert shipped.spec.metric("accuracy", "val").n == 5_000
    assert shipped.spec.metric("speed") is None


def test_a_spec_without_a_training_time_still_loads(shipped):
    raw = json.loads(shipped.spec.to_json())
    raw.pop("train_seconds")
    assert ModelSpec.from_json(json.dumps(raw)).train_seconds is None
    timed = dataclasses.replace(shipped.spec, train_seconds=12.5)
    assert ModelSpec.from_json(timed.to_json()).train_seconds == 12.5


def test_an_unknown_field_is_refused_by_name(shipped):
    raw = json.loads(shipped.spec.to_json()) | {"colour": "blue"}
    with pytest.raises(ModelFileError, match="unknown fields: colour"):
        ModelSpec.from_json(json.dumps(raw))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"metrics": 3}'])
def test_what_is_no_spec_is_refused(text):
    with pytest.raises(ModelFileError, match="cannot be parsed"):
        ModelSpec.from_json(text)


@pytest.mark.parametrize(("field", "value"), [("fit", "squash"), ("channels", 2), ("height", 0)])
def test_a_value_out_of_range_is_refused(shipped, field, value):
    with pytest.raises(ModelFileError, match=f"{value}"):
        dataclasses.replace(shipped.spec, **{field: value})


def test_a_layer_of_an_older_file_has_no_window_and_no_receptive_field(shipped):
    raw = json.loads(shipped.spec.to_json())
    raw["layers"] = [{"output": "conv1", "title": "C1", "shape": [6, 28, 28], "parameters": 156}]
    assert ModelSpec.from_json(json.dumps(raw)).layers == (Layer("conv1", "C1", (6, 28, 28), 156),)
    assert ModelSpec.from_json(json.dumps(raw)).layer("conv1").receptive_field is None


def test_what_a_spec_says_of_its_layers_survives_its_json(shipped):
    layer = Layer(
        output="pool1",
        title="S2",
        shape=(6, 14, 14),
        parameters=0,
        kind="pooling",
        stage="1",
        inputs=("act1",),
        kernel_size=2,
        stride=2,
        receptive_field=ReceptiveField(6, 2, -2),
    )
    spec = dataclasses.replace(shipped.spec, layers=(layer,))
    assert ModelSpec.from_json(spec.to_json()) == spec


def test_a_receptive_field_with_an_unknown_part_is_refused(shipped):
    raw = json.loads(shipped.spec.to_json())
    raw["layers"][0]["receptive_field"] = {"size_px": 3, "colour": 1}
    with pytest.raises(ModelFileError, match="cannot be parsed"):
        ModelSpec.from_json(json.dumps(raw))


def test_a_layer_is_found_by_its_output_or_refused_by_name(shipped):
    assert shipped.spec.layer("pool1").shape == (6, 14, 14)
    with pytest.raises(SettingError, match=r"The layer is 'pool7'. Choose conv1"):
        shipped.spec.layer("pool7")
