"""The score that ships is chosen by sets that it was not shown, and the graph gives what was chosen."""

import numpy as np
import onnx
import pytest
from revisions import stamp

from export.batches import run
from export.expected import drawn
from export.export_classifier import outside_images
from export.float_form import float_form
from export.model_file import opened
from export.ood import with_rescaled_threshold
from export.outlier_head import fit_outlier_head
from export.refusal import DISTANCE, WITH_HEAD, Embedded, choose, embedded, embedder
from export.score_graph import with_head, without_head

CLASSES, WIDTH = 4, 16


def images(random, n, *, shift=0.0, axis=0, spread=1.0):
    """Embeddings around the centres of four classes, moved along an axis that no class uses."""
    labels = random.integers(0, CLASSES, n)
    embedding = random.normal(0, spread, (n, WIDTH))
    embedding[np.arange(n), labels] += 6
    embedding[:, CLASSES + axis] += shift
    distance = np.linalg.norm(embedding[:, None, :CLASSES] - 6 * np.eye(CLASSES), axis=2).min(axis=1) / 3
    return Embedded(embedding.astype(np.float32), embedding[:, :CLASSES].astype(np.float32), distance)


@pytest.fixture(scope="module")
def parts():
    random = np.random.default_rng(0)
    return images(random, 800), images(random, 400)


def test_a_head_is_taken_where_it_helps_on_sets_that_it_was_not_shown(parts):
    random = np.random.default_rng(1)
    alike = {name: images(random, 300, shift=4) for name in ("films", "flowers")}
    choice = choose(*parts, alike, alike, 0.95)
    assert choice.head is not None
    assert "The file has the larger of distance and head" in choice.note
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in choice.note.splitlines() if line.startswith("| ")}
    assert {DISTANCE, "largest logit", "energy", "neighbours", "ViM", "outlier head", WITH_HEAD} <= set(rows)
    means = {
        name: float(row.split(" | ")[-1].rstrip(" |")) for name, row in rows.items() if name in (DISTANCE, WITH_HEAD)
    }
    assert means[WITH_HEAD] > means[DISTANCE] + 0.2


def test_a_head_that_only_knows_the_sets_it_was_shown_stays_out(parts):
    random = np.random.default_rng(2)
    opposite = {"films": images(random, 300, shift=4), "flowers": images(random, 300, shift=-4)}
    choice = choose(*parts, opposite, opposite, 0.95)
    assert choice.head is None
    assert choice.note.endswith("The file has the distance.")


def test_with_one_set_nothing_can_be_held_out(parts):
    random = np.random.default_rng(3)
    one = {"films": images(random, 100, shift=4)}
    assert choose(*parts, one, one, 0.95).head is None
    assert choose(*parts, {}, {}, 0.95).head is None


@pytest.fixture(scope="module")
def proto(shipped_path):
    return without_head(float_form(onnx.load(shipped_path.with_name("objects.onnx"))))


def test_the_graph_gives_the_larger_of_distance_and_head_and_can_lose_it_again(proto):
    pixels = drawn(opened(proto).spec, 40)
    plain = embedded(embedder(proto), pixels)
    head = fit_outlier_head(plain.embedding[:20], [plain.embedding[20:]], plain.embedding[:20], 0.9)
    changed = with_head(proto, head, 1.5)
    outputs = run(opened(changed), pixels)
    expected = np.maximum(head(plain.embedding), plain.distance / 1.5)
    np.testing.assert_allclose(outputs["ood_score"], expected, rtol=1e-4)
    assert 0 < (head(plain.embedding) > plain.distance / 1.5).mean() < 1
    rescaled = with_rescaled_threshold(changed, outputs["ood_score"], 0.9)
    stamp(rescaled)
    assert (run(opened(rescaled), pixels)["ood_score"] < 1).sum() == 36
    back = without_head(rescaled)
    ratio = run(opened(back), pixels)["ood_score"] / plain.distance
    np.testing.assert_allclose(ratio, 1 / 1.5, rtol=1e-4)
    assert without_head(proto).SerializeToString() == proto.SerializeToString()


@pytest.mark.parametrize(("n_train", "count"), [(340, 100), (1200, 300), (2571, 500)])
def test_few_photos_do_not_wait_for_many_others(n_train, count):
    assert outside_images(n_train) == count
