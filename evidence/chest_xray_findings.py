"""What the evidence comes to, weighed by rules and not by hand: targets met or missed, and what speaks against it."""

from dataclasses import dataclass
from typing import Any

from fovea.listing import all_of

Evidence = dict[str, Any]
TITLES = {"nih": "NIH", "kermany": "Kermany", "rsna": "RSNA", "siim": "SIIM and BIMCV"}


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
    folds, test = evidence["cross_validation"], evidence["test"]
    return [
        Target("macro AUC, grouped cross-validation", 0.985, False, folds.get("pooled", folds)["macro_auroc"]),
        Target("NIH test films, normal against pneumonia AUC", 0.80, False, test["NIH"]["auroc"]),
        Target("DarkCovidNet protocol, accuracy", 0.90, False, evidence["darkcovidnet_random"]["accuracy"]),
        Target("calibration error, test fold", 0.03, True, test["ece"]),
    ]


def left_out(evidence: Evidence) -> dict[str, str]:
    """The sources that a network was trained without, with their titles."""
    names = [key.removeprefix("unseen ") for key in evidence["sources"]["after"]]
    return {name: TITLES.get(name, name) for name in names}


def rule_of_choice(evidence: Evidence) -> str:
    """By what the shipped form was chosen, and what speaks against it: films within NIH, and other hospitals."""
    plain = evidence["without_measures"]
    gains = [_gain(evidence["sources"], key, title) for key, title in left_out(evidence).items()]
    named = (("accuracy", "accuracy", True), ("macro_auroc", "macro AUC", True), ("ece", "calibration error", False))
    external = plain["external"]
    improved = sum(_is_better(external["change"][key], more_is_better) for key, _, more_is_better in named)
    outcome = {0: "None of the three", len(named): "All three"}.get(improved, f"{improved} of the three")
    moves = [_moved(external, evidence["external"], key, title) for key, title, _ in named]
    within = _moved(plain["nih"], evidence["test"]["NIH"], "auroc", "AUC")
    return (
        f"The shipped form was chosen by the AUC on sources left out of training ({', '.join(gains)}). Within NIH the "
        f"{within}. Films of other hospitals had no part in the choice: there {all_of(moves)}. {outcome} improved "
        "beyond the interval."
    )


def _is_better(change: Evidence, more_is_better: bool) -> bool:
    """Whether the whole interval of the change lies on the good side."""
    low, high = change["interval"]
    return bool(low > 0 if more_is_better else high < 0)


def _gain(sources: Evidence, key: str, title: str) -> str:
    before, after = (sources[form][f"unseen {key}"]["auroc"] for form in ("before", "after"))
    is_open = before["interval"][0] <= after["value"] <= before["interval"][1]
    return f"{title} {before['value']:.3f} to {after['value']:.3f}{', within the interval' if is_open else ''}"


def _moved(plain: Evidence, shipped: Evidence, key: str, title: str) -> str:
    """From what to what, with the interval of the change."""
    change, before, after = plain["change"][key], plain[key]["value"], shipped[key]["value"]
    if change["value"] == 0:
        return f"{title} stayed at {before:.3f}"
    low, high = change["interval"]
    return (
        f"{title} {'rose' if after > before else 'fell'} from {before:.3f} to {after:.3f} (by {change['value']:+.3f}, "
        f"{low:+.3f} to {high:+.3f})"
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
