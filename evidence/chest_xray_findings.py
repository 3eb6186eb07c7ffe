"""What the evidence comes to, weighed by rules and not by hand: targets met or missed, and what speaks against it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from evidence.not_frontal import ALL
from evidence.within_sources import figures_by_key
from fovea.listing import all_of
from training.data.chest_xray_sources import source_of
from training.within_sources import WITHIN

Evidence = dict[str, Any]
WITHIN_BOUNDS = {
    "siim_auroc": 0.94,
    "rsna_auroc": 0.965,
    "rsna_pa_auroc": 0.93,
    "rsna_ap_auroc": 0.93,
    "nih_auroc": 0.85,
    "kermany_auroc": 0.98,
}
LEFT_OUT_BOUND = 0.8


@dataclass(frozen=True)
class Target:
    """A bound that the project set itself; `figure` has value, interval and n."""

    name: str
    bound: float
    is_upper: bool
    figure: dict[str, Any]

    @property
    def is_met(self) -> bool:
        value: float = self.figure["value"]
        return value <= self.bound if self.is_upper else value >= self.bound

    @property
    def outcome(self) -> str:
        """Met or missed, and whether the interval leaves that open."""
        interval = self.figure.get("interval")
        is_open = interval is not None and interval[0] < self.bound < interval[1]
        return ("met" if self.is_met else "missed") + (" (the bound is inside the interval)" if is_open else "")


def targets(evidence: Evidence) -> list[Target]:
    """Those that the evidence has a figure for."""
    test, external = evidence["test"], evidence["external"]
    answered, covid = external["answered"], external["classes"].get("covid19", {})
    at_least = [
        *_within_bounds(test),
        ("other hospitals, macro AUC", 0.86, external["macro_auroc"]),
        ("other hospitals, accuracy", 0.80, external["accuracy"]),
        ("other hospitals, COVID-19 recall", 0.75, covid.get("recall")),
        ("other hospitals, COVID-19 precision", 0.80, covid.get("precision")),
        ("other hospitals, share of films answered", 0.40, answered["answered"]),
        ("other hospitals, accuracy of the answers", 0.85, answered["accuracy of the answers"]),
        ("laterals and CT slices, refused by the score", 0.95, evidence["not_frontal"][ALL]["refused"]),
        *((f"{left_out_title(row)} AUC", LEFT_OUT_BOUND, row["auroc"]) for row in evidence["sources"]["rows"]),
    ]
    lower = [Target(name, bound, False, figure) for name, bound, figure in at_least if figure is not None]
    return [*lower, Target("test fold, calibration error", 0.03, True, test["ece"])]


def _within_bounds(test: Evidence) -> Iterable[tuple[str, float, dict[str, Any] | None]]:
    found = figures_by_key(test["within"])
    return [
        (f"test fold, {within.title}, AUC", WITHIN_BOUNDS[within.key], found.get(within.key))
        for within in WITHIN
        if within.key in WITHIN_BOUNDS
    ]


def left_out_title(row: Evidence) -> str:
    """As in "RSNA 2018 left out of training, normal against pneumonia"."""
    names = all_of(source_of(name).name for name in row["sources"])
    return f"{names} left out of training, {row['negative']} against {row['positive']}"


def hottest_points(boxes: dict[str, Any]) -> str:
    """How often the hottest point of a heatmap lay where radiologists saw the pneumonia."""
    hit = boxes["hottest point inside"]
    low, high = hit["interval"]
    return (
        f"The hottest point was inside a radiologist's box in {round(hit['value'] * hit['n'])} of {hit['n']} films "
        f"(95 % interval {low * 100:.0f} to {high * 100:.0f} %)"
    )


def recognised_patients(evidence: Evidence) -> str:
    """What the random folds could give away, at most."""
    shared, by_patient = evidence["darkcovidnet_patients"], evidence["darkcovidnet_by_patient"]["accuracy"]["value"]
    known, n = shared["same class"], shared["n"]
    bound = (known + (n - known) * by_patient) / n
    return (
        f"In the random folds {shared['shared']} of {shared['nih']:,} held-out NIH films have a film of their patient "
        f"in the training. For {known} of them it is of their own class. Suppose a network answered these {known} "
        f"right by the patient alone, and all others as in the folds by patient. It would reach {bound:.3f}."
    )
