"""The head of a README that the Hugging Face Hub reads, checked with a YAML parser that is not ours."""

from pathlib import Path

import pytest
import yaml

from fovea import read_header
from fovea.hub import front_matter, licence_fields, licence_page, without_front_matter


def parsed(block):
    return next(yaml.safe_load_all(block))


@pytest.mark.parametrize(
    "value", ["plain", "3.11", "yes", "a: b", "1e5", "two words", "#x", "👁️", "LICENSE.md", "- x", 0.98, 5, True]
)
def test_a_value_comes_back_from_yaml_as_it_went_in(value):
    fields = {"key": value, "list": [value, value], "nested": [{"a": {"b": value}, "c": [value]}]}
    assert parsed(front_matter(fields)) == fields


def test_what_is_not_known_is_left_out():
    assert parsed(front_matter({"a": None, "b": [], "c": "", "d": False})) == {"d": False}


def test_the_text_for_people_is_what_stands_below_the_head():
    text = "# Title\n\nWords.\n\n---\n\nMore.\n"
    assert without_front_matter(f"{front_matter({'a': 'b'})}\n\n{text}") == text
    assert without_front_matter(text) == text


@pytest.mark.parametrize(
    ("licence", "fields"),
    [
        ("Apache-2.0", {"license": "apache-2.0"}),
        ("BSD-3-Clause (the weights that torchvision publishes)", {"license": "bsd-3-clause"}),
        ("CC BY-SA 4.0", {"license": "cc-by-sa-4.0"}),
        ("not stated", {"license": "unknown"}),
        ("for research alone, as films ask", {"license": "other", "license_name": "for-research-alone"}),
    ],
)
def test_a_licence_has_the_name_that_the_hub_knows_or_one_of_its_own(licence, fields):
    assert licence_fields(licence) == fields


def test_the_page_of_licences_has_a_row_for_each_file():
    spec = read_header(Path(__file__).parents[2] / "models" / "digits.onnx").spec
    assert f"| `digits.onnx` | {spec.licence} | {spec.training_data} |" in licence_page({"digits": spec})
