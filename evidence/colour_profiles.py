"""What it is worth to heed a photo's colour profile: `python -m evidence.colour_profiles --data-dir DATA`.

The test photos of flowers are turned into what a phone or a camera would have stored, in Display P3 and Adobe RGB. Each
is answered twice by the shipped file: with its profile, by which serving converts it to sRGB, and without, as a reader
that knows no profiles takes its numbers. Writes OUT and a table beside it.
"""

import io
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import tyro
from PIL import Image

from evidence.markdown import table
from evidence.outputs import pixels_of, run
from evidence.performance import Probabilities
from evidence.wide_gamut import ADOBE_RGB, DISPLAY_P3, SRGB, Space, converted
from fovea import decode, load
from training.data.flowers import load_flowers
from training.data.photos import Photos
from training.data.spread import spread
from training.hardware import hardware
from training.metrics import accuracy_interval

SPACES = {"Display P3": DISPLAY_P3, "Adobe RGB": ADOBE_RGB}


@dataclass(frozen=True)
class Options:
    """What to run."""

    file: Path = Path("models/flowers.onnx")
    data_dir: Path = Path("data")
    out: Path = Path("docs/flowers/colour_profiles.json")
    limit: int | None = None
    """use only N photos (for a quick try)"""


def main(options: Options) -> dict[str, Any]:
    """Answer every photo in each form, write the JSON and the table; the JSON's content."""
    model, photos = load(options.file), spread(load_flowers(options.data_dir).test, options.limit)
    taken = [photos.photo(index) for index in range(len(photos))]
    plain = run(model, pixels_of(model, taken)).probabilities
    rows = [row("sRGB", plain, plain, photos)]
    for name, space in SPACES.items():
        for has_profile in (True, False):
            images = [stored(photo, space, has_profile=has_profile) for photo in taken]
            form = f"{name}, {'converted by its profile' if has_profile else 'profile not heeded'}"
            rows.append(row(form, run(model, pixels_of(model, images)).probabilities, plain, photos))
    document = {
        "command": "python -m evidence.colour_profiles",
        "created": date.today().isoformat(),
        "hardware": hardware(),
        "revision": model.revision,
        "n": len(photos),
        "rows": rows,
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(document, indent=1) + "\n")
    options.out.with_suffix(".md").write_text(markdown(document))
    print(f"table: {options.out.with_suffix('.md')}")
    return document


def stored(photo: Image.Image, space: Space, *, has_profile: bool) -> Image.Image:
    """The photo as serving decodes a file of it whose numbers are those of `space`."""
    file = io.BytesIO()
    profile = {"icc_profile": space.profile()} if has_profile else {}
    Image.fromarray(converted(np.asarray(photo), SRGB, space)).save(file, "PNG", compress_level=1, **profile)
    return decode(file.getvalue(), channels=3)


def row(form: str, probabilities: Probabilities, plain: Probabilities, photos: Photos) -> dict[str, Any]:
    """Accuracy with Wilson's interval, and how the answers differ from those to the photos as they are."""
    right = int((probabilities.argmax(1) == photos.labels.numpy()).sum())
    low, high = accuracy_interval(right, len(photos))
    return {
        "form": form,
        "accuracy": round(right / len(photos), 4),
        "interval": [round(low, 4), round(high, 4)],
        "other class": int((probabilities.argmax(1) != plain.argmax(1)).sum()),
        "mean change": round(float(np.abs(probabilities - plain).max(1).mean()), 4),
    }


def markdown(document: dict[str, Any]) -> str:
    rows = [
        [
            each["form"],
            f"{100 * each['accuracy']:.2f} % ({100 * each['interval'][0]:.2f} to {100 * each['interval'][1]:.2f})",
            str(each["other class"]),
            f"{each['mean change']:.4f}",
        ]
        for each in document["rows"]
    ]
    return "\n".join(
        [
            "# Photos in wider colour spaces",
            "",
            f"{document['n']} test photos of flowers, `flowers.onnx` of revision `{document['revision'][:16]}`. "
            f"Made by `{document['command']}` on {document['created']}, {document['hardware']}.",
            "",
            table(["photos", "accuracy", "other class than in sRGB", "mean greatest change of a probability"], rows),
            "",
        ]
    )


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
