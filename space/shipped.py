"""The folder of exported models, as the tabs see it: each file is opened once, whichever tabs ask for it."""

from pathlib import Path

from fovea import Model, load


class ShippedModels:
    """The models in one folder. `threads` are those of one inference; None takes what the container allows."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        self.folder = folder
        self.threads = threads
        self._opened: dict[str, Model] = {}

    def get(self, name: str) -> Model:
        """The model of the file `name`.onnx. Raises ModelFileError where it is missing."""
        if name not in self._opened:
            self._opened[name] = load(self.folder / f"{name}.onnx", threads=self.threads)
        return self._opened[name]

    def find(self, name: str) -> Model | None:
        """As `get`, for a file that a tab can do without: None where it is missing."""
        return self.get(name) if (self.folder / f"{name}.onnx").is_file() else None
