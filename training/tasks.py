"""The tasks, and by convention where the parts of each are: its export is `export.TASK`."""

from collections.abc import Iterable

from fovea.listing import either

# task: its networks, each with the module of its recipe; the first is the default
TASKS = {
    "digits": {"lenet5": "training.recipes.digits"},
    "flowers": {"inception_v3": "training.recipes.flowers"},
    "chest_xray": {"inception_v3": "training.recipes.chest_xray"},
    "objects": {"googlenet": "training.recipes.objects", "inception_v3": "training.recipes.objects_transfer"},
}


def default_network(task: str) -> str:
    return next(iter(TASKS[task]))


def not_a_task(given: str | None, allowed: Iterable[str] = TASKS) -> str:
    """What is wrong with a word that is in no table of tasks; None, or an option, stands where no task was named."""
    if given is None or given.startswith("-"):
        return f"Name a task: {either(allowed)}."
    return f"There is no task {given!r}. Choose {either(allowed)}."
