"""The evidence on a small network: every part runs, is computed from the films, and makes the same card again."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from export.runtime import load
from training.evaluate.chest_xray import PARTS, mean_over_folds
from training.evaluate.chest_xray_card import card
from training.evaluate.performance import reliability, risk_coverage
from training.evaluate.saliency import box_mask
from training.evaluate.shortcuts import MaskedViews, statistics


@pytest.fixture(scope="module")
def judged(chest_run, films_dir, run_module):
    out = chest_run / "evidence"
    options = (
        *("--model", chest_run / "models" / "chest_xray.onnx", "--run", chest_run / "runs/chest_xray/inception_v3"),
        *("--data-dir", films_dir, "--out", out),
    )
    result = run_module("training.evaluate", "chest_xray", *options)
    assert result.returncode == 0, result.stderr
    return out, options


def test_every_part_is_there_with_its_pictures(judged):
    out, _ = judged
    evidence = json.loads((out / "evidence.json").read_text())
    assert set(PARTS) <= set(evidence)
    assert {path.name for path in out.iterdir()} == {
        *("evidence.json", "report.md", "confusion.png", "reliability.png", "risk_coverage.png")
    }
    report = (out / "report.md").read_text()
    assert f"{evidence['test']['accuracy']['value']:.3f}" in report
    assert "DarkCovidNet" in report


def test_the_figures_of_the_test_fold_are_those_of_the_file(judged, chest_run):
    out, _ = judged
    test = json.loads((out / "evidence.json").read_text())["test"]
    confusion = np.array(test["confusion"])
    assert confusion.sum() == test["n"] == 150
    assert test["accuracy"]["value"] == pytest.approx(confusion.trace() / confusion.sum(), abs=1e-4)
    model = load(chest_run / "models" / "chest_xray.onnx")
    assert test["accuracy"]["value"] == pytest.approx(model.spec.metric("accuracy").value, abs=0.1)


def test_the_card_is_made_again_from_the_stored_evidence(judged, chest_run):
    out, _ = judged
    path = chest_run / "models" / "chest_xray.onnx"
    model = load(path)
    evidence = json.loads((out / "evidence.json").read_text())
    assert path.with_suffix(".md").read_text() == card(evidence, model.spec, model.outputs, "../evidence")


def test_parts_that_are_there_are_kept(judged, run_module):
    out, options = judged
    path = out / "evidence.json"
    evidence = json.loads(path.read_text())
    path.write_text(json.dumps(evidence | {"darkcovidnet": evidence["darkcovidnet"] | {"published accuracy": 0.5}}))
    result = run_module("training.evaluate", "chest_xray", *options)
    assert result.returncode == 0, result.stderr
    assert "darkcovidnet" not in result.stdout
    assert "accuracy of 0.5000" in (out / "report.md").read_text()
    path.write_text(json.dumps(evidence, indent=1) + "\n")
    assert run_module("training.evaluate", "chest_xray", *options).returncode == 0


def test_evidence_on_another_file_is_not_mixed_in(judged, run_module):
    out, options = judged
    path = out / "evidence.json"
    text = path.read_text()
    path.write_text(json.dumps(json.loads(text) | {"revision": "0" * 64}))
    result = run_module("training.evaluate", "chest_xray", *options)
    path.write_text(text)
    assert result.returncode == 2
    assert "another model (0000000000000000)" in result.stderr


def test_the_shipped_card_is_made_again_from_the_shipped_evidence():
    root = Path(__file__).parents[2]
    model = load(root / "models" / "chest_xray.onnx")
    evidence = json.loads((root / "docs" / "chest_xray" / "evidence.json").read_text())
    assert evidence["revision"] == model.revision
    assert (root / "models" / "chest_xray.md").read_text() == card(
        evidence, model.spec, model.outputs, "../docs/chest_xray"
    )


@pytest.mark.parametrize(
    ("values", "half"),
    [
        ([0.9], None),
        ([0.90, 0.94], 12.706 * 0.02),
        ([0.90, 0.94] * 5, 2.262 * 0.02 * (10 / 9 / 10) ** 0.5),
    ],
)
def test_the_interval_over_folds_is_that_of_the_t_distribution(values, half):
    mean = mean_over_folds(values)
    assert (mean["value"], mean["n"]) == (pytest.approx(np.mean(values)), len(values))
    if half is None:
        assert mean["interval"] is None
    else:
        low, high = np.mean(values) - half, min(1.0, np.mean(values) + half)
        assert mean["interval"] == pytest.approx([low, high], abs=1e-4)


def test_masked_views_show_what_they_say():
    film = Image.fromarray(np.full((100, 100), 250, dtype=np.uint8))
    rim = MaskedViews(100, 100, keep="rim").render(film, b"", 0).numpy()[:, :, 0]
    assert (rim[12:88, 12:88] == 128).all()
    assert (rim[:12] == 250).all()
    no_lungs = MaskedViews(100, 100, keep="no lungs").render(film, b"", 0).numpy()[:, :, 0]
    assert (no_lungs[10:82, 12:88] == 128).all()
    assert (no_lungs[82:] == 250).all()


def test_statistics_are_six_numbers_a_film(films):
    rows = statistics(films.take([0, 4000, 7000]))
    assert rows.shape == (3, 6)
    assert np.isfinite(rows).all()


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
