"""Train a task: `python -m training TASK [--recipe PRESET] [options]`; `python -m training TASK --help` lists both.

`--PRESET` is short for `--recipe PRESET`.
"""

import sys
from importlib import import_module

import tyro

from export.runtime import FoveaError
from training.loop import Interrupted
from training.memory import keep_freed_memory

RECIPES = {
    "digits": "training.recipes.digits",
    "flowers": "training.recipes.flowers",
    "chest_xray": "training.recipes.chest_xray",
    "objects": "training.recipes.objects",
}


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in RECIPES:
        given = arguments[0] if arguments else "nothing"
        print(f"The task is {given}; allowed are {', '.join(RECIPES)}.\n{__doc__}", file=sys.stderr)
        return 2
    task, *rest = arguments
    recipe = import_module(RECIPES[task])
    # A preset replaces the defaults; every other option then changes one setting of it.
    if "--recipe" in rest:
        place = rest.index("--recipe")
        given = rest[place + 1] if place + 1 < len(rest) else "nothing"
        if given not in recipe.PRESETS:
            print(f"The recipe is {given}; allowed are {', '.join(recipe.PRESETS)}.", file=sys.stderr)
            return 2
        rest[place : place + 2] = [f"--{given}"]
    chosen = [name for name in recipe.PRESETS if f"--{name}" in rest]
    if len(chosen) > 1:
        print(f"The presets {', '.join(chosen)} exclude each other; give one.", file=sys.stderr)
        return 2
    default = recipe.PRESETS[chosen[0]] if chosen else recipe.DEFAULT
    rest = [argument for argument in rest if argument.removeprefix("--") not in chosen]
    presets = ", ".join(recipe.PRESETS)
    config = tyro.cli(
        type(default),
        default=default,
        args=rest,
        prog=f"python -m training {task}",
        description=f"{recipe.__doc__}\n\nPresets, by --recipe: {presets}.",
    )
    keep_freed_memory()
    try:
        metrics = recipe.main(config)
    except Interrupted as stop:
        print(f"{stop} The state is saved; the same command with --resume goes on.", file=sys.stderr)
        return 130
    except KeyboardInterrupt:
        print("Stopped. What is on disk stays; the same command takes it up.", file=sys.stderr)
        return 130
    except (FileNotFoundError, FoveaError) as error:
        print(error, file=sys.stderr)
        return 2
    print("  ".join(f"{name} {value:.4f}" for name, value in metrics.items()))
    print(f"report: {config.folder / 'report.md'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
