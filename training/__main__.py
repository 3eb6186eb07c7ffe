"""Train a task: `python -m training TASK [--model NAME] [--recipe PRESET] [options]`. `--help` behind it lists all.

`--model` is for tasks with several networks. Each has its own options, and the first is the default. `--PRESET` is
short for `--recipe PRESET`.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

import tyro

from fovea.allocator import keep_freed_memory
from fovea.listing import all_of, either
from training.loop import Interrupted
from training.report import plain
from training.run_folder import opened
from training.setting_ranges import require_in_range
from training.tasks import TASKS, default_network, not_a_task
from training.user_errors import MENDABLE, sentence


def take(arguments: list[str], option: str) -> str | None:
    """The value of `option`, behind it or behind its "="; both are removed from `arguments`. None: not given."""
    for place, argument in enumerate(arguments):
        name, joined, value = argument.partition("=")
        if name == option:
            following = arguments[place + 1 : place + 2]
            del arguments[place : place + (1 if joined else 2)]
            return value if joined else next(iter(following), "nothing")
    return None


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in TASKS:
        print(f"{not_a_task(next(iter(arguments), None))}\n{__doc__}", file=sys.stderr)
        return 2
    task, *rest = arguments
    models = TASKS[task]
    model = (take(rest, "--model") if len(models) > 1 else None) or default_network(task)
    if model not in models:
        print(f"The model is {model}. Choose {either(models)}.", file=sys.stderr)
        return 2
    recipe = import_module(models[model])
    # A preset replaces the defaults; every other option then changes one setting of it.
    preset = take(rest, "--recipe")
    if preset is not None:
        if preset not in recipe.PRESETS:
            advice = f"Choose {either(recipe.PRESETS)}." if recipe.PRESETS else f"The model {model} has no recipes."
            print(f"The recipe is {preset}. {advice}", file=sys.stderr)
            return 2
        rest.append(f"--{preset}")
    chosen = [name for name in recipe.PRESETS if f"--{name}" in rest]
    if len(chosen) > 1:
        print(f"The presets {all_of(chosen)} exclude each other. Choose one.", file=sys.stderr)
        return 2
    default = recipe.PRESETS[chosen[0]] if chosen else recipe.DEFAULT
    rest = [argument for argument in rest if argument.removeprefix("--") not in chosen]
    lines = [f"Presets, by --recipe: {', '.join(recipe.PRESETS)}."] if recipe.PRESETS else []
    if len(models) > 1:
        lines.append(f"Models, by --model: {', '.join(models)}. These are the options of {model}.")

    def parsed(default: Any) -> Any:
        return tyro.cli(
            type(default),
            default=default,
            args=rest,
            prog=f"python -m training {task}",
            description="\n\n".join([recipe.__doc__ or "", *lines]),
        )

    config = parsed(default)
    if hasattr(recipe, "default_for"):  # what is not on the command line follows from the data that is
        try:
            config = parsed(recipe.default_for(config))
        except MENDABLE as error:
            print(sentence(error), file=sys.stderr)
            return 2
    keep_freed_memory()
    return train(recipe, config)


def train(recipe: ModuleType, config: Any) -> int:
    """Run the recipe, and say what came of it; the exit status."""
    try:
        require_in_range(plain(config))
        with opened(config.folder):
            metrics = recipe.main(config)
    except Interrupted as stop:
        print(f"{stop} The state is saved. Run the same command with --resume to continue.", file=sys.stderr)
        return 130
    except KeyboardInterrupt:
        print("Stopped. What is on disk stays. Run the same command to continue.", file=sys.stderr)
        return 130
    except MENDABLE as error:
        print(sentence(error), file=sys.stderr)
        return 2
    if metrics:  # not where a run judges no network that ships, nor in the processes beside the first
        print("  ".join(f"{name} {value:.4f}" for name, value in metrics.items()))
        print(f"report: {config.folder / 'report.md'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
