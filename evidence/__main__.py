"""Judge an exported model: `python -m evidence TASK [options]`. TASK --help lists them."""

import sys
from importlib import import_module

import tyro

from export.subject import ALLOWED, has_own_evidence
from fovea.allocator import keep_freed_memory
from training.loop import Interrupted
from training.tasks import not_a_task
from training.user_errors import MENDABLE, sentence


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in ALLOWED:
        print(not_a_task(next(iter(arguments), None), ALLOWED), file=sys.stderr)
        return 2
    task, *rest = arguments
    is_own = has_own_evidence(task)
    evaluation = import_module(f"evidence.{task}" if is_own else "evidence.card")
    options = tyro.cli(
        evaluation.Options,
        args=rest if is_own else arguments,  # the options of a card begin with the task
        prog=f"python -m evidence {task}" if is_own else "python -m evidence",
        description=evaluation.__doc__,
    )
    keep_freed_memory()
    try:
        evaluation.main(options)
    except (Interrupted, KeyboardInterrupt):
        print("Stopped. Finished parts are kept. Name the parts to make again with --redo.", file=sys.stderr)
        return 130
    except MENDABLE as error:
        print(sentence(error), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
