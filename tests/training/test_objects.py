"""GoogLeNet on a few hundred real images of CIFAR-10: trained, and judged without its auxiliary classifiers."""

import json

import torch
from torch.nn import functional

from training.checkpoint import load_checkpoint
from training.models import build
from training.models.googlenet import deep_supervision

SMALL = ("--width", 0.125, "--stem-stride", 2, "--limit", 300, "--batch-size", 50, "--precision", "float32")
EXPECTED = {"config.json", "metrics.jsonl", "curves.png", "confusion_matrix.png", "report.md", "checkpoint.pt"}


def test_a_run_writes_its_whole_folder(run_module, cifar10_dir, tmp_path):
    where = ("--data-dir", cifar10_dir, "--runs-dir", tmp_path)
    result = run_module("training", "objects", *SMALL, "--averaging", 0.9, "--epochs", 2, *where)
    assert result.returncode == 0, result.stderr
    folder = tmp_path / "objects" / "googlenet"
    assert {path.name for path in folder.iterdir()} >= EXPECTED
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in rows] == [1, 2]
    checkpoint = load_checkpoint(folder / "checkpoint.pt")
    spec, model = checkpoint.spec, checkpoint.model()
    assert spec.metric("accuracy").n == 300
    assert "JPEG of quality 75" in spec.training_data
    assert model(torch.zeros(2, 32, 32, 3, dtype=torch.uint8)).shape == (2, 10)
    trained = sum(parameter.numel() for parameter in model.parameters())
    assert spec.parameters == trained - sum(parameter.numel() for parameter in model.auxiliary.parameters())


def test_an_image_and_its_mirror_image_get_one_answer():
    torch.manual_seed(0)
    small = {"form": "cifar", "num_classes": 10, "width": 0.125, "stem_stride": 2}
    network, plain = (build("googlenet", **small, mirrored=mirrored) for mirrored in (True, False))
    pixels = torch.randint(0, 256, (16, 32, 32, 3), dtype=torch.uint8)
    with torch.no_grad():
        for _ in range(30):
            network(pixels)  # else batch norm leaves next to nothing of what comes through
        plain.load_state_dict(network.state_dict())
        network.eval(), plain.eval()
        torch.testing.assert_close(network(pixels.flip(2)), network(pixels))
        torch.testing.assert_close(network.maps(pixels.flip(2)), network.maps(pixels).flip(3))
        torch.testing.assert_close(network(pixels), (plain(pixels) + plain(pixels.flip(2))) / 2)
        assert not torch.allclose(plain(pixels), network(pixels), atol=1e-4)


def test_the_auxiliary_losses_count_a_third_less_a_bit():
    torch.manual_seed(0)
    labels = torch.randint(0, 10, (8,))
    main, first, second = (torch.randn(8, 10) for _ in range(3))
    parts = [functional.cross_entropy(logits, labels) for logits in (main, first, second)]
    torch.testing.assert_close(
        deep_supervision((main, first, second), labels), parts[0] + 0.3 * parts[1] + 0.3 * parts[2]
    )
    torch.testing.assert_close(deep_supervision(main, labels), parts[0])
