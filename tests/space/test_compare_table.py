"""The numbers in the Compare tab's tables are those of the results and of the shipped files."""

import dataclasses
import json
import re
from pathlib import Path

import pytest

from space.compare import networks
from space.compare.columns import measured_columns, millions, milliseconds, network_columns
from space.compare.networks import Measured
from space.compare.table import Column, markup
from space.model_folder import ModelFolder

RESULTS = Path(__file__).parents[2] / "space" / "results"


@pytest.fixture(scope="module")
def architectures():
    return json.loads((RESULTS / "architectures.json").read_text())


def measured(task, architecture, parameters, accuracy, **more):
    facts = {"interval": None, "n": 100, "source": "a test", "created": "2026-01-01"} | more
    return Measured(
        task=task, network="a net", architecture=architecture, parameters=parameters, accuracy=accuracy, **facts
    )


def rows_by_name(architectures, latency, found):
    return {row["name"]: row for row in networks.network_rows(architectures, latency, found)}


def test_every_architecture_has_its_row_with_the_counted_costs(architectures):
    rows = rows_by_name(architectures, None, [])
    for counted in architectures["rows"]:
        row = rows[counted["name"]]
        for key in ("year", "depth", "parameters", "multiply_adds", "top5_error", "single_error"):
            assert row[key] == counted[key]
        assert row["onnxruntime_ms"] is None
    assert rows["ResNet-152"]["depth"] == 152
    assert rows["ResNet-152"]["top5_error"] == 3.57
    assert "6 networks" in rows["ResNet-152"]["top5_source"]


def test_a_shipped_file_gives_its_network_accuracy_and_training_time(architectures, shipped):
    timed = dataclasses.replace(shipped.spec, train_seconds=600.0)
    model = type(shipped)(dataclasses.replace(shipped.header, spec=timed), shipped.session)
    latency = {
        "rows": [],
        "shipped": [{"revision": shipped.revision, "onnxruntime_ms": 0.05, "multiply_adds": 416_520}],
    }
    (one,) = networks.shipped([model], architectures, latency)
    assert (one.task, one.latency_ms, one.multiply_adds, one.n) == ("digits", 0.05, 416_520, 10_000)
    row = rows_by_name(architectures, None, [one])["LeNet-5"]
    assert row["accuracy_digits"] == round(100 * shipped.spec.metric("accuracy").value, 2)
    assert row["train_seconds_digits"] == 600.0
    assert row["accuracy_flowers"] is None


def test_a_figure_belongs_to_the_network_it_was_measured_on(architectures):
    found = [
        measured("digits", "mlp", 5_000, 0.5),
        measured("digits", "mlp", 61_225, 0.98),
        measured("flowers", "transfer/inception_v3", 10, 0.94),
        measured("flowers", "transfer/resnet50", 20, 0.93),  # the second form, of 2016
        measured("objects", "cifar_resnet", 1, 0.8),
    ]
    rows = rows_by_name(architectures, {"rows": [{"name": "VGG16", "torch_ms": 300.0, "onnxruntime_ms": 200.0}]}, found)
    assert rows["Fully connected"]["accuracy_digits"] == 98.0
    assert rows["Inception-v3"]["accuracy_flowers"] == 94.0
    assert rows["ResNet-50"]["accuracy_flowers"] is None
    assert rows["ResNet-152"]["accuracy_flowers"] is None
    assert rows["ResNet-110 for CIFAR-10"]["accuracy_objects"] is None
    assert (rows["VGG16"]["torch_ms"], rows["VGG16"]["onnxruntime_ms"]) == (300.0, 200.0)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("Toy shapes (drawn): 300 pictures", "Toy shapes"),
        ("Toy shapes, drawn by hand", "Toy shapes"),
        ("4,685 drawings of shapes, by hand", "4,685 drawings of shapes"),
        ("", "toy_shapes"),
    ],
)
def test_a_task_that_is_not_known_has_columns_named_by_its_data(architectures, data, name):
    found = [measured("toy_shapes", "lenet5", 61_706, 0.9, data=data), measured("toy_shapes", "mlp", 1, 0.8, data="x")]
    assert networks.data_names(found)["toy_shapes"] == name
    rows = networks.network_rows(architectures, None, found)
    assert next(row for row in rows if row["name"] == "LeNet-5")["accuracy_toy_shapes"] == 90.0
    assert f"{name}<" in markup(network_columns(found), rows)
    assert f">{name}<" in markup(measured_columns(found), found)


def test_files_of_known_tasks_come_in_their_order(architectures):
    models = ModelFolder(RESULTS.parents[1] / "models").measured()
    tasks = [one.task for one in networks.shipped(models, architectures, None)]
    assert tasks == ["digits", "flowers", "objects", "objects", "chest_xray"]


def test_the_file_that_ships_comes_before_a_run(architectures):
    found = [measured("digits", "lenet5", 61_706, 0.99), measured("digits", "lenet5", 61_706, 0.5)]
    assert rows_by_name(architectures, None, found)["LeNet-5"]["accuracy_digits"] == 99.0


def test_experiments_give_their_nets(architectures):
    facts = {"command": "python -m training.experiments x", "created": "2026-01-01", "n_test": 10_000}
    net = {"parameters": 61_225, "accuracy": 0.98, "interval": [0.97, 0.99], "multiply_adds": 61_138}
    dense = {"form": "fully connected", "size": [77], "train_seconds": 9.5, **net}
    (one,) = networks.from_locality(facts | {"rows": [dense]})
    assert (one.network, one.architecture, one.train_seconds) == ("Fully connected, 77 units", "mlp", 9.5)
    trained = {"form": "residual", "depth": 20, "parameters": 270_000, "test_accuracy": 0.8, "interval": [0.7, 0.9]}
    rows = [trained, trained | {"test_accuracy": None}]
    nets = networks.from_residual(facts | {"n_train": 10_000, "data": "CIFAR-10", "rows": rows})
    assert [net.network for net in nets] == ["Residual net of 20 layers, 10,000 images"]
    run = {
        **{"task": "flowers", "title": "vgg16 to block5", "architecture": "transfer/vgg16", "parameters": 15},
        **{
            "accuracy": 0.9,
            "interval": None,
            "n_test": 395,
            "train_seconds": None,
            "multiply_adds": 15,
            "data": "photos",
        },
    }
    (one,) = networks.trained_runs(facts | {"rows": [run | facts]}, architectures)
    assert (one.network, one.interval) == ("VGG16 to block5", None)


def values(html, column):
    cells = [re.findall(r"<td[^>]*>", row) for row in html.split("<tr>")[1:]][1:]
    return [re.search(r'data-value="([^"]*)"', row[column]) for row in cells]


def test_cells_sort_by_the_plain_number_and_show_it_in_words():
    columns = [Column("name", lambda row: row[0]), Column("size", lambda row: row[1], millions)]
    html = markup(columns, [("a", 138_357_544), ("b", 61_706), ("<c>", None)])
    assert [found and found[1] for found in values(html, 1)] == ["138357544", "61706", None]
    assert ">138<" in html
    assert ">0.0617<" in html
    assert "&lt;c&gt;" in html
    assert html.count('class="number"') == 3
    assert 'class="number unknown"' in html


def test_a_column_without_values_is_left_out():
    columns = [Column("name", lambda row: row), Column("empty", lambda _row: None)]
    assert "empty" not in markup(columns, ["a"])


def test_both_tables_can_be_written(architectures):
    found = [measured("digits", "lenet5", 61_706, 0.99, interval=(0.98, 0.995), latency_ms=0.05, train_seconds=60.0)]
    html = markup(network_columns(found), networks.network_rows(architectures, None, found))
    assert html.count("<tr>") == 1 + len(architectures["rows"])
    assert ">99.00<" in html
    assert ">98.00 to 99.50<" in markup(measured_columns(found), found)


def test_a_figure_of_another_size_than_the_papers_says_so(architectures):
    found = [
        measured("objects", "googlenet", 1_480_000, 0.88, data="CIFAR-10 as JPEG of quality 75", train_seconds=None),
        measured("objects", "googlenet", 6_990_000, 0.93, train_seconds=9_000.0),
        measured("objects", "googlenet", 1_480_000, 0.87, train_seconds=5_000.0),
    ]
    rows = networks.network_rows(architectures, None, found)
    row = next(row for row in rows if row["name"] == "GoogLeNet")
    assert (row["accuracy_objects"], row["measured_parameters_objects"]) == (88.0, 1_480_000)
    assert row["train_seconds_objects"] == 5_000.0  # of the same size, not of the wide one
    html = markup(network_columns(found), rows)
    assert "88.00 <small>with 1.48 M</small>" in html
    assert "83 min <small>with 1.48 M</small>" in html
    assert "CIFAR-10, as JPEG" in html
    assert "<small>" not in html.split("<tbody>")[1].replace("<small>with 1.48 M</small>", "")


@pytest.mark.parametrize(("written", "words"), [(millions(6_998_552), "7.00"), (millions(15_470_264_320), "15,470")])
def test_counts_keep_three_digits(written, words):
    assert written == words
    assert milliseconds(0.0404) == "0.0404"
    assert milliseconds(1234.5) == "1,234"
