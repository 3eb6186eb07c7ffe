"""Classify images: one JSON object per image on standard output, exit code 1 if any could not be read."""

import argparse
import json
from pathlib import Path
from typing import Any

from fovea.errors import FoveaError, UnreadableImageError
from fovea.kinds import read_formats
from fovea.session import Model, load
from fovea.shipped import find_model


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "images", type=Path, nargs="+", metavar="IMAGE", help=f"a {read_formats()} file, or DICOM for films"
    )
    parser.add_argument("--threads", type=int, help="CPU threads (default: as many as the container allows)")


def run(options: argparse.Namespace) -> int:
    model = load(find_model(options.model), threads=options.threads)
    failed = False
    for path in options.images:
        answer = classify(model, path)
        failed |= "error" in answer
        print(json.dumps(answer, ensure_ascii=False), flush=True)
    return int(failed)


def classify(model: Model, path: Path) -> dict[str, Any]:
    """What the model says of one file, or why it cannot say anything."""
    try:
        prediction = model.predict(_read(path))
    except FoveaError as error:
        return {"image": str(path), "error": str(error)}
    named = {"name": model.path.stem, "revision": model.revision}
    return {"image": str(path), "model": named} | prediction.as_dict()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableImageError(f"The file cannot be opened: {error.strerror}.") from error
