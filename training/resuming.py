"""What a resumed run may change: the settings that its result rests on are those that it began with."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from fovea import SettingError
from fovea.listing import all_of
from training.report import plain
from training.run_record import STATE, Settings, StateError, newest, record_of, states
from training.setting_ranges import option

PLACES = ("cache_dir", "data_dir", "runs_dir")
# to what a training computes
NO_MATTER = (*PLACES, "path", "images", "licence", "name", "cache", "cache_gb", "resume", "strict", "min_accuracy")
GROWING = ("epochs", "head_epochs", "tune_epochs")  # with a schedule that does not depend on their number
NEXT = {"epochs": "drawings", "head_epochs": "tune"}  # the phase that goes on from the network of so many epochs


class Resumable(Protocol):
    """What is asked of a recipe's Config here."""

    @property
    def folder(self) -> Path: ...


def resumed_run(config: Resumable) -> tuple[int, list[str]]:
    """The number of the run that `config` continues, and a sentence for each number of epochs that grew.

    Raises:
        FileNotFoundError: the last run of this name saved nothing.
        StateError: a state is damaged, or does not say which run it belongs to.
        SettingError: the run began with other settings.
    """
    folder = config.folder
    found = states(folder)
    if not found:
        raise FileNotFoundError(f"There is nothing to resume: {folder} holds no {STATE}. Run without --resume.")
    number = newest(found)
    if number == 0:
        raise StateError(
            f"{next(iter(found))} does not say which run it belongs to. An earlier version saved it. Start a new run "
            "without --resume."
        )
    if record_of(folder).number > number:
        raise FileNotFoundError(
            f"There is nothing to resume: the last run in {folder} stopped before it saved anything, and what is there "
            "belongs to an earlier one. Run without --resume."
        )
    own = {path: record.settings for path, record in found.items() if record.number == number}
    return number, _grown(config, own)


def differences(before: Mapping[str, Any], now: Settings, default: Settings) -> dict[str, tuple[Any, Any]]:
    """The settings that matter and differ, each with its old and new value; an unstored one had its default."""
    names = [name for name in now if name not in NO_MATTER]
    pairs = {name: (_stored(before.get(name, default[name])), _stored(now[name])) for name in names}
    return {name: values for name, values in pairs.items() if values[0] != values[1]}


def _grown(config: Resumable, own: Mapping[Path, Settings]) -> list[str]:
    """A sentence for each number of epochs that grew. Raises SettingError where more than that differs."""
    before: Settings = {}
    for settings in own.values():  # they differ in numbers of epochs at most, which only ever grew
        before |= {name: max(settings[name], before.get(name, 0)) if name in GROWING else settings[name]
                   for name in settings}  # fmt: skip
    now = plain(config)
    changed = differences(before, now, plain(type(config)()))
    grown = {name: values for name, values in changed.items() if _may_grow(name, values, now, own)}
    refused = {name: values for name, values in changed.items() if name not in grown}
    if refused:
        listed = all_of(f"{option(name)} {new} (it began with {old})" for name, (old, new) in refused.items())
        raise SettingError(
            f"The run in {config.folder} cannot be resumed with {listed}. Resume with the settings of its start, or "
            "begin a new run without --resume."
        )
    return [
        f"{option(name)} grows from {old} to {new}. The run goes on from its last step, and its checkpoint and report "
        f"will be those of {new} epochs and no longer of {old}."
        for name, (old, new) in grown.items()
    ]


def _may_grow(name: str, values: tuple[Any, Any], now: Settings, own: Mapping[Path, Settings]) -> bool:
    """Whether more epochs give what a run of so many from the start would have given."""
    old, new = values
    if name not in GROWING or now.get("schedule") != "constant" or new < old:
        return False
    has_gone_on = any(path.parent.name == NEXT.get(name) for path in own)
    return not has_gone_on and (old > 0 or name != "head_epochs")


def _stored(value: Any) -> Any:
    """As a run's record gives it back: tuples are lists."""
    return json.loads(json.dumps(value))
