"""Run an experiment: `python -m training.experiments NAME [options]`. NAME --help lists them."""

import sys
from importlib import import_module

import tyro

from fovea.listing import either
from training.user_errors import MENDABLE, sentence

EXPERIMENTS = {
    "architectures": "training.experiments.architectures",
    "locality": "training.experiments.locality",
    "residual": "training.experiments.residual",
    "training_sizes": "training.experiments.training_sizes",
    "same_network": "training.experiments.same_network",
    "chest_inputs": "training.experiments.chest_inputs",
    "chest_flip": "training.experiments.chest_flip",
    "chest_sources": "training.experiments.chest_sources",
    "chest_choice": "training.experiments.chest_choice",
    "flower_choice": "training.experiments.flower_choice",
    "tasks": "training.experiments.tasks",
    "curves": "training.experiments.curves",
    "fitting": "training.experiments.fitting",
}


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in EXPERIMENTS:
        given = arguments[0] if arguments else "nothing"
        print(f"The experiment is {given}. Choose {either(EXPERIMENTS)}.", file=sys.stderr)
        return 2
    name, *rest = arguments
    experiment = import_module(EXPERIMENTS[name])
    options = tyro.cli(
        experiment.Options, args=rest, prog=f"python -m training.experiments {name}", description=experiment.__doc__
    )
    try:
        experiment.main(options)
    except MENDABLE as error:
        print(sentence(error), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
