"""A chest X-ray run becomes one file for grey films, with heatmaps equal to the grad-cam package's."""

import json

import numpy as np
import pytest
import torch
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.image import scale_cam_image
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from export.cam import class_activation_maps
from export.other_finding import KEPT_SHARE
from fovea import load
from fovea.decision import is_unlike_training
from training.checkpoint import load_checkpoint
from training.data.spoiled_films import spoiled


@pytest.fixture
def written(chest_run):
    return load(chest_run / "models" / "chest_xray.onnx")


@pytest.fixture
def network(chest_run):
    return load_checkpoint(chest_run / "runs/chest_xray/inception_v3/checkpoint.pt").model().eval()


@pytest.fixture
def pixels(written, small_films):
    chosen = range(0, len(small_films), len(small_films) // 49)
    return np.stack([written.pixels(small_films.photos.photo(index)) for index in chosen])


def test_the_file_takes_grey_films_and_gives_what_serving_needs(written):
    assert written.spec.channels == 1
    assert written.spec.abstain_below is not None
    assert len(written.spec.meanings) == len(written.spec.classes) == 3
    assert written.outputs == ("probabilities", "heatmaps", "embedding", "ood_score", "other_finding")


def test_the_score_of_another_finding_keeps_its_share_of_the_validation_films(written, network, pixels):
    kept = written.spec.metric("no_other_finding", "val")
    assert KEPT_SHARE <= kept.value <= KEPT_SHARE + 1 / kept.n
    assert written.spec.metric("no_other_finding", "test").n == written.spec.metric("accuracy", "test").n
    with torch.no_grad():
        other = network.head(network.maps(torch.from_numpy(pixels))).softmax(dim=1)[:, -1].numpy()
    scores = written.run(pixels)["other_finding"]
    assert np.corrcoef(other, scores)[0, 1] > 0.9  # int8 moves it


def test_probabilities_sum_to_one_and_a_blank_film_gets_some_too(written, pixels):
    blank = np.zeros_like(pixels[:2])
    blank[1] = 255
    for batch in (pixels, blank):
        probabilities = written.run(batch)["probabilities"]
        assert np.isfinite(probabilities).all()
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_a_film_and_the_same_film_in_another_window_get_the_same_answer(written, pixels):
    """Brightness and contrast differ between hospitals; the first layer takes them out."""
    dimmed = (pixels.astype(np.float32) * 0.6 + 30).round().astype(np.uint8)
    first, second = (written.run(batch)["probabilities"] for batch in (pixels, dimmed))
    assert np.abs(first - second).max() < 0.1


def test_films_that_lie_otherwise_are_refused_for_their_layout(written, pixels):
    """The tiny network's embedding knows little, and a film turned by a quarter has its very texture."""

    def refused(films):
        return is_unlike_training(written.run(films)["ood_score"]).mean()

    assert refused(pixels) < 0.2
    assert refused(spoiled(pixels)["turned by a quarter"]) > 0.8


def test_every_class_has_the_heatmap_of_the_grad_cam_package(network, pixels):
    batch = torch.from_numpy(pixels)
    with torch.no_grad():
        maps = network.maps(batch)
        ours = class_activation_maps(network.head, maps, network.head.embed(maps)).numpy()
        x = network.normalize(batch)
    network.normalize = torch.nn.Identity()  # the package wants a float image (N, C, H, W)
    size = tuple(x.shape[2:])
    with GradCAM(model=network, target_layers=[network.stages[-1]]) as cam:
        for k in range(3):
            theirs = cam(input_tensor=x.requires_grad_(), targets=[ClassifierOutputTarget(k)] * len(x))
            enlarged = scale_cam_image(scale_cam_image(scale_cam_image(ours[:, k]), size))
            assert np.abs(theirs - enlarged).max() < 1e-4


def test_what_the_export_measured_lies_in_the_run_folder(chest_run):
    facts = json.loads((chest_run / "runs/chest_xray/inception_v3/export.json").read_text())
    assert facts["n"] == 150
    assert facts["differences"]["probabilities"] <= 1e-4
