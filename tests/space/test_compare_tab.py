"""The Compare tab in headless Chromium: with the results that ship, with planted ones, and with none."""

import json
import shutil
import sys
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect
from serving import call_api, serving

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "space" / "results"
SECTIONS = ("locality", "architectures", "residual", "training_sizes", "curves")
READY_MS = 30_000
SMALLEST_PX = 9  # of a line of words, from the lowest letter to the highest
HEIGHTS = "all => all.map((words) => words.getBoundingClientRect().height)"

APP = """
import sys
from pathlib import Path
import gradio as gr
from space.model_folder import ModelFolder
from space.tabs import compare
from space.theme import CSS, FRAME, THEME
with gr.Blocks(analytics_enabled=False) as page:
    gr.HTML("<h1>Fovea</h1>", elem_id="introduction")
    with gr.Tabs(), gr.Tab("Compare"):
        compare.build(ModelFolder(Path(sys.argv[1])), Path(sys.argv[2]))
page.launch(server_name="127.0.0.1", server_port=int(sys.argv[3]), theme=THEME, css=FRAME + CSS, ssr_mode=False)
"""


def header(experiment):
    made = {"created": "2026-01-01", "hardware": "a test"}
    return {"experiment": experiment, "command": f"python -m training.experiments {experiment}"} | made


def planted_locality():
    def row(form, size, parameters, accuracy):
        interval = [accuracy - 0.002, accuracy + 0.002]
        return {"form": form, "size": size, "parameters": parameters, "accuracy": accuracy, "interval": interval}

    rows = [row("fully connected", [77], 61_225, 0.97), row("convolutional", 1.0, 61_706, 0.99)]
    shifted = [
        {"form": form, "shift": shift, "accuracy": accuracy}
        for form, accuracies in (("fully connected", (0.97, 0.5)), ("convolutional", (0.99, 0.8)))
        for shift, accuracy in enumerate(accuracies)
    ]
    return header("locality") | {"epochs": 1, "seeds": 1, "n_test": 10_000, "rows": rows, "shifted": shifted}


def planted_residual():
    def row(form, depth, error):
        curve = [{"epoch": epoch, "train_accuracy": 1 - error / epoch, "val_accuracy": 0.5} for epoch in (1, 2)]
        gradients = [1.0 + number for number in range(depth - 1)]
        facts = {"parameters": 1000 * depth, "test_accuracy": 0.6, "curve": curve}
        return {"form": form, "depth": depth, "initial_gradients": gradients, "trained_gradients": gradients} | facts

    rows = [row(*net) for net in (("plain", 20, 0.6), ("residual", 20, 0.6), ("plain", 56, 0.8), ("residual", 56, 0.5))]
    facts = {"data": "CIFAR-10", "n_train": 9, "n_test": 9, "epochs": 2, "seed": 0}
    return header("residual") | facts | {"rows": rows}


def planted_curves():
    def row(run, title, accuracies, phases):
        epochs = [
            {
                "epoch": number,
                "phase": int(bool(phases) and number > 2),
                "train_loss": 1 / number,
                "val_loss": 1 / number,
            }
            | {"train_accuracy": accuracy, "val_accuracy": accuracy}
            for number, accuracy in enumerate(accuracies, start=1)
        ]
        facts = {"task": "flowers", "run": run, "title": title, "architecture": "transfer/vgg16", "phases": phases}
        figures = {"accuracy": 0.9, "interval": [0.87, 0.93], "n_test": 395, "seconds": 90.0, "seed": 0}
        said = {"verdict": f"The verdict on {run}.", "discussion": [], "command": "a command", "created": "2026-01-01"}
        return facts | figures | said | {"epochs": epochs}

    two = ["head on frozen features", "fine-tuning from block5"]
    rows = [
        row("scratch", "vgg16 to block5", [0.4, 0.5, 0.6], []),
        row("vgg16-reference", "vgg16", [0.7, 0.8, 0.9], two),
    ]
    return header("curves") | {"rows": rows}


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """The address of an app whose results are planted: two by hand, two that ship, latencies missing."""
    folder = tmp_path_factory.mktemp("results")
    for name in ("architectures", "training_sizes"):
        shutil.copy(RESULTS / f"{name}.json", folder)
    (folder / "locality.json").write_text(json.dumps(planted_locality()))
    (folder / "residual.json").write_text(json.dumps(planted_residual()))
    (folder / "curves.json").write_text(json.dumps(planted_curves()))
    with serving([sys.executable, "-c", APP, str(ROOT / "models"), str(folder), "PORT"], ROOT) as address:
        yield address


@pytest.fixture(scope="module", params=[(1280, "light"), (390, "dark")])
def shared_page(request, planted, new_page):
    """Drawing all figures is most of a test's cost; none of the tests relies on how another leaves its own part."""
    width, theme = request.param
    page = new_page(width)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{planted}/?__theme={theme}")
    expect(page.locator("#compare-networks table")).to_be_visible(timeout=READY_MS)
    yield page, errors
    page.close()


@pytest.fixture
def page(shared_page):
    page, errors = shared_page
    yield page
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
    assert errors == []


def test_every_figure_of_every_section_is_drawn(page):
    for number, section in enumerate(SECTIONS):
        figures = page.locator(f"[id^=compare-{section}-]")
        expect(figures).to_have_count((2, 3, 3, 1, 2)[number], timeout=READY_MS)
        for figure in figures.all():
            picture = figure.locator("svg[role=img]")
            assert len(picture.get_attribute("aria-label")) > 60
            assert picture.locator("polyline, circle, rect").count() > 1
            box = picture.bounding_box()
            assert box["x"] + box["width"] <= page.viewport_size["width"]
            assert min(picture.locator("text").evaluate_all(HEIGHTS)) > SMALLEST_PX


def test_the_headings_say_what_the_planted_numbers_say(page):
    headings = page.locator(".fovea-finding h3")
    expect(headings.filter(has_text="the fully connected net misreads 3.0 times as many digits")).to_have_count(1)
    expect(headings.filter(has_text="Depth harms the plain net, and shortcuts mend it")).to_have_count(1)
    expect(headings.filter(has_text="10.0 points higher without shortcuts")).to_have_count(1)


def names(page):
    return page.locator("#compare-networks tbody tr td:first-child").all_inner_texts()


def test_a_click_on_a_heading_sorts_by_number_and_a_second_the_other_way(page):
    rows = json.loads((RESULTS / "architectures.json").read_text())["rows"]
    by_cost = [row["name"] for row in sorted(rows, key=lambda row: row["multiply_adds"])]
    heading = page.locator("#compare-networks").get_by_role("button", name="multiply-adds")
    heading.click()
    assert names(page) == by_cost
    heading.click()
    assert names(page) == by_cost[::-1]


def test_networks_without_a_figure_come_last_either_way(page):
    heading = page.locator("#compare-networks th", has_text="one network").first
    for expected in ("Inception-v3", "AlexNet"):
        heading.click()
        assert names(page)[0] == expected
        assert set(names(page)[-3:]) == {"Fully connected", "LeNet-5", "ResNet-110 for CIFAR-10"}


def test_the_axes_of_the_scatter_plot_are_chosen(page):
    points = page.locator("#compare-scatter g > circle")
    expect(points).to_have_count(6, timeout=READY_MS)
    page.locator("#compare-measure input").click()
    page.get_by_role("option", name="MNIST: our accuracy").click()
    caption = page.locator(".fovea-caption h4").first
    expect(caption).to_have_text("MNIST: our accuracy against parameters", timeout=READY_MS)
    expect(points).to_have_count(3, timeout=READY_MS)
    page.locator("#compare-cost").get_by_label("multiply-adds").click()
    expect(caption).to_contain_text("accuracy against multiply-adds (not known of 2 of 3 networks)", timeout=READY_MS)
    expect(points).to_have_count(1, timeout=READY_MS)


def test_the_training_with_phases_comes_first_and_another_can_be_chosen(page):
    verdict = page.locator("#compare-training-verdict")
    expect(verdict).to_contain_text("The verdict on vgg16-reference. On 395 test images 90.00 % are right")
    figure = page.locator("#compare-curves-0")
    expect(figure.get_by_text("fine-tuning from block5")).to_be_attached(timeout=READY_MS)
    page.locator("#compare-training input").click()
    page.get_by_role("option", name="VGG16 to block5 on flower_photos (scratch)").click()
    expect(verdict).to_contain_text("The verdict on scratch.", timeout=READY_MS)
    expect(figure.get_by_text("fine-tuning from block5")).to_have_count(0, timeout=READY_MS)


def test_a_value_is_read_by_pointing_at_it_or_by_a_tap(page):
    figure = page.locator("#compare-locality-0")
    mark = figure.locator("g:has(> title) > circle").first
    value = mark.locator("xpath=..").locator("title").text_content()
    assert value.startswith("convolutional\n61,706 parameters\nerror 1.00")
    mark.click()
    expect(figure.locator(".said")).to_have_text(value)
    figure.locator("svg text").first.click()
    expect(figure.locator(".said")).to_have_text("")


def test_without_results_the_tab_says_which_command_makes_them(new_page, tmp_path):
    shutil.copy(RESULTS / "architectures.json", tmp_path)
    with serving([sys.executable, "-c", APP, str(ROOT / "models"), str(tmp_path), "PORT"], ROOT) as address:
        page = new_page(390)
        page.goto(address)
        for name in ("locality", "residual", "training_sizes", "curves"):
            command = page.get_by_text(f"python -m training.experiments {name}", exact=True)
            expect(command).to_be_visible(timeout=READY_MS)
        expect(page.locator(".fovea-reading", has_text="python -m benchmarks.architectures").first).to_be_visible()
        expect(page.locator("[id^=compare-architectures-]")).to_have_count(3)
        page.close()


def test_the_app_has_the_tab_and_loads_nothing_from_elsewhere_and_no_plotly(app, browser):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    asked = []
    context.on("request", lambda request: asked.append(request.url))
    first = context.new_page()
    first.goto(app)
    first.get_by_role("tab", name="Compare").or_(first.get_by_label("More tabs")).last.wait_for(timeout=READY_MS)
    page = context.new_page()
    page.goto(f"{app}/?tab=compare")
    expect(page.locator("#compare-networks table")).to_be_visible(timeout=READY_MS)
    expect(page.locator("#compare-scatter g > circle").first).to_be_attached(timeout=READY_MS)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    context.close()
    assert {url.split("/")[2] for url in asked if "://" in url} == {app.split("/")[2]}
    assert [url for url in asked if "plotly" in url.lower()] == []


def test_the_api_gives_a_row_for_each_network(app):
    answer = call_api(app, "compare")
    assert "event: complete" in answer
    rows = json.loads(answer.split("data: ", 1)[1])[0]
    counted = json.loads((RESULTS / "architectures.json").read_text())["rows"]
    assert [row["name"] for row in rows] == [row["name"] for row in counted]
    vgg16 = next(row for row in rows if row["name"] == "VGG16")
    assert (vgg16["parameters"], vgg16["top5_error"], vgg16["depth"]) == (138_357_544, 7.3, 16)


def test_the_table_is_an_mcp_tool(app):
    with urllib.request.urlopen(f"{app}/gradio_api/mcp/schema", timeout=20) as response:
        tools = json.load(response)
    assert [tool["name"] for tool in tools if "networks side by side" in tool["description"]]
