"""The folder of exported models, as the tabs see it: each file is opened once, whichever tabs ask for it."""

import logging
from collections.abc import Iterator
from pathlib import Path

from fovea import FoveaError, Model, load
from fovea.errors import UnexpectedAnswersError

log = logging.getLogger(__name__)


class ModelFolder:
    """The models in one folder. `threads` are those of one inference; None takes what the container allows."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        self.folder = folder
        self.threads = threads
        self._opened: dict[str, Model] = {}
        self._damaged: set[str] = set()
        self.untrusted: list[str] = []
        """the files that were opened and do not answer on this machine as they should"""

    def get(self, name: str) -> Model:
        """The model of the file `name`.onnx. Raises ModelFileError where it is missing."""
        if name not in self._opened:
            model = load(self.folder / f"{name}.onnx", threads=self.threads)
            try:
                model.check_answers()
            except UnexpectedAnswersError as error:
                self.untrusted.append(name)
                log.error("%s", error)
            self._opened[name] = model
        return self._opened[name]

    def find(self, name: str) -> Model | None:
        """As `get`, for a file that a tab can do without: None where it is missing."""
        return self.get(name) if (self.folder / f"{name}.onnx").is_file() else None

    def all(self) -> Iterator[Model]:
        """Every model that can be opened, by name. Of each other file a warning in the log says once what is wrong."""
        for name in sorted(path.stem for path in self.folder.glob("*.onnx")):
            if name in self._damaged:
                continue
            try:
                yield self.get(name)
            except FoveaError as error:
                self._damaged.add(name)
                log.warning("The app leaves out %s.onnx. %s", name, error)

    def classifiers(self, without: tuple[str, ...] = ()) -> list[Model]:
        """The models that name classes, but for the files `without`."""
        return [model for model in self.all() if "probabilities" in model.outputs and model.path.stem not in without]

    def measured(self) -> list[Model]:
        """The models whose accuracy on test images is known."""
        return [model for model in self.classifiers() if model.spec.metric("accuracy")]
