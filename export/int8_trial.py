"""Whether int8 is to ship: as good as float32, faster, and the same whatever onnxruntime makes of its graph."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import onnx
from numpy.typing import NDArray

from export.batches import run
from export.calibration import CALIBRATIONS, Calibration
from export.half_weights import with_half_weights
from export.heatmap_correlation import heatmap_correlations
from export.judge import Judge, compared, moved
from export.latency import median_latency
from export.model_file import opened
from export.quantize import Quantizer
from fovea import Model
from fovea.expected import TOLERANCE
from fovea.listing import all_of
from fovea.processor import described
from training.markdown_table import markdown_table

ROUNDS = 10  # of the two taking turns at one image
LADDER = (0, 1, 2, 4, 8)  # how many stages at the end stay float, until one is enough


@dataclass(frozen=True, eq=False)
class Trial:
    """One int8 form, with `float_stages` left float at the end.

    `figure` is that on validation images, `move` how far the optimizations move a probability.
    """

    calibration: Calibration
    float_stages: int
    proto: onnx.ModelProto
    figure: float
    move: float

    @property
    def precision(self) -> str:
        return "int8 and float32" if self.float_stages else "int8"

    @property
    def is_steady(self) -> bool:
        return self.move <= TOLERANCE


@dataclass(frozen=True)
class Rung:
    """A trial, and the seconds that an image takes by it and by the float form."""

    trial: Trial
    seconds: float
    float_seconds: float

    @property
    def is_faster(self) -> bool:
        return self.seconds < self.float_seconds


class Bench:
    """Makes int8 forms of `float_form` with ranges from `training_pixels`, and measures them on validation `pixels`."""

    def __init__(
        self,
        float_form: onnx.ModelProto,
        training_pixels: NDArray[np.uint8],
        pixels: NDArray[np.uint8],
        labels: NDArray[np.int64],
        judge: Judge,
    ) -> None:
        self.quantizer = Quantizer(float_form, training_pixels)
        self.float_model: Model = opened(float_form)
        self.pixels, self.labels, self.judge = pixels, labels, judge

    @cached_property
    def float_figure(self) -> float:
        return self.judge.figure(run(self.float_model, self.pixels)["probabilities"], self.labels)

    def trial(self, calibration: Calibration, float_stages: int = 0) -> Trial:
        proto = with_half_weights(self.quantizer.int8(calibration, float_stages), self.pixels)
        found = run(opened(proto), self.pixels)["probabilities"]
        figure = self.judge.figure(found, self.labels)
        return Trial(calibration, float_stages, proto, figure, moved(proto, found, self.pixels))

    def rung(self, trial: Trial) -> Rung:
        """The two forms take turns."""
        int8, one = opened(trial.proto), self.pixels[:1]
        calls = {"int8": lambda: int8.run(one), "float": lambda: self.float_model.run(one)}
        seconds = median_latency(calls, ROUNDS)
        return Rung(trial, seconds["int8"], seconds["float"])

    def is_good(self, trial: Trial) -> bool:
        return trial.is_steady and self.float_figure - trial.figure <= self.judge.max_loss


def climbed(bench: Bench, first: Trial, rung: Callable[[Trial], Rung]) -> tuple[Rung, ...]:
    """The rungs from `first` on, each with more stages float, to one that is good or no longer faster than float."""
    rungs = [rung(first)]
    for float_stages in LADDER[1:]:
        if bench.is_good(rungs[-1].trial) or not rungs[-1].is_faster or float_stages >= len(bench.quantizer.stages):
            break
        rungs.append(rung(bench.trial(first.calibration, float_stages)))
    return tuple(rungs)


def calibrated_trials(bench: Bench) -> tuple[Trial, ...]:
    """One for each way to find ranges, to the first that is good: collecting ranges takes most of an export."""
    trials: list[Trial] = []
    for calibration in CALIBRATIONS:
        trials.append(bench.trial(calibration))
        if bench.is_good(trials[-1]):
            break
    return tuple(trials)


def try_int8(bench: Bench, *, is_wanted: bool = False) -> tuple[Trial | None, str]:
    """The int8 form that is to ship, or None, and the reasons in numbers.

    `is_wanted` takes the best form that is int8 throughout, whatever it loses.
    """
    trials = calibrated_trials(bench)
    best = max(trials, key=lambda trial: (trial.is_steady, trial.figure))
    rungs = (bench.rung(best),) if is_wanted else climbed(bench, best, bench.rung)
    last = rungs[-1]
    is_kept = is_wanted or (bench.is_good(last.trial) and last.is_faster)
    outcome = "int8 was asked for" if is_wanted else "int8 is kept" if is_kept else "int8 is not kept"
    sentences = [
        f"int8 against float32 on {described()}: validation {bench.judge.name} {last.trial.figure:.4f} against "
        f"{bench.float_figure:.4f} (n = {len(bench.labels):,}). The median latency of one image is "
        f"{last.seconds * 1000:.1f} ms against {last.float_seconds * 1000:.1f} ms ({ROUNDS} turns): {outcome}.",
    ]
    explained = [
        f"Ranges by {best.calibration} are taken.",
        *_on_stages(bench, rungs),
        f"Optimizations are those of onnxruntime. The probabilities of {len(compared(bench.pixels))} validation images "
        f"with and without them differ by {TOLERANCE:g} at most in a file that ships by itself.",
        *_on_heatmaps(bench, last.trial),
    ]
    parts = " ".join(sentences), _forms(bench, trials, rungs), " ".join(explained)
    return last.trial if is_kept else None, "\n\n".join(parts)


def _forms(bench: Bench, trials: tuple[Trial, ...], rungs: tuple[Rung, ...]) -> str:
    """The table of all int8 forms; the time of those alone that were timed."""
    taken = {rung.trial: f"{rung.seconds * 1000:.1f} ms" for rung in rungs}
    every = dict.fromkeys([*trials, *(rung.trial for rung in rungs)])
    header = [
        "ranges of activations by",
        f"stages at the end left float32, of {len(bench.quantizer.stages)}",
        f"validation {bench.judge.name}",
        "optimizations move a probability by at most",
        "one image",
    ]
    return markdown_table(
        header,
        [
            [
                trial.calibration,
                str(trial.float_stages),
                f"{trial.figure:.4f}",
                f"{trial.move:.4f}",
                taken.get(trial, "-"),
            ]
            for trial in every
        ],
    )


def _on_stages(bench: Bench, rungs: tuple[Rung, ...]) -> list[str]:
    names = bench.quantizer.stage_names[len(bench.quantizer.stages) - rungs[-1].trial.float_stages :]
    return [f"The last {len(names)} stages are {all_of(names)}."] if len(rungs) > 1 and all(names) else []


def _on_heatmaps(bench: Bench, trial: Trial) -> list[str]:
    if "heatmaps" not in bench.float_model.outputs:
        return []
    alike = heatmap_correlations(bench.float_model, opened(trial.proto), compared(bench.pixels))
    return [
        f"The two heatmaps of the answer correlate by {np.median(alike):.3f} (median of {len(alike)} validation "
        f"images, {np.quantile(alike, 0.05):.3f} at the 5th percentile)."
    ]
