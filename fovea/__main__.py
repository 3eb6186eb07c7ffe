"""Classify images from a shell: one JSON object per image on standard output, exit code 1 if any could not be read."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from fovea.errors import FoveaError, UnreadableImageError
from fovea.session import Model, load


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m fovea", description=__doc__)
    parser.add_argument("model", type=Path, help="an exported model, for example models/digits.onnx")
    parser.add_argument("images", type=Path, nargs="+", metavar="image", help="PNG, JPEG, WebP or TIFF")
    parser.add_argument("--threads", type=int, help="CPU threads (default: as many as the container allows)")
    options = parser.parse_args(arguments)
    try:
        model = load(options.model, threads=options.threads)
    except FoveaError as error:
        parser.error(str(error))
    answers = [classify(model, path) for path in options.images]
    for answer in answers:
        print(json.dumps(answer, ensure_ascii=False))
    return int(any("error" in answer for answer in answers))


def classify(model: Model, path: Path) -> dict[str, Any]:
    """What the model says of one file, or why it cannot say anything."""
    try:
        prediction = model.predict(_read(path))
    except FoveaError as error:
        return {"image": str(path), "error": str(error)}
    ranked = {name: round(probability, 6) for name, probability in prediction.top(len(prediction.classes))}
    decision = prediction.decision
    answer: dict[str, Any] = {
        "image": str(path),
        "model": model.spec.task,
        "revision": model.revision,
        "decision": decision.word,
        "reasons": list(decision.reasons),
        "warnings": list(prediction.warnings),
    }
    if prediction.ood_score is not None:
        answer["ood_score"] = round(prediction.ood_score, 6)
    return answer | {"probabilities": ranked}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableImageError(f"The file cannot be opened: {error.strerror}.") from error


if __name__ == "__main__":
    sys.exit(main())
