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
from evidence.chest_xray import PARTS, TRAINED_FOR, Options, main
from evidence.chest_xray_card import card
from evidence.chest_xray_findings import targets
from evidence.chest_xray_refusals import REASONS
from evidence.chest_xray_report import sections
from evidence.markdown import shown
from evidence.materials import Materials
from evidence.outputs import Outputs, film_pixels, run
from evidence.performance import reliability, risk_coverage
from evidence.run_settings import as_config, training_command
from evidence.saliency import PNEUMONIA, at_the_rim, box_mask, in_boxes
from evidence.shortcuts import MaskedViews, statistics
from evidence.stored import read_evidence
from fovea import load
from training.auroc import macro_auroc
from training.data.chest_xray import BEFORE, FILM_PX, OTHER_FINDING, FilmChoice, chosen_films, is_test, split_off_test
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
    result = run_module("evidence", "chest_xray", *options, "--redo", *TRAINED_FOR)
    assert result.returncode == 0, result.stderr
    return out, options


@pytest.fixture(scope="module")
def evidence(judged):
    return json.loads((judged[0] / "evidence.json").read_text())


def test_every_part_is_there_with_its_pictures(judged, evidence):
    out, _ = judged
    assert set(PARTS) <= set(evidence)
    assert {path.name for path in out.iterdir()} == {
        *("evidence.json", "report.md", "confusion.png", "reliability.png", "risk_coverage.png"),
        *("folds_confusion.png", "folds_reliability.png"),
    }
    assert set(evidence["made"]) == set(PARTS)
    assert {"boxes", "deletion", "rim"} <= set(evidence["saliency"])
    report = (out / "report.md").read_text()
    assert f"{evidence['test']['accuracy']['value']:.3f}" in report
    assert "The recipe is that of the shipped network, without its measures against shortcuts." in report
    within = [row for part in (evidence["test"], evidence["cross_validation"]["pooled"]) for row in part["within"]]
    assert {row["source"] for row in within} >= {"siim", "kermany"}
    assert all(0 <= row["auroc"]["value"] <= 1 and 0 < row["n positive"] < row["auroc"]["n"] for row in within)
    assert "## Within sources, by view and age" in report


def test_films_that_must_not_be_answered_are_counted_by_kind(evidence):
    rows = evidence["not_frontal"]
    assert {name: (row["n"], row["refused"]["n"]) for name, row in rows.items()} == {
        "CT slices": (31, 31),
        "laterals": (37, 37),
        "all": (68, 68),
    }
    assert all(row["not answered"]["value"] >= row["refused"]["value"] for row in rows.values())
    assert "laterals and CT slices, refused by the score" in [target.name for target in targets(evidence)]


def test_spoiled_test_films_are_refused_more_often_than_whole_ones(evidence):
    kept = 1 - evidence["outside"]["test films accepted"]["value"]
    rows = evidence["spoiled"]
    assert set(rows) == {"turned by a quarter", "upside down", "left half", "right half", "upper half"}
    assert sum(row["refused"]["value"] for row in rows.values()) / len(rows) > kept


def test_every_film_with_another_finding_is_refused_unsure_or_answered(evidence, judged):
    found = evidence["other_findings"]
    assert 0 < found["patients"] <= found["n"]
    for row in (found, *found["by finding"].values()):
        shares = (*(row[reason] for reason in REASONS), *row["answered"].values())
        assert sum(share["value"] for share in shares) == pytest.approx(1, abs=0.001)
    report = (judged[0] / "report.md").read_text()
    assert "## Films with another finding" in report
    assert {row["source"] for row in found["told apart"]} <= {"nih", "rsna"}
    for row in found["told apart"]:
        assert 0 <= row["auroc"]["value"] <= 1
        assert f"| {row['class']} | {row['n others']} | {row['n']} | {shown(row['auroc'])} |" in report


def test_films_with_another_finding_that_judge_are_of_the_test_fold_alone(evidence):
    rows = {row["source"]: row for row in evidence["data"] if row["class"] == OTHER_FINDING}
    assert sum(row["test"] for row in rows.values()) == evidence["other_findings"]["n"] > 0
    assert all(row["training"] > 0 and row["other hospitals"] == 0 for row in rows.values())


@pytest.mark.filterwarnings("ignore:The least populated class")
def test_no_film_with_another_finding_judges_a_network_that_saw_its_patient(own_run, small_films_dir):
    model = load(own_run / "models" / "chest_xray.onnx")
    materials = Materials(model, own_run / "runs/chest_xray/inception_v3", small_films_dir)
    judges, (trained, watched) = materials.other_findings, materials.others
    assert len(judges) > 0
    assert all(is_test(patient) for patient in judges.patients)
    seen = {*materials.rest.patients, *trained.patients, *watched.patients}
    assert not seen & set(judges.patients)


def test_groups_are_parts_of_the_test_fold(evidence):
    test = evidence["test"]
    for by in ("source", "age"):
        rows = [row for row in test["groups"] if row["by"] == by]
        assert len(rows) > 1
        assert sum(row["n"] for row in rows) <= test["n"]
        assert all(sum(row["classes"].values()) == row["n"] for row in rows)
    kermany = next(row for row in test["groups"] if row["name"] == "kermany")
    assert set(kermany["recall"]) == {"normal", "pneumonia"}
    assert kermany["macro_auroc"]["n"] == kermany["n"]


def test_probes_and_the_file_are_judged_within_sources_too(evidence):
    found = evidence["shortcuts"]
    assert set(found["probes"]) == {"frozen features, rim", "frozen features, no lungs", "six numbers of the file"}
    assert set(found["file"]) == {"whole film", "rim", "no lungs"}
    for row in (*found["probes"].values(), *found["file"].values()):
        assert {"siim_auroc", "kermany_auroc"} <= set(row["within"])
    assert found["file"]["whole film"]["accuracy"] == evidence["test"]["accuracy"]
    assert found["file"]["whole film"]["n"] == evidence["test"]["n"]


def test_where_no_source_was_left_out_the_report_says_how_to_do_it(judged, evidence):
    assert evidence["sources"] == {"rows": []}
    report = (judged[0] / "report.md").read_text()
    assert "The sources were not left out in this run" in report
    assert re.search(
        r"`python -m training chest_xray .*--leave-out --name left_out` trains a network without each", report
    )
    assert not any("left out" in target.name for target in targets(evidence))


def test_the_figures_of_the_test_fold_are_those_of_the_file(evidence, own_run, small_films_dir):
    test = evidence["test"]
    confusion = np.array(test["confusion"])
    assert confusion.sum() == test["n"] == 150
    assert test["accuracy"]["value"] == pytest.approx(confusion.trace() / confusion.sum(), abs=1e-4)
    model = load(own_run / "models" / "chest_xray.onnx")
    same = spread(split_off_test(chosen_films(small_films_dir, FilmChoice()))[1], 150)
    probabilities = run(model, film_pixels(model, same)).probabilities
    labels = same.photos.labels.numpy()
    assert test["accuracy"]["value"] == pytest.approx((probabilities.argmax(1) == labels).mean(), abs=1e-4)
    assert test["macro_auroc"]["value"] == pytest.approx(macro_auroc(probabilities, labels), abs=1e-4)


def test_the_card_is_made_again_from_the_stored_evidence(evidence, own_run):
    path = own_run / "models" / "chest_xray.onnx"
    model = load(path)
    text = model.card
    assert text == card(evidence, model.spec, model.outputs, "../evidence")
    assert path.with_suffix(".md").read_text().startswith("---\nlicense: other\n")
    terms = text.partition("bind its weights:")[2].partition("The films were")[0]
    binding, judging = terms.split("have no part in its weights:")
    assert ["SIIM-FISABIO-RSNA" in part for part in (binding, judging)] == [True, False]
    assert ["Montgomery" in part for part in (binding, judging)] == [False, True]
    assert "BIMCV-COVID19+" not in text


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
        ({"revision": "0" * 64}, r"another model \(0000000000000000\)\. Use --start-again"),
        ({"detail_px": 512}, f"is about films at detail_px 512, and not {FILM_PX}\\. Use --start-again"),
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


def test_starting_again_keeps_what_rests_on_no_model_file(evidence, own_run, tmp_path):
    stored = evidence | {"revision": "0" * 64}
    for name in ("darkcovidnet_random", "darkcovidnet_by_patient"):
        stored[name] = stored[name] | {"settings": stored[name]["settings"] | {"size": 96}}
    (tmp_path / "evidence.json").write_text(json.dumps(stored))
    model = load(own_run / "models" / "chest_xray.onnx")
    kept = read_evidence(tmp_path / "evidence.json", model, start_again=True, on_no_file=TRAINED_FOR)
    assert kept["revision"] == model.revision
    assert set(kept) - {"task", "revision", "detail_px", "made"} == set(kept["made"]) == set(TRAINED_FOR)
    assert kept["made"]["darkcovidnet_random"] == evidence["made"]["darkcovidnet_random"]
    report = sections(evidence | kept | {"made": evidence["made"] | kept["made"]}, model.spec, pictures="")
    assert "They are of another recipe than the shipped network: size 96 (shipped: 64)." in report
    provenance = next(line for line in report.splitlines() if line.startswith("| darkcovidnet_random |"))
    assert "--size 96" in provenance


def test_a_protocol_that_was_not_run_has_no_section(evidence, own_run):
    model = load(own_run / "models" / "chest_xray.onnx")
    without = {name: value for name, value in evidence.items() if name not in TRAINED_FOR}
    without["made"] = {name: value for name, value in evidence["made"].items() if name not in TRAINED_FOR}
    assert "DarkCovidNet" not in sections(without, model.spec, pictures="")


def test_report_and_card_that_ship_are_made_again_without_run_and_films(tmp_path, run_module):
    out, model = tmp_path / "docs" / "chest_xray", tmp_path / "models" / "chest_xray.onnx"
    shutil.copytree(ROOT / "docs" / "chest_xray", out)
    model.parent.mkdir()
    for name in (model.name, "LICENSE.md"):  # the card leads to the terms beside it
        (model.parent / name).symlink_to(ROOT / "models" / name)
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


def test_targets_are_met_at_their_bound_and_missed_behind_it(evidence):
    within = [row for row in evidence["test"]["within"] if row["key"] == "siim_auroc"]
    below = within[0] | {"auroc": {"value": 0.9399, "interval": [0.90, 0.939]}}
    test = evidence["test"] | {"ece": {"value": 0.03, "interval": [0.02, 0.04]}, "within": [below]}
    external = evidence["external"] | {"accuracy": {"value": 0.8, "interval": [0.8, 0.85]}}
    no_answer = external["answered"] | {"accuracy of the answers": None}
    found = targets(evidence | {"test": test, "external": external | {"answered": no_answer}})
    outcome = {target.name: target.outcome for target in found}
    assert outcome["test fold, SIIM, no pneumonia against typical COVID-19, AUC"] == "missed"
    assert outcome["test fold, calibration error"] == "met (the bound is inside the interval)"
    assert outcome["other hospitals, accuracy"] == "met"
    assert not any("RSNA" in name or "accuracy of the answers" in name for name in outcome)  # without a figure


def test_the_command_names_what_is_not_the_default_and_no_folder():
    settings = {"weights": "/elsewhere/inception.safetensors", "seed": 0, "tune_epochs": 7, "data_dir": "/elsewhere"}
    # what a run did before there was a choice
    then = "--archives chest_xray --labels published --unread keep --no-other-findings --no-balance-views"
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


def test_heat_at_the_rim_is_that_of_the_answer(small_films):
    films = small_films.take([0, 1, 2])
    heatmaps = np.zeros((3, 3, 10, 10), dtype=np.float32)
    heatmaps[0, 0, 0, 0] = 1  # the first film's answer looks at a corner
    heatmaps[1, 0, 5, 5] = 1  # the second's at the middle
    heatmaps[1, 1, 0, 0] = 1  # of a class that is not its answer
    probabilities = np.array([[0.8, 0.1, 0.1]] * 3)  # the third has no heat
    found = at_the_rim(Outputs(probabilities, np.zeros(3), heatmaps), films)
    assert found["area"] == pytest.approx(0.36, abs=0.01)
    row = found["rows"]["all"]
    assert (row["n"], row["hottest point"]["value"]) == (2, 0.5)
    assert 0.45 < row["share of heat"]["value"] <= 0.5


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


def test_a_score_made_again_is_the_same_and_keeps_what_the_network_alone_decides(
    judged, small_films, small_films_dir, run_module, tmp_path
):
    own_run = judged[0].parent
    place = shutil.copytree(own_run, tmp_path / "chest")
    file, out = place / "models" / "chest_xray.onnx", place / "evidence"
    before, kept = load(file), json.loads((out / "evidence.json").read_text())
    result = run_module(
        *("export.again", "chest_xray", "--evidence", out / "evidence.json", "--data-dir", small_films_dir),
        *("--models-dir", place / "models", "--runs-dir", place / "runs"),
    )
    assert result.returncode == 0, result.stderr
    after = load(file, check=True)
    pixels = film_pixels(before, small_films.take(range(0, len(small_films), 20)))
    scores = [model.run(pixels)["ood_score"] for model in (before, after)]
    np.testing.assert_allclose(*scores, rtol=1e-3)
    places = ("--file", file, "--run", place / "runs/chest_xray/inception_v3", "--out", out)
    result = run_module("evidence", "chest_xray", *places, "--data-dir", small_films_dir)
    assert result.returncode == 0, result.stderr
    again = json.loads((out / "evidence.json").read_text())
    assert again["revision"] == after.revision
    assert {part: again[part] for part in ("cross_validation", "sources", "data")} == {
        part: kept[part] for part in ("cross_validation", "sources", "data")
    }
    assert again["test"]["accuracy"] == kept["test"]["accuracy"]
