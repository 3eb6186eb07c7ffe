"""The evidence on a small network: every part runs, is computed from the films, and makes the same card again."""

import dataclasses
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evidence.__main__ import main as command
from evidence.chest_xray import PARTS, Options, main
from evidence.chest_xray_card import card
from evidence.chest_xray_findings import rule_of_choice, targets
from evidence.outputs import film_pixels, run
from evidence.performance import reliability, risk_coverage
from evidence.run_settings import as_config, training_command
from evidence.saliency import PNEUMONIA, box_mask, in_boxes
from evidence.shortcuts import MaskedViews, statistics
from fovea import load
from training.auroc import macro_auroc
from training.data.chest_xray import BEFORE, FILM_PX, FilmChoice, chosen_films, split_off_test
from training.data.spread import spread
from training.loop import Interrupted
from training.recipes.chest_xray import DEFAULT
from training.report import plain

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def own_run(chest_run, tmp_path_factory):
    """A copy of the small run, for the card and the evidence that are written beside it."""
    return shutil.copytree(chest_run, tmp_path_factory.mktemp("judged") / "chest")


@pytest.fixture(scope="module")
def judged(own_run, small_films_dir, run_module):
    out = own_run / "evidence"
    options = (
        *("--file", own_run / "models" / "chest_xray.onnx", "--run", own_run / "runs/chest_xray/inception_v3"),
        *("--data-dir", small_films_dir, "--out", out),
    )
    result = run_module("evidence", "chest_xray", *options)
    assert result.returncode == 0, result.stderr
    return out, options


def test_every_part_is_there_with_its_pictures(judged):
    out, _ = judged
    evidence = json.loads((out / "evidence.json").read_text())
    assert set(PARTS) <= set(evidence)
    assert {path.name for path in out.iterdir()} == {
        *("evidence.json", "report.md", "confusion.png", "reliability.png", "risk_coverage.png"),
        *("folds_confusion.png", "folds_reliability.png"),
    }
    assert set(evidence["made"]) == set(PARTS)
    assert {"boxes", "deletion"} <= set(evidence["saliency"])
    report = (out / "report.md").read_text()
    assert f"{evidence['test']['accuracy']['value']:.3f}" in report
    assert "DarkCovidNet" in report
    within = [row for part in (evidence["test"], evidence["cross_validation"]["pooled"]) for row in part["within"]]
    assert {row["source"] for row in within} >= {"siim", "kermany"}
    assert all(0 <= row["auroc"]["value"] <= 1 and 0 < row["n positive"] < row["auroc"]["n"] for row in within)
    assert "## Within sources, by view and age" in report
    assert {"unseen siim", "unseen rsna", "unseen kermany"} <= set(evidence["sources"]["after"])


def test_the_figures_of_the_test_fold_are_those_of_the_file(judged, own_run, small_films_dir):
    out, _ = judged
    test = json.loads((out / "evidence.json").read_text())["test"]
    confusion = np.array(test["confusion"])
    assert confusion.sum() == test["n"] == 150
    assert test["accuracy"]["value"] == pytest.approx(confusion.trace() / confusion.sum(), abs=1e-4)
    model = load(own_run / "models" / "chest_xray.onnx")
    same = spread(split_off_test(chosen_films(small_films_dir, FilmChoice()))[1], 150)
    probabilities = run(model, film_pixels(model, same)).probabilities
    labels = same.photos.labels.numpy()
    assert test["accuracy"]["value"] == pytest.approx((probabilities.argmax(1) == labels).mean(), abs=1e-4)
    assert test["macro_auroc"]["value"] == pytest.approx(macro_auroc(probabilities, labels), abs=1e-4)


def test_the_card_is_made_again_from_the_stored_evidence(judged, own_run):
    out, _ = judged
    path = own_run / "models" / "chest_xray.onnx"
    model = load(path)
    evidence = json.loads((out / "evidence.json").read_text())
    assert path.with_suffix(".md").read_text() == card(evidence, model.spec, model.outputs, "../evidence")


def test_parts_that_are_there_are_kept(judged, run_module):
    out, options = judged
    path = out / "evidence.json"
    evidence = json.loads(path.read_text())
    changed = evidence["darkcovidnet_random"] | {"accuracy by fold": [0.12345]}
    path.write_text(json.dumps(evidence | {"darkcovidnet_random": changed}))
    result = run_module("evidence", "chest_xray", *options)
    assert result.returncode == 0, result.stderr
    assert "darkcovidnet" not in result.stdout
    assert "| 0.123 |" in (out / "report.md").read_text()
    path.write_text(json.dumps(evidence, indent=1) + "\n")
    assert run_module("evidence", "chest_xray", *options).returncode == 0


def test_a_part_that_does_not_exist_is_not_redone(judged, run_module):
    _, options = judged
    result = run_module("evidence", "chest_xray", *options, "--redo", "tset")
    assert result.returncode == 2
    assert "--redo is tset. Choose export, data" in result.stderr


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"revision": "0" * 64}, r"another model \(0000000000000000\)"),
        ({"detail_px": 512}, f"is about films at detail_px 512, but .* takes them at {FILM_PX}. Delete it"),
    ],
)
def test_evidence_on_another_file_is_not_mixed_in(judged, run_module, other, sentence):
    out, options = judged
    path = out / "evidence.json"
    text = path.read_text()
    path.write_text(json.dumps(json.loads(text) | other))
    result = run_module("evidence", "chest_xray", *options)
    path.write_text(text)
    assert result.returncode == 2
    assert re.search(sentence, result.stderr)


def test_report_and_card_that_ship_are_made_again_without_run_and_films(tmp_path, run_module):
    out, model = tmp_path / "docs" / "chest_xray", tmp_path / "models" / "chest_xray.onnx"
    shutil.copytree(ROOT / "docs" / "chest_xray", out)
    model.parent.mkdir()
    model.symlink_to(ROOT / "models" / "chest_xray.onnx")
    (out / "report.md").unlink()
    places = ("--file", model, "--run", tmp_path / "no run", "--data-dir", tmp_path / "no data", "--out", out)
    result = run_module("evidence", "chest_xray", *places)
    assert result.returncode == 0, result.stderr
    for name in ("report.md", "evidence.json"):
        assert (out / name).read_text() == (ROOT / "docs" / "chest_xray" / name).read_text()
    assert model.with_suffix(".md").read_text() == (ROOT / "models" / "chest_xray.md").read_text()


def test_a_part_that_is_missing_asks_for_the_run(tmp_path):
    evidence = json.loads((ROOT / "docs" / "chest_xray" / "evidence.json").read_text())
    del evidence["settings"], evidence["data"]
    (tmp_path / "evidence.json").write_text(json.dumps(evidence))
    with pytest.raises(FileNotFoundError, match=r"config\.json is missing. Name the folder"):
        main(
            Options(
                file=ROOT / "models" / "chest_xray.onnx",
                run=tmp_path / "no run",
                data_dir=tmp_path / "no data",
                out=tmp_path,
            )
        )


def test_what_speaks_against_the_shipped_form_is_computed():
    def changed(**named):
        """Figures before, with the change's interval, and after."""
        before = {name: {"value": old} for name, (old, _) in named.items()}
        change = {name: {"value": new - old} for name, (old, new) in named.items()}
        for row in change.values():
            row["interval"] = [row["value"] - 0.01, row["value"] + 0.01]
        return before | {"change": change}, {name: {"value": new} for name, (_, new) in named.items()}

    def left_out(before, after):
        return [{"auroc": {"value": value, "interval": [value - 0.05, value + 0.05]}} for value in (before, after)]

    def found(**named):
        nih, kermany = left_out(0.56, 0.62), left_out(0.65, 0.66)
        within, external = changed(auroc=(0.85, 0.84)), changed(**named)
        sources = {
            form: {"unseen nih": nih[k], "unseen kermany": kermany[k]} for k, form in enumerate(("before", "after"))
        }
        plain = {"nih": within[0], "external": external[0]}
        return rule_of_choice(
            {"sources": sources, "without_measures": plain, "test": {"NIH": within[1]}, "external": external[1]}
        )

    sentence = found(accuracy=(0.62, 0.58), macro_auroc=(0.74, 0.74), ece=(0.126, 0.226))
    assert "(NIH 0.560 to 0.620, Kermany 0.650 to 0.660, within the interval)" in sentence
    assert "Within NIH the AUC fell from 0.850 to 0.840 (by -0.010, -0.020 to " in sentence
    assert sentence.endswith(
        "accuracy fell from 0.620 to 0.580 (by -0.040, -0.050 to -0.030), macro AUC stayed at 0.740 and calibration "
        "error rose from 0.126 to 0.226 (by +0.100, +0.090 to +0.110). None of the three improved beyond the interval."
    )
    better = found(accuracy=(0.6, 0.7), macro_auroc=(0.7, 0.8), ece=(0.2, 0.1))
    assert better.endswith("(by -0.100, -0.110 to -0.090). All three improved beyond the interval.")
    unsure = found(accuracy=(0.6, 0.7), macro_auroc=(0.7, 0.705), ece=(0.2, 0.195))
    assert unsure.endswith(". 1 of the three improved beyond the interval.")  # two changes by less than their interval


def test_targets_are_met_at_their_bound_and_missed_behind_it():
    evidence = json.loads((ROOT / "docs" / "chest_xray" / "evidence.json").read_text())
    nih = {"auroc": {"value": 0.7999, "interval": [0.75, 0.79]}}
    evidence["test"] |= {"ece": {"value": 0.03, "interval": [0.02, 0.04]}, "NIH": nih}
    evidence["cross_validation"] = {"macro_auroc": {"value": 0.985}}
    outcome = {target.bound: target.outcome for target in targets(evidence)}
    assert (outcome[0.985], outcome[0.80], outcome[0.03]) == ("met", "missed", "met (the bound is inside the interval)")


def test_the_command_names_what_is_not_the_default_and_no_folder():
    settings = {"weights": "/elsewhere/inception.safetensors", "seed": 0, "tune_epochs": 7, "data_dir": "/elsewhere"}
    then = "--archives chest_xray --labels published --unread keep --no-balance-views"  # before there was a choice
    named = "python -m training chest_xray --weights inception.safetensors --tune-epochs 7"
    assert training_command(settings) == f"{named} {then}"
    assert training_command(plain(DEFAULT) | settings) == named
    chosen = plain(
        dataclasses.replace(DEFAULT, sources=("rsna", "siim"), films_only=True, films=Path("/ours/films.csv"))
    )
    assert training_command(chosen).endswith(" --sources rsna siim --films films.csv --films-only")
    assert as_config(chosen) == dataclasses.replace(
        DEFAULT, sources=("rsna", "siim"), films_only=True, films=Path("/ours/films.csv")
    )
    assert as_config(settings).choice == BEFORE


def test_masked_views_show_what_they_say():
    film = Image.fromarray(np.full((100, 100), 250, dtype=np.uint8))
    rim = MaskedViews(100, 100, keep="rim").render(film, b"", 0).numpy()[:, :, 0]
    assert (rim[6:94, 6:94] == 128).all()
    assert (rim[:6] == 250).all()
    no_lungs = MaskedViews(100, 100, keep="no lungs").render(film, b"", 0).numpy()[:, :, 0]
    assert (no_lungs[8:92, 6:94] == 128).all()
    assert (no_lungs[92:] == 250).all()


def test_statistics_are_six_numbers_a_film(small_films):
    rows = statistics(small_films.take([0, 600, 1200]))
    assert rows.shape == (3, 6)
    assert np.isfinite(rows).all()


def test_heat_is_weighed_inside_the_boxes_of_the_films_that_have_some(own_run, small_films, tmp_path):
    films = small_films.take([0, 300, 600, 900])
    boxes = {films.names[0]: (0, 0, 1, 1), films.names[2]: (0, 0, 1, 1)}
    rows = [",".join(map(str, (name, "opacity", *box))) for name, box in boxes.items()]
    (tmp_path / "boxes.csv").write_text("\n".join(["file,finding,x,y,width,height", *rows]) + "\n")
    model = load(own_run / "models" / "chest_xray.onnx")
    found = in_boxes(model, films, tmp_path / "boxes.csv")
    heat = run(model, film_pixels(model, films.take([0, 2]))).heatmaps[:, PNEUMONIA]
    shares = [(heat.max(axis=(1, 2)) > 0).mean(), 1]  # a film without any heat has none inside
    assert [found[name]["value"] for name in ("share of heat inside", "share of area inside")] == shares
    assert found["n"] == 2
    (tmp_path / "boxes.csv").write_text(
        "\n".join(["file,finding,x,y,width,height", *rows]).replace("0,0,1,1", "0,0,0.5,1")
    )
    halves = in_boxes(model, films, tmp_path / "boxes.csv")
    assert halves["share of area inside"]["value"] == 0.5
    assert halves["share of heat inside"]["value"] <= shares[0]
    assert in_boxes(model, films.take([1, 3]), tmp_path / "boxes.csv") == {"n": 0}


def test_boxes_are_fractions_of_the_film():
    mask = box_mask([(0.25, 0.5, 0.5, 0.25)], (8, 8))
    assert mask.sum() == 8
    assert mask[4:6, 2:6].all()


def test_reliability_and_risk_are_those_of_the_answers():
    probabilities = np.array([[0.95, 0.05, 0], [0.95, 0.05, 0], [0.4, 0.35, 0.25], [0.4, 0.35, 0.25]])
    labels = np.array([0, 0, 0, 1])
    assert reliability(probabilities, labels) == [
        {"confidence": 0.4, "accuracy": 0.5, "n": 2},
        {"confidence": 0.95, "accuracy": 1.0, "n": 2},
    ]
    rows = risk_coverage(probabilities, labels)
    assert rows[0] == {"threshold": 0.34, "coverage": 1.0, "risk": 0.25}
    assert [row["risk"] for row in rows if row["coverage"] == 0.5] == [0.0] * sum(r["coverage"] == 0.5 for r in rows)
    assert any(row["coverage"] == 0.5 for row in rows)


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), Interrupted("Stopped in epoch 3 after step 5.")])
def test_an_interruption_says_what_is_kept(monkeypatch, capsys, stop):
    def interrupted(_options):
        raise stop

    monkeypatch.setattr("evidence.chest_xray.main", interrupted)
    assert command(["chest_xray"]) == 130
    assert capsys.readouterr().err == ("Stopped. Finished parts are kept. Name the parts to make again with --redo.\n")
