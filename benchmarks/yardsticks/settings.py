"""What every yardstick reads from its environment, and what it answers."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fovea import Model, Prediction, load


@dataclass(frozen=True)
class Settings:
    """How one server uses the CPUs.

    It has `processes` copies of the model, `slots` predictions at a time in each of them, and `threads` onnxruntime
    threads for one prediction.
    """

    model: Path
    processes: int
    slots: int
    threads: int

    def open_model(self) -> Model:
        return load(self.model, threads=self.threads, providers=["CPUExecutionProvider"])


def read_settings() -> Settings:
    return Settings(
        model=Path(os.environ.get("YARDSTICK_MODEL", "models/chest_xray.onnx")),
        processes=int(os.environ.get("YARDSTICK_PROCESSES", "2")),
        slots=int(os.environ.get("YARDSTICK_SLOTS", "1")),
        threads=int(os.environ.get("YARDSTICK_THREADS", "1")),
    )


def answer(prediction: Prediction) -> dict[str, Any]:
    """As JSON can hold it; probabilities in the order of the model's classes."""
    return {"probabilities": prediction.probabilities.tolist(), "ood_score": prediction.ood_score}
