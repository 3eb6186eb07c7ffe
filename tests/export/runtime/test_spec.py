import dataclasses
import json

import pytest

from export.runtime import ModelFileError, ModelSpec


def test_a_spec_survives_its_json(shipped):
    assert ModelSpec.from_json(shipped.spec.to_json()) == shipped.spec


def test_figures_are_found_by_name_and_split(shipped):
    assert shipped.spec.metric("accuracy").n == 10_000
    assert shipped.spec.metric("accuracy", "val").n == 5_000
    assert shipped.spec.metric("speed") is None


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
