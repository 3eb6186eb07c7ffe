"""The folder of exported models, as the tabs see it: each file is opened once, when a tab first asks for it."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from fovea import FoveaError, Model, ModelHeader, load, read_header
from fovea.errors import UnexpectedAnswersError
from fovea.listing import all_of
from fovea.processor import described

log = logging.getLogger(__name__)


def do_not_trust(names: Sequence[str]) -> str:
    """One sentence on models that answer otherwise on this machine than where they were exported."""
    files, does = all_of([f"{name}.onnx" for name in names]), "does" if len(names) == 1 else "do"
    return (
        f"Do not trust {files} here. On this machine, {described()}, {files} {does} not give the answers that were "
        "stored with the model."
    )


class ModelFolder:
    """The models in one folder. `threads` are those of one inference; None takes what the container allows."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        self.folder = folder
        self.threads = threads
        self._opened: dict[str, Model] = {}
        self._headers: dict[str, ModelHeader] = {}
        self._damaged: set[str] = set()
        self.untrusted: list[str] = []
        """the files that were opened and do not answer on this machine as they should"""

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.onnx"

    def header(self, name: str) -> ModelHeader:
        """What the file says of itself. Raises ModelFileError where it is missing or damaged."""
        if name not in self._headers:
            self._headers[name] = read_header(self.path(name))
        return self._headers[name]

    def get(self, name: str) -> Model:
        """The model of the file `name`.onnx. Raises ModelFileError where it is missing."""
        if name not in self._opened:
            model = load(self.path(name), threads=self.threads)
            try:
                model.check_answers()
            except UnexpectedAnswersError as error:
                self.untrusted.append(name)
                log.error("%s", error)
            self._opened[name] = model
        return self._opened[name]

    def trusted(self, name: str) -> Model:
        """As `get`. Raises UnexpectedAnswersError where the model does not answer here as its file promises."""
        model = self.get(name)
        if name in self.untrusted:
            raise UnexpectedAnswersError(do_not_trust([name]))
        return model

    def find(self, name: str) -> Model | None:
        """As `get`, for a file that a tab can do without: None where it is missing."""
        return self.get(name) if self.path(name).is_file() else None

    def headers(self) -> Iterator[ModelHeader]:
        """What every file says of itself, by name. Of a damaged one a warning in the log says once what is wrong."""
        for path in sorted(self.folder.glob("*.onnx")):
            if path.stem in self._damaged:
                continue
            try:
                yield self.header(path.stem)
            except FoveaError as error:
                self._leave_out(path.stem, error)

    def classifiers(self, without: tuple[str, ...] = ()) -> list[Model]:
        """The models that name classes, but for the files `without`, and for those that cannot be opened."""
        wanted = [header.path.stem for header in self.headers() if header.is_classifier]
        opened = []
        for name in wanted:
            if name in without:
                continue
            try:
                opened.append(self.get(name))
            except FoveaError as error:
                self._leave_out(name, error)
        return opened

    def measured(self) -> list[Model]:
        """The models whose accuracy on test images is known."""
        return [model for model in self.classifiers() if model.spec.metric("accuracy")]

    def _leave_out(self, name: str, error: FoveaError) -> None:
        self._damaged.add(name)
        log.warning("The app leaves out %s.onnx. %s", name, error)
