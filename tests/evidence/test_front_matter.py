"""Every shipped card begins with what the Hub asks for, made from its file. The Hub's own client reads it."""

import shutil
from pathlib import Path

import pytest
from huggingface_hub import ModelCard

from evidence.front_matter import Options, head, main, write_card
from fovea import read_header
from fovea.hub import LICENCE_FILE, licence_page
from training.chest_xray_spec import RESEARCH_LICENCE

MODELS = Path(__file__).parents[2] / "models"
HEADERS = {path.stem: read_header(path) for path in sorted(MODELS.glob("*.onnx"))}
REFRESH = "run `python -m evidence.front_matter`"


@pytest.fixture(params=HEADERS)
def header(request):
    return HEADERS[request.param]


def data(header):
    return ModelCard.load(header.path.with_suffix(".md")).data


def test_the_head_of_a_card_is_that_of_its_file(header):
    assert header.path.with_suffix(".md").read_text().startswith(f"{head(header)}\n\n# "), REFRESH


def test_a_card_has_what_the_hub_asks_for(header):
    card = data(header)
    assert card.license in ("apache-2.0", "bsd-3-clause", "other")
    assert card.library_name == "onnx"
    assert card.pipeline_tag == ("image-classification" if header.is_classifier else "image-feature-extraction")
    assert card.datasets
    assert {"fovea", header.spec.precision} <= set(card.tags)


def test_the_results_on_the_hub_are_those_of_the_file(header):
    results = data(header).eval_results or []
    accuracy = header.spec.metric("accuracy")
    assert [result.metric_value for result in results] == ([] if accuracy is None else [round(accuracy.value, 4)])


def test_the_card_that_people_are_shown_has_no_yaml(header):
    assert header.card.startswith("# ")
    assert "pipeline_tag" not in header.card


def test_weights_for_research_alone_are_not_called_open():
    assert HEADERS["chest_xray"].spec.licence == RESEARCH_LICENCE
    card = data(HEADERS["chest_xray"])
    assert (card.license, card.license_name) == ("other", "for-research-and-education-alone")
    terms = (MODELS / card.license_link).read_text()
    assert RESEARCH_LICENCE in terms
    assert terms == licence_page({name: header.spec for name, header in HEADERS.items()}), REFRESH


def test_a_stale_head_is_made_anew_and_the_text_stays(tmp_path):
    for name in ("digits.onnx", "digits.md"):
        shutil.copy(MODELS / name, tmp_path)
    card = tmp_path / "digits.md"
    fresh = card.read_text()
    for stale in (fresh.replace("apache-2.0", "mit"), read_header(tmp_path / "digits.onnx").card):
        card.write_text(stale)
        assert main(Options(tmp_path)) == [card]
        assert card.read_text() == fresh
    assert {path.name for path in tmp_path.iterdir()} == {"digits.onnx", "digits.md", LICENCE_FILE}


def test_semicolons_of_a_spec_become_sentences_and_tables_keep_theirs(tmp_path):
    shutil.copy(MODELS / "digits.onnx", tmp_path)
    header = read_header(tmp_path / "digits.onnx")
    write_card(header, "# T\n\nOn A; on B (of C; free).\n\n- It sees; it names.\n\n| a; b |\n")
    assert header.card == "# T\n\nOn A, on B (of C, free).\n\n- It sees. It names.\n\n| a; b |\n"


def test_a_licence_without_a_page_beside_the_card_has_no_link(tmp_path):
    shutil.copy(MODELS / "chest_xray.onnx", tmp_path)
    assert "license_link" not in head(read_header(tmp_path / "chest_xray.onnx"))
