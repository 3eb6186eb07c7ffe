"""What the flowers file says of photos that are nearly its own, or of other things: `python -m evidence.near_misses`.

The photos are the app's examples: flowers of other kinds, animals, vehicles, a temple, a portrait. Nothing was trained
on them, but how the score's two parts share what may be refused was chosen with them in view. Writes OUT, which
docs/RESULTS.md shows.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro

from fovea import load
from training.experiments.result import write_result

OTHER_FLOWERS = {"flowers/marigold": "marigold", "flowers/dahlia": "dahlia", "flowers/yellow-flower": "yellow flower"}
OBJECTS = ("airplane", "bird", "car", "cat", "deer", "dog", "fire-engine", "frog", "horse", "parrot", "shuttle")
OTHER_THINGS = {
    "flowers/portrait": "portrait",
    "feature_maps/china": "pavilion in a garden",
    **{f"objects/{name}": name.replace("-", " ") for name in OBJECTS},
}


@dataclass(frozen=True)
class Options:
    """What to run."""

    file: Path = Path("models/flowers.onnx")
    examples: Path = Path("space/examples")
    out: Path = Path("docs/flowers/near_misses.json")


def main(options: Options) -> dict[str, Any]:
    """Ask the model about every photo, write the JSON; its content."""
    model = load(options.file)
    rows = []
    for kind, photos in (("another flower", OTHER_FLOWERS), ("another thing", OTHER_THINGS)):
        for place, title in photos.items():
            found = model.predict((options.examples / f"{place}.jpg").read_bytes())
            (best, probability), *_ = found.top(1)
            rows.append(
                {
                    "kind": kind,
                    "photo": title,
                    "class": best,
                    "probability": round(probability, 4),
                    "score": round(float(found.ood_score or 0.0), 4),
                    "is refused": found.decision.class_name is None,
                }
            )
    content = {"command": "python -m evidence.near_misses", "revision": model.revision, "rows": rows}
    return write_result(options.out, "near_misses", content)


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
