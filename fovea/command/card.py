"""Print the model card that stands beside the model file."""

import argparse

from fovea.errors import ModelFileError
from fovea.hub import without_front_matter
from fovea.shipped import find_model


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing but the model."""


def run(options: argparse.Namespace) -> int:
    model = find_model(options.model)
    path = model.with_suffix(".md")
    if not path.is_file():
        raise ModelFileError(f"There is no model card {path} beside the model file.")
    print(without_front_matter(path.read_text(encoding="utf-8")), end="")
    return 0
