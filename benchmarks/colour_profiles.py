"""What a model makes of photos in Display P3, with and without a conversion to sRGB.

    python -m benchmarks.colour_profiles [--n 100] [--data-dir data] [--model models/flowers.onnx]

Test photos of flowers are stored again as phones store them: as PNG in Display P3, with its profile. Each is read three
times: as it was, by its profile, and without looking at the profile. Prints JSON: accuracy of each with its 95 %
interval, and the mean and largest change of a probability against the photo as it was.
"""

import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tyro
from PIL import Image

from benchmarks.display_p3 import DISPLAY_P3, SRGB, converted, display_p3
from fovea import load
from training.data.flowers import load_flowers
from training.metrics import accuracy_interval


@dataclass(frozen=True)
class Options:
    """What to read."""

    n: int = 100
    data_dir: Path = Path("data")
    model: Path = Path("models/flowers.onnx")


def main(options: Options) -> None:
    model = load(options.model)
    photos = load_flowers(options.data_dir).test
    places = np.linspace(0, len(photos) - 1, min(options.n, len(photos))).astype(int).tolist()
    labels = photos.labels[places].numpy()
    profile = display_p3()
    rows: dict[str, list[np.ndarray]] = {"as it was": [], "by its profile": [], "without its profile": []}
    for place in places:
        photo = photos.photo(place)
        wide = Image.fromarray(converted(np.asarray(photo), SRGB, DISPLAY_P3))
        for name, content in zip(rows, (photo, _png(wide, profile), _png(wide, None)), strict=True):
            rows[name].append(model.predict(content).probabilities)
    right = np.stack(rows["as it was"])
    report = {"n": len(places)}
    print(
        json.dumps(report | {name: _figures(np.stack(found), right, labels) for name, found in rows.items()}, indent=2)
    )


def _png(image: Image.Image, profile: bytes | None) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG", icc_profile=profile, compress_level=1)
    return stream.getvalue()


def _figures(found: np.ndarray, right: np.ndarray, labels: np.ndarray) -> dict[str, object]:
    correct = int((found.argmax(axis=1) == labels).sum())
    change = np.abs(found - right)
    return {
        "accuracy": round(correct / len(labels), 4),
        "interval": [round(bound, 4) for bound in accuracy_interval(correct, len(labels))],
        "mean_change": round(float(change.mean()), 5),
        "largest_change": round(float(change.max()), 4),
    }


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
