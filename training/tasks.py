"""The tasks, and by convention where the parts of each are: its export is `export.TASK`."""

from collections.abc import Iterable

from fovea.listing import either

# task: its networks, each with the module of its recipe; the first is the default
TASKS = {
    "digits": {"lenet5": "training.recipes.digits"},
    "flowers": {"inception_v3": "training.recipes.flowers"},
    "chest_xray": {"inception_v3": "training.recipes.chest_xray"},
    "objects": {"googlenet": "training.recipes.objects", "inception_v3": "training.recipes.objects_transfer"},
    "folder": {"transfer": "training.recipes.folder"},
}
FOLDER = "folder"  # photos of one's own: each run is a model file of its own, named after the run
FEATURES = "features"  # begins the name of each file that shows layers


def default_network(task: str) -> str:
    return next(iter(TASKS[task]))


def file_name(task: str, network: str) -> str:
    """Of the model file, without its ending."""
    return task if network == default_network(task) else f"{task}_{network}"


def is_taken(name: str) -> bool:
    """Whether a model file or a card of that name would stand in place of one of ours."""
    files = {file_name(task, network) for task in TASKS for network in TASKS[task]}
    # some disks take "Flowers" for "flowers"
    return name.casefold().startswith(FEATURES) or name.casefold() in files | {"readme", "license"}


def not_a_task(given: str | None, allowed: Iterable[str] = TASKS) -> str:
    """What is wrong with a word that is in no table of tasks; None, or an option, stands where no task was named."""
    if given is None or given.startswith("-"):
        return f"Name a task: {either(allowed)}."
    return f"There is no task {given!r}. Choose {either(allowed)}."
