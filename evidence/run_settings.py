"""The settings of the run behind a model: read, as a Config again, as the command that repeats it, and compared."""

import json
from pathlib import Path
from typing import Any

from training.data.chest_xray import choice_of
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
    kept = {name: _listed(value) for name, value in settings.items() if name not in NO_MATTER}
    named = {name: Path(settings[name]).name for name in ("weights", "films") if settings.get(name)}
    return kept | named


def complete(settings: Settings) -> Settings:
    """With what a run did before there was a setting for it: its films, and no balance of views, for instance."""
    before = vars(choice_of(settings)) | {"balance_views": False, "leave_out": False}
    before |= {"averaging": 0.0, "mix_sources": False}
    return settings | {name: value for name, value in before.items() if name not in settings}


def as_config(settings: Settings) -> Config:
    whole = complete(settings)
    places = {name: Path(whole[name]) for name in (*PLACES, "films") if whole.get(name)}
    many = {name: tuple(whole[name]) for name in ("archives", "sources")}
    return Config(**(whole | many | places))


def changed(settings: Settings) -> Settings:
    """Those of the portable ones that are not the recipe's defaults."""
    default = portable(plain(DEFAULT))
    return {name: value for name, value in portable(complete(settings)).items() if value != default.get(name)}


def differing(settings: Settings, shipped: Settings) -> dict[str, tuple[Any, Any]]:
    """The portable settings that differ from those of the shipped network, each with its own value and the shipped."""
    own, theirs = portable(complete(settings)), portable(complete(shipped))
    names = dict.fromkeys([*own, *theirs])
    pairs = {name: (own.get(name), theirs.get(name)) for name in names}
    return {name: values for name, values in pairs.items() if values[0] != values[1]}


def in_words(differences: dict[str, tuple[Any, Any]]) -> str:
    """As in "size 299 (shipped: 224), last_stage none (shipped: Mixed_6e)"."""
    return ", ".join(f"{name} {_word(own)} (shipped: {_word(theirs)})" for name, (own, theirs) in differences.items())


def training_command(settings: Settings) -> str:
    """The command that trains with these settings, in the folder of its weights file."""
    return " ".join(["python -m training chest_xray", *(_option(*one) for one in changed(settings).items())])


def _option(name: str, value: Any) -> str:
    """As tyro takes it: a flag for a bool, several words for a list."""
    option = name.replace("_", "-")
    if isinstance(value, bool):
        return f"--{option}" if value else f"--no-{option}"
    words = value if isinstance(value, list) else [value]
    return " ".join([f"--{option}", *(str(word) for word in words)])


def _word(value: Any) -> str:
    """A value in prose."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " and ".join(map(str, value)) or "all"
    return "none" if value is None else str(value)


def _listed(value: Any) -> Any:
    """Tuples as JSON gives them back."""
    return list(value) if isinstance(value, tuple) else value
