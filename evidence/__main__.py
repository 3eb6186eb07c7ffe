"""Judge an exported model: `python -m evidence TASK [options]`; TASK --help lists them."""

import sys
from importlib import import_module

import tyro

from fovea import FoveaError
from training.loop import Interrupted
from training.memory import keep_freed_memory

EVALUATIONS = {"chest_xray": "evidence.chest_xray"}


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in EVALUATIONS:
        given = arguments[0] if arguments else "nothing"
        print(f"The task is {given}; allowed are {', '.join(EVALUATIONS)}.", file=sys.stderr)
        return 2
    task, *rest = arguments
    evaluation = import_module(EVALUATIONS[task])
    options = tyro.cli(evaluation.Options, args=rest, prog=f"python -m evidence {task}", description=evaluation.__doc__)
    keep_freed_memory()
    try:
        evaluation.main(options)
    except (Interrupted, KeyboardInterrupt):
        print("Stopped. Parts that were made are kept; --redo names those that are to be made again.", file=sys.stderr)
        return 130
    except (FileNotFoundError, FoveaError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"report: {options.out / 'report.md'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
