"""The lessons as texts: every figure is filled, every link leads somewhere, and docs/lessons is what they give."""

import io
import re
import urllib.parse
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from prose import mean_length, prose

from fovea import load, read_header
from space.app import TABS
from space.compare import curves
from space.compare.results import RESULTS, find_result
from space.feature_maps.examples import example
from space.feature_maps.networks import FILES
from space.lessons.__main__ import DOCS, pages
from space.lessons.figures import Figures, MissingFigureError, filled, published
from space.lessons.lesson import PARTS, read, sources
from space.lessons.pictures import PICTURES, filters, maps, picture
from space.pictures import read_address
from space.tabs.compare import SECTIONS
from training.models.lenet5_classic import C3_TABLE

ROOT = Path(__file__).parents[2]
FIGURES = Figures()
LESSONS = [read(source, FIGURES) for source in sources()]
A_MEASURED_FIGURE = r"\d[\d,.]*\s*%|\d+\.\d+|\d{1,3}(,\d{3})+"
TAB_LINKS = {tab.link for tab in TABS}


@pytest.fixture(params=LESSONS, ids=lambda lesson: lesson.slug)
def lesson(request):
    return request.param


def test_there_are_ten_in_order():
    assert [lesson.number for lesson in LESSONS] == list(range(1, 11))


def test_a_lesson_has_every_part_and_nothing_unfilled(lesson):
    assert tuple(lesson.parts) == PARTS
    assert lesson.question.startswith(f"{lesson.number}. ")
    assert lesson.question.endswith("?")
    assert all(lesson.parts.values())
    assert not re.search(r"[{}]|\bnan\b|\bNone\b|Undefined", lesson.markdown)
    assert len(re.findall(r"^- ", lesson.parts["Predict first"], re.MULTILINE)) == 3
    assert "?tab=" in lesson.parts["Try it"]
    assert lesson.pictures
    assert 3 <= len(re.findall(r"^- ", lesson.parts["Why"], re.MULTILINE)) <= 6
    assert re.search(r"\(\d{4}\)\. ", lesson.parts["Source"])
    for part in ("Predict first", "Check yourself"):
        assert re.search(r"<details><summary>.+</summary>\n\n[^<]+\n\n</details>$", lesson.parts[part]), part


def test_its_figure_stands_with_a_command(lesson):
    commands = re.findall(r"`(python -m [^`]+)`", lesson.parts["The figure"])
    assert commands
    for command in commands:
        module = command.split()[2]
        assert (ROOT / module.replace(".", "/")).with_suffix(".py").is_file() or (
            ROOT / module.replace(".", "/") / "__main__.py"
        ).is_file(), command


@pytest.mark.parametrize("source", sources(), ids=lambda path: path.stem)
def test_no_measured_figure_is_typed(source):
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\]\([^)]*\)", "", source.read_text(), flags=re.DOTALL)
    written = re.sub(r"## Source\n.*?(?=\n## )", "", text, flags=re.DOTALL)
    allowed = {"1,202", "1,000", "4.1", "6.1", "95 %"}  # sizes and sections, not measurements
    found = [match.group() for match in re.finditer(A_MEASURED_FIGURE, written)]
    assert set(found) <= allowed


def test_sentences_are_short(lesson):
    """Tables, headings, commands and citations are no sentences."""
    text = "\n".join(body for part, body in lesson.parts.items() if part != "Source")
    assert mean_length(text) < 15
    assert ";" not in prose(text)


@pytest.mark.parametrize(
    "link", sorted({link for lesson in LESSONS for link in re.findall(r"\]\((\?[^)]+)\)", lesson.markdown)})
)
def test_every_link_into_the_app_leads_somewhere(link):
    query = dict(urllib.parse.parse_qsl(link[1:], strict_parsing=True))
    tab = query.pop("tab")
    assert tab in TAB_LINKS
    if tab == "compare":
        trainings = {curves.link(row) for row in find_result(RESULTS, curves.EXPERIMENT)["rows"]}
        assert query.pop("section") in {section.experiment for section in SECTIONS} | {curves.EXPERIMENT}
        assert query.pop("training", None) in {None, *trainings}
    elif tab == "feature-maps":
        spec = read_header(ROOT / "models" / f"{FILES[query.pop('network')]}.onnx").spec
        assert spec.layer(query.pop("layer"))
        assert example(query.pop("image")).is_file()
        assert query.pop("show", "maps") in ("maps", "filters")
        assert query.pop("sort", "number") in ("number", "mean")
    assert query == {}


def test_the_pages_in_docs_are_those_of_today():
    made = pages(FIGURES)
    assert {path.name for path in DOCS.iterdir()} == made.keys() | {"checked_facts.md"}
    stale = [name for name, content in made.items() if (DOCS / name).read_text(encoding="utf-8") != content]
    assert stale == [], "run `python -m space.lessons`"


def test_every_picture_is_used_and_holds_no_address_but_its_own():
    assert {name for lesson in LESSONS for name in lesson.pictures} == PICTURES.keys()
    for name in PICTURES:
        drawn = picture(name, FIGURES)
        drawn = re.sub(r'href="data:image/png;base64,[^"]+"', "", drawn)
        assert not re.search(r"\b(href|src)=|url\(", drawn)
        assert not re.search(r"\bnan\b|\binf\b|e\+\d", drawn)


def test_the_stored_filters_are_those_of_the_shipped_network():
    assert filters.STORED.read_bytes() == filters.sheet(load(filters.MODEL).kernels("conv1"))


def pixels(address):
    with Image.open(io.BytesIO(read_address(address))) as image:
        return np.asarray(image.convert("RGB"), np.float32)


def test_the_stored_maps_are_those_of_the_shipped_network():
    now, stored = maps.made(), maps.stored()
    assert len(now["seen"]) == len(stored["seen"])
    for one, other in zip(now["seen"], stored["seen"], strict=True):
        assert (one["number"], one["filter"]) == (other["number"], other["filter"])
        levels = [pixels(each["map"]) for each in (one, other)]
        assert np.abs(levels[0] - levels[1]).mean() < 1  # of 255


def test_the_papers_figures_of_lenet5_add_up():
    paper, layers = published()["lenet5"]["value"], published()["lenet5_layers"]["value"]
    for what in ("parameters", "connections"):
        assert sum(layer[what] for layer in layers) == paper[what]
    assert [tuple(maps) for maps in published()["c3_table"]["value"]] == list(C3_TABLE)
    assert all(each["source"] for each in published().values())


def test_the_errors_that_were_checked_are_those_of_compare():
    checked = (DOCS / "checked_facts.md").read_text()
    rows = [row for row in FIGURES.result("architectures")["rows"] if row["single_error"] is not None]
    assert len(rows) > 5
    for row in rows:
        several = "none published" if row["top5_error"] is None else f"{row['top5_error']} %, test"
        assert re.search(rf"^\| {row['name']} \| {row['single_error']} %.* \| {several}", checked, re.MULTILINE), row[
            "name"
        ]


@pytest.mark.parametrize(
    "text",
    [
        "{{ missing }}",
        "{{ row('tasks', run='none').accuracy }}",
        "{{ row('tasks', run='lenet5').acuracy }}",
        "{{ result('nothing').rows }}",
        "{{ published().nothing.value }}",
        "{{ row('residual', depth=110).test_accuracy | percent }}",
        "{{ unclosed",
    ],
)
def test_a_figure_that_is_not_stored_is_an_error(text):
    with pytest.raises(MissingFigureError):
        filled(text, FIGURES)


def test_missing_results_and_pictures_are_named(tmp_path):
    with pytest.raises(MissingFigureError, match=r"locality\.json is missing"):
        read(sources()[0], Figures(tmp_path))
    with pytest.raises(MissingFigureError, match=r"evidence\.json is missing"):
        read(sources()[-1], Figures(evidence=tmp_path / "evidence.json"))
    with pytest.raises(MissingFigureError, match="no picture nothing"):
        picture("nothing", FIGURES)
