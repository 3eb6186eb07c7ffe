"""The settings of the run behind a model: read, as a Config again, as the command that repeats it, and compared."""

import json
from pathlib import Path
from typing import Any

from training.recipes.chest_xray import DEFAULT, Config
from training.report import plain
from training.resuming import NO_MATTER, PLACES

Settings = dict[str, Any]


def read_settings(run: Path) -> Settings:
    """As the folder of a training run holds them. Raises FileNotFoundError where there is no such run."""
    path = run / "config.json"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing. Name the folder of a chest X-ray training run with --run.")
    settings: Settings = json.loads(path.read_text())
    return settings


def portable(settings: Settings) -> Settings:
    """Those that matter to what a training computes; a weights file by its name alone."""
    kept = {name: value for name, value in settings.items() if name not in NO_MATTER}
    return kept | {"weights": Path(settings["weights"]).name}


def as_config(settings: Settings) -> Config:
    return Config(**(settings | {name: Path(settings[name]) for name in PLACES if name in settings}))


def changed(settings: Settings) -> Settings:
    """Those of the portable ones that are not the recipe's defaults."""
    default = portable(plain(DEFAULT))
    return {name: value for name, value in portable(settings).items() if value != default.get(name)}


def training_command(settings: Settings) -> str:
    """The command that trains with these settings, in the folder of its weights file."""
    options = [f"--{name.replace('_', '-')} {value}" for name, value in changed(settings).items()]
    return " ".join(["python -m training chest_xray", *options])
