"""What a tab is, and the tabs of models that have none of their own."""

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from fovea import Model
from fovea.listing import all_of
from space.model_folder import ModelFolder
from space.public.page_head import SITE, Head
from space.tabs import any_model

MOST_NAMED = 10  # classes in a sentence


@dataclass(frozen=True)
class Tab:
    """`fill` builds it, `name` is that of its endpoint, and `files` are the models that it is made for.

    `summary` tells in a sentence or two what one does there. It stands on the tab and in links to it. `caution` stands
    behind it in links, where the tab itself has a warning.
    """

    name: str
    title: str
    fill: Callable[[ModelFolder], None]
    files: tuple[str, ...]
    summary: str
    caution: str = ""

    @property
    def head(self) -> Head:
        """What the page says of itself where a link names this tab."""
        return Head(f"{self.title} · {SITE}", f"{self.summary} {self.caution}".strip())

    @property
    def link(self) -> str:
        """The tab as it stands in a link: "Feature maps" is ?tab=feature-maps."""
        return self.title.lower().replace(" ", "-")

    def has_models(self, models: ModelFolder) -> bool:
        """Whether the folder holds one of its files, which may be patterns."""
        return any(any(models.folder.glob(f"{file}.onnx")) for file in self.files)


def with_other_models(tabs: Sequence[Tab], models: ModelFolder) -> list[Tab]:
    """Those of `tabs` that have a model, and behind them one for each that names classes and belongs to none."""
    shown = [tab for tab in tabs if tab.has_models(models)]
    for model in models.classifiers(without=tuple(file for tab in tabs for file in tab.files)):
        shown.append(_tab_of(model, shown))
    return shown


def _tab_of(model: Model, others: Sequence[Tab]) -> Tab:
    """Named after the task, or after the file where another tab has that name."""
    taken = {word for tab in others for word in (tab.name, tab.link)}
    classes = model.spec.classes
    named = f": {all_of(classes)}" if len(classes) <= MOST_NAMED else ""
    summary = f"Show the network a photo. It knows {len(classes)} classes{named}."
    tabs = (
        Tab(name, name.replace("_", " ").capitalize(), partial(_fill, model, name), (model.path.stem,), summary)
        for name in _names(model)
    )
    return next(tab for tab in tabs if tab.name and not {tab.name, tab.link} & taken)


def _fill(model: Model, name: str, _models: ModelFolder) -> None:
    any_model.build(model, name)


def _names(model: Model) -> Iterator[str]:
    """Names for the endpoint, the best first, without end."""
    file = model.path.stem
    numbered = (f"{file}_{number}" for number in itertools.count(2))
    for words in itertools.chain([model.spec.task, file], numbered):
        yield re.sub(r"\W+", "_", words.lower()).strip("_")
