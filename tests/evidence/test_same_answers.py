"""The shipped files answer alike with and without onnxruntime's optimizations."""

import json

from evidence.results import same_answers as page
from evidence.same_answers import Options, classifiers, main


def test_every_classifier_that_may_be_int8_is_compared():
    assert [*classifiers()] == [
        ("flowers", "inception_v3"),
        ("chest_xray", "inception_v3"),
        ("objects", "googlenet"),
        ("objects", "inception_v3"),
    ]


def test_answers_are_the_same_both_ways_and_the_page_says_so(cifar10_dir, tmp_path, monkeypatch):
    out = tmp_path / "same.json"
    found = main(Options(images=100, only=("objects",), data_dir=cifar10_dir, out=out))
    assert json.loads(out.read_text()) == found
    (row,) = found["rows"]
    assert (row["file"], row["n"], row["other class"], row["other decision"]) == ("objects", 100, 0, 0)
    assert row["on"] == row["off"]
    assert row["on"]["accuracy"] > 0.8
    assert 0 <= row["largest change"] < 0.01
    monkeypatch.setattr(page, "stored", lambda _path: found)
    (table,) = page.tables()
    assert table.rows[0][0] == f"`objects.onnx`, {row['precision']}"
