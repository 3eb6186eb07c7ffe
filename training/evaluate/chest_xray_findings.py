"""What the evidence comes to, weighed by rules and not by hand: targets met or missed, and what speaks against it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from export.runtime import ModelSpec
from training.metrics import accuracy_interval

Evidence = dict[str, Any]
LEFT_OUT = {"nih": "NIH", "kermany": "Kermany"}


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


def targets(evidence: Evidence, spec: ModelSpec) -> list[Target]:
    folds, test = evidence["cross_validation"], evidence["test"]
    found = [
        Target("macro AUC, grouped cross-validation", 0.985, False, folds.get("pooled", folds)["macro_auroc"]),
        Target("NIH test films, normal against pneumonia AUC", 0.80, False, test["NIH"]["auroc"]),
        Target("DarkCovidNet protocol, accuracy", 0.90, False, evidence["darkcovidnet_random"]["accuracy"]),
        Target("calibration error, test fold", 0.03, True, test["ece"]),
    ]
    kept = spec.metric("in_distribution", "val")
    if kept is not None:
        interval = accuracy_interval(round(kept.value * kept.n), kept.n)
        figure = {"value": kept.value, "interval": interval, "n": kept.n}
        found.append(Target("validation films that the score keeps", 0.98, False, figure))
    return found


def rule_of_choice(evidence: Evidence) -> str:
    """By what the shipped form was chosen, and what other hospitals say of it."""
    before, after = evidence["sources"]["before"], evidence["sources"]["after"]
    gains = [
        f"{title} {before[f'unseen {key}']['auroc']['value']:.3f} to {after[f'unseen {key}']['auroc']['value']:.3f}"
        for key, title in LEFT_OUT.items()
    ]
    named = (("accuracy", "accuracy", True), ("macro_auroc", "macro AUC", True), ("ece", "calibration error", False))
    changes, improved = [], 0
    for key, title, more_is_better in named:
        old, new = before["external"][key]["value"], evidence["external"][key]["value"]
        moved = f"{'rose' if new > old else 'fell'} from {old:.3f} to {new:.3f}"
        changes.append(f"{title} {moved if new != old else f'stayed at {old:.3f}'}")
        improved += (new > old) if more_is_better else (new < old)
    outcome = {0: "none of the three improved", len(named): "all three improved"}.get(
        improved, f"{improved} of the three improved"
    )
    return (
        f"The shipped form was chosen by the AUC on sources left out of training ({', '.join(gains)}), not by films of "
        f"other hospitals: there {_listed(changes)}; {outcome}."
    )


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
        f"in the training, {known} of them one of their own class. A network that answered these {known} right by the "
        f"patient alone, and all others as in the folds by patient, would reach {bound:.3f}."
    )


def _listed(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
