"""Experiments write what they measured, with the command and the number of films."""

import json

import pytest
import torch
from torch.nn import functional

from training.data import LabelledPixels
from training.experiments import residual
from training.experiments.locality import shift
from training.models.sigmoid_net import SigmoidNet


def test_mirrored_films_are_probed_beside_plain_ones(run_module, small_films_dir, tmp_path):
    out = tmp_path / "flip.json"
    options = ("--weights", "none", "--limit", 120, "--data-dir", small_films_dir, "--json", out)
    result = run_module("training.experiments", "chest_flip", *options, "--cache-dir", tmp_path / "prefix_cache")
    assert result.returncode == 0, result.stderr
    written = json.loads(out.read_text())
    assert written["n"] == 120
    for form in ("films as they are", "mirrored films too"):
        assert 0 < written[form]["accuracy"] < 1
        assert written[form].keys() >= {"accuracy", "macro_auroc", "nih_auroc", "kermany_auroc"}
    assert written["films as they are"] != written["mirrored films too"]


def test_sources_left_out_are_judged_for_each_variant(run_module, small_films_dir, tmp_path):
    out = tmp_path / "sources.json"
    options = (
        *("--weights", "none", "--size", 96, "--limit", 240, "--data-dir", small_films_dir, "--json", out),
        *("--cache-dir", tmp_path / "prefix_cache"),
    )
    variants = ("old films as published", "all films, unread ones cleaned")
    result = run_module("training.experiments", "chest_sources", *options, "--variants", *variants)
    assert result.returncode == 0, result.stderr
    rows = {row["name"]: row for row in json.loads(out.read_text())["rows"]}
    assert set(rows) == set(variants)
    of_all = {row["sources"]: row["auroc"] for row in rows["all films, unread ones cleaned"]["left_out"]}
    assert {"siim and bimcv", "kermany", "nih and rsna"} <= set(of_all)
    assert all(0 < auroc["interval"][0] <= auroc["value"] <= auroc["interval"][1] for auroc in of_all.values())
    of_old = {row["sources"]: row["auroc"] for row in rows["old films as published"]["left_out"]}
    assert of_old["siim and bimcv"] is None  # the only COVID-19 that it has is left out with them
    assert {row["seed"] for row in rows[variants[0]]["within"]} == {0, 1}
    table = out.with_suffix(".md").read_text()
    assert "| all films, unread ones cleaned | " in table
    before = out.read_text()
    again = run_module("training.experiments", "chest_sources", *options, "--variants", variants[0])
    assert again.returncode == 0, again.stderr
    assert (out.read_text(), "frozen prefix" in again.stderr) == (before, False)


def test_candidates_for_the_chest_recipe_are_judged_within_sources(run_module, small_films_dir, tmp_path):
    out = tmp_path / "choice.json"
    trained = (
        "films cut to the lungs",
        "group DRO over classes within sources",
        "a head that tells the source, trained against",
        "other findings as a fourth class",
    )
    options = (
        *("--inception-v3", "none", "--films", 60, "--val-films", 80, "--data-dir", small_films_dir, "--json", out),
        *("--candidates", "Inception-v3 to Mixed_6e, frozen", *trained),
    )
    result = run_module("training.experiments", "chest_choice", *options)
    assert result.returncode == 0, result.stderr
    written = json.loads(out.read_text())
    assert (written["n_train"], written["n_val"], written["seeds"]) == (60, 80, [0, 1])
    frozen, lungs, *_, others = written["rows"]
    assert tuple(row["name"] for row in written["rows"]) == ("Inception-v3 to Mixed_6e, frozen", *trained)
    assert [row["method"] for row in written["rows"]] == ["frozen", *["tuned"] * len(trained)]
    assert (lungs["changed_share"] > 0.3, others["changed_share"]) == (True, None)
    assert (len({row["figures"]["macro_auroc"]["value"] for row in written["rows"]})) > 3
    assert {"macro_auroc", "siim_auroc", "kermany_auroc"} <= set(frozen["figures"])
    for figure in (figure for row in written["rows"] for figure in row["figures"].values()):
        assert len(figure["seeds"]) == 2
        assert 0 <= figure["interval"][0] <= figure["interval"][1] <= 1
        assert figure["value"] == figure["seeds"][0]
    table = out.with_suffix(".md").read_text()
    assert "| other findings as a fourth class | " in table
    assert f"found something to change on: films cut to the lungs {lungs['changed_share']:.0%}." in table
    assert "epoch 1" in result.stderr
    before = out.read_text()
    again = run_module("training.experiments", "chest_choice", *options)
    assert again.returncode == 0, again.stderr
    assert (out.read_text(), "epoch 1" in again.stderr) == (before, False)
    one_seed = run_module("training.experiments", "chest_choice", "--seeds", 0)
    assert "--seeds has 1 of them. Name at least two: one run says little." in one_seed.stderr
    unknown = run_module("training.experiments", "chest_choice", "--candidates", "a larger one")
    assert "There is no candidate 'a larger one'." in unknown.stderr


def test_choices_of_the_flowers_recipe_are_judged_without_test_photos(run_module, small_flowers_dir, tmp_path):
    places = ("--data-dir", small_flowers_dir, "--cache-dir", tmp_path / "cache", "--runs-dir", tmp_path / "runs")
    small = ("--backbone", "test_resnet", "--size", 32, "--head-epochs", 1, "--tune-epochs", 0, "--name", "tiny")
    trained = run_module("training", "flowers", *small, "--weights", "none", "--limit", 60, *places)
    assert trained.returncode == 0, trained.stderr
    out = tmp_path / "choice.json"
    options = ("--weights", "none", "--size", 96, "--limit", 60, "--json", out)
    result = run_module("training.experiments", "flower_choice", *options, *places)
    assert result.returncode == 0, result.stderr
    written = json.loads(out.read_text())
    assert (written["n"], written["n_val"]) == (120, 60)
    assert [len(row["cuts"]) for row in written["frozen"]] == [1, 1, 1, 1, 2, 3]
    for row in written["frozen"]:
        assert 0 < row["plain"]["interval"][0] < row["plain"]["accuracy"] < row["plain"]["interval"][1] < 1
    # random weights: one cut may be right as often both ways, by chance
    assert any(row["plain"] != row["mirrored"] for row in written["frozen"])
    (tuned,) = written["tuned"]
    assert (tuned["run"], tuned["tune_epochs"], tuned["seed"]) == ("tiny", 0, 0)
    assert tuned["plain"]["loss"] != tuned["mirrored"]["loss"]
    again = run_module("training.experiments", "flower_choice", *options, *places)
    assert again.returncode == 0, again.stderr
    assert json.loads(out.read_text())["frozen"] == written["frozen"]
    assert "'cuts'" not in again.stdout  # which prints what it judges


def test_an_unknown_experiment_is_named(run_module):
    result = run_module("training.experiments", "nothing")
    assert result.returncode == 2
    assert (
        "The experiment is nothing. Choose architectures, locality, residual, training_sizes, same_network, chest"
        in result.stderr
    )


def test_the_costs_of_the_architectures_are_the_papers(run_module, tmp_path):
    out = tmp_path / "architectures.json"
    result = run_module("training.experiments", "architectures", "--json", out)
    assert result.returncode == 0, result.stderr
    rows = {row["name"]: row for row in json.loads(out.read_text())["rows"]}
    millions = {name: round(row["parameters"] / 1e6, 2) for name, row in rows.items()}
    assert {name: millions[name] for name in ("AlexNet", "VGG16", "GoogLeNet", "ResNet-50", "Inception-v3")} == {
        **{"AlexNet": 60.97, "VGG16": 138.36, "GoogLeNet": 7.0, "ResNet-50": 25.56, "Inception-v3": 23.83}
    }
    assert (rows["AlexNet"]["depth"], rows["VGG16"]["depth"], rows["LeNet-5"]["depth"]) == (8, 16, 7)
    assert rows["ResNet-110 for CIFAR-10"]["depth"] == 110
    # He et al. 2015, table 1: 11.3 x 10^9 for ResNet-152
    assert (rows["ResNet-152"]["depth"], millions["ResNet-152"]) == (152, 60.19)
    assert 11.2e9 < rows["ResNet-152"]["multiply_adds"] < 11.7e9
    # version 1.5; He et al. 2015, table 1: 3.8 x 10^9 with the stride in the 1 x 1; section 4.1: 15.3 for VGG16's kin
    assert 4.08e9 < rows["ResNet-50"]["multiply_adds"] < 4.10e9
    assert 15.3e9 < rows["VGG16"]["multiply_adds"] < 15.6e9
    assert all(row["top5_source"] for row in rows.values() if row["top5_error"] is not None)


def test_residual_and_plain_nets_are_studied(run_module, cifar10_dir, tmp_path):
    out, plot = tmp_path / "residual.json", tmp_path / "residual.png"
    small = ("--depths", 8, 14, "--train-depths", 8, "--epochs", 1, "--limit", 256, "--precision", "float32")
    where = ("--data-dir", cifar10_dir, "--runs-dir", tmp_path, "--json", out, "--plot", plot)
    result = run_module("training.experiments", "residual", *small, *where)
    assert result.returncode == 0, result.stderr
    written = json.loads(out.read_text())
    rows = {(row["form"], row["depth"]): row for row in written["rows"]}
    assert set(rows) == {(form, depth) for form in ("plain", "residual", "sigmoid") for depth in (8, 14)}
    for (form, depth), row in rows.items():
        is_trained = depth == 8 and form != "sigmoid"
        assert len(row["initial_gradients"]) == depth - 1
        assert len(row["trained_gradients"]) == (depth - 1 if is_trained else 0)
        assert [point["epoch"] for point in row["curve"]] == ([1] if is_trained else [])
        assert (row["train_seconds"] is None, row["interval"] is None) == (not is_trained, not is_trained)
        assert row.keys().isdisjoint(("created", "hardware"))  # the header's
    assert rows["plain", 8]["multiply_adds"] == rows["residual", 8]["multiply_adds"] > 10_000_000
    shares = {form: rows[form, 14]["initial_gradients"] for form in ("plain", "residual", "sigmoid")}
    assert all(gradients[-1] > 0.01 for gradients in shares.values())
    assert 0 < shares["sigmoid"][0] / shares["sigmoid"][-1] < 1e-4 < shares["plain"][0] / shares["plain"][-1]
    assert plot.stat().st_size > 10_000

    # what the file holds is kept, with the day and the machine of its own
    kept = [row for row in written["rows"] if row["form"] != "sigmoid"]
    out.write_text(json.dumps(written | {"created": "2020-01-01", "rows": kept}))
    again = run_module("training.experiments", "residual", *small, *where)
    assert again.returncode == 0, again.stderr
    assert [json.loads(line)["form"] for line in again.stdout.splitlines()] == ["sigmoid", "sigmoid"]
    added = json.loads(out.read_text())
    assert added["created"] == "2020-01-01"
    own = {"created": written["created"]}
    assert added["rows"] == [row | (own if row["form"] == "sigmoid" else {}) for row in written["rows"]]


def test_a_gradient_that_vanishes_is_measured_as_in_double_precision():
    torch.manual_seed(0)
    net = SigmoidNet(depth=8)
    pixels = torch.randint(0, 256, (8, 32, 32, 3), dtype=torch.uint8)
    data = LabelledPixels(pixels, torch.arange(8))
    measured = residual.gradient_norms(net, data)
    net = net.double()
    loss = functional.cross_entropy(net(pixels), data.labels)
    gradients = torch.autograd.grad(loss, [layer.weight for layer in net.convolutions()])
    assert measured == pytest.approx([float(gradient.norm()) for gradient in gradients], rel=1e-3)
    deep = residual.gradient_norms(SigmoidNet(depth=110), data)
    assert 0 < deep[0] < torch.finfo(torch.float32).tiny < 0.01 < deep[-1]


def test_only_what_was_made_with_the_same_settings_is_kept(tmp_path):
    path, settings = tmp_path / "residual.json", {"epochs": 20, "learning_rate": 0.1}
    assert residual.kept(path, settings) == {}
    path.write_text('{"epochs": 20, "rows": []}')  # a rate that is not named was the default
    assert residual.kept(path, settings) == {"epochs": 20, "rows": []}
    assert residual.kept(path, settings | {"learning_rate": 0.05}) == {}
    assert residual.kept(path, settings | {"epochs": 2}) == {}


def test_nets_with_and_without_locality_are_compared(run_module, mnist_dir, tmp_path):
    out, plot = tmp_path / "locality.json", tmp_path / "locality.png"
    small = ("--limit", 300, "--epochs", 1, "--seeds", 1, "--shifts", 0, 3)
    result = run_module(
        "training.experiments", "locality", *small, "--data-dir", mnist_dir, "--json", out, "--plot", plot
    )
    assert result.returncode == 0, result.stderr
    written = json.loads(out.read_text())
    forms = [(row["form"], row["parameters"]) for row in written["rows"]]
    assert ("fully connected", 61_225) in forms
    assert ("convolutional", 61_706) in forms
    assert [(row["form"], row["shift"]) for row in written["shifted"]] == [
        *[("fully connected", 0), ("fully connected", 3)],
        *[("convolutional", 0), ("convolutional", 3)],
    ]
    assert {row["parameters"]: row["multiply_adds"] for row in written["rows"]}[61_706] == 416_520
    assert all(row["train_seconds"] > 0 for row in written["rows"])
    unmoved = next(row for row in written["rows"] if row["parameters"] == 61_706)["accuracy"]
    assert next(row for row in written["shifted"] if row["form"] == "convolutional")["accuracy"] == unmoved


def test_a_shift_moves_whole_pixels_and_lets_black_in():
    pixels = torch.arange(16, dtype=torch.uint8).view(1, 4, 4, 1) + 1
    moved = shift(pixels, 1, -2)[0, :, :, 0].tolist()
    assert moved == [[0, 0, 0, 0], [3, 4, 0, 0], [7, 8, 0, 0], [11, 12, 0, 0]]
    assert shift(pixels, 0, 0).equal(pixels)
