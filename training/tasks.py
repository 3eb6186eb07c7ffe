"""The tasks, and by convention where the parts of each are: its export is `export.TASK`."""

from collections.abc import Iterable

# task: its networks, each with the module of its recipe; the first is the default
TASKS = {
    "digits": {"lenet5": "training.recipes.digits"},
    "flowers": {"inception_v3": "training.recipes.flowers"},
    "chest_xray": {"inception_v3": "training.recipes.chest_xray"},
    "objects": {"googlenet": "training.recipes.objects", "inception_v3": "training.recipes.objects_transfer"},
}


def default_network(task: str) -> str:
    return next(iter(TASKS[task]))


def either(names: Iterable[str]) -> str:
    """Names in prose: "digits, flowers or objects"."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def not_a_task(given: str | None, allowed: Iterable[str] = TASKS) -> str:
    """What is wrong with a word that is in no table of tasks; None, or an option, stands where no task was named."""
    if given is None or given.startswith("-"):
        return f"Name a task: {either(allowed)}."
    return f"There is no task {given!r}: name {either(allowed)}."
