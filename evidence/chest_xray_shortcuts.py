"""The report's sections on what the network may have learned besides the lungs."""

import dataclasses
from typing import Any

from evidence.chest_xray_findings import LEFT_OUT_BOUND, Evidence, left_out_title, recognised_patients
from evidence.darkcovidnet import PUBLISHED_ACCURACY, another_recipe
from evidence.markdown import shown, table
from evidence.run_settings import Settings, differing, in_words, training_command
from evidence.shortcuts import MASKS, RIM
from fovea.listing import all_of
from training.data.chest_xray_sources import source_of
from training.recipes.chest_xray import DEFAULT
from training.within_sources import WITHIN

HIGH_AUC = 0.8  # from here on a probe that should know nothing knows a lot
NEAR_CHANCE = 0.6  # up to here it knows next to nothing
FROZEN = "left_out"  # name of the run that the report proposes
HEAD_EPOCHS = 6  # of heads that are trained alone


def sources_left_out(evidence: Evidence) -> str:
    sources = evidence["sources"]
    title = "## Sources left out of training"
    if not sources["rows"]:
        return f"{title}\n\n{_how_to_leave_out(evidence['settings'])}"
    rows = [
        [
            left_out_title(row),
            f"{row['auroc']['n']:,}",
            f"{row['n positive']:,}",
            shown(row["auroc"]),
            "yes" if row["auroc"]["value"] >= LEFT_OUT_BOUND else "no",
        ]
        for row in sources["rows"]
    ]
    header = ["films", "n", "of these positive", "AUC", f"at least {LEFT_OUT_BOUND:.2f}"]
    parts = [
        title,
        f"Each network was trained without any film of one source or of its patients, and judged on films of that "
        f"source{_judged(sources['settings'])}. {_networks(sources['settings'], evidence['settings'])}",
        table(header, rows),
        _same_hospitals(sources["rows"]),
    ]
    return "\n\n".join(part for part in parts if part)


def _judged(settings: Settings) -> str:
    is_corrected = settings["labels"] == "corrected"
    return ". Films whose disease no radiologist had looked for were left out" if is_corrected else ""


def _networks(settings: Settings, shipped: Settings) -> str:
    """How the networks differ from the shipped one, by the settings of both."""
    differences = differing(settings, shipped)
    differences.pop("leave_out", None)
    differences.pop("train_folds", None)  # how many folds were trained beside
    if not differences:
        return "The settings are those of the shipped network."
    words = f"Settings that differ from those of the shipped network: {in_words(differences)}."
    if settings["tune_epochs"] == 0 < shipped["tune_epochs"]:
        return (
            "The backbone of these networks was not tuned. Their head alone was trained, on what the frozen backbone "
            f"gives. The shipped network's backbone was tuned, so this is not its own figure. {words}"
        )
    return words


def _how_to_leave_out(settings: Settings) -> str:
    """What to call where no source was left out: with the shipped settings, and with the head alone."""
    with_all = settings | {"leave_out": True, "train_folds": 0}
    head_alone = with_all | {"tune_epochs": 0, "head_epochs": settings["head_epochs"] or HEAD_EPOCHS}
    folder = dataclasses.replace(DEFAULT, name=FROZEN).folder
    return (
        "The sources were not left out in this run. How the network does on a source that it never saw is therefore "
        f"known from the films of other hospitals alone. `{training_command(with_all)} --name {FROZEN}` trains a "
        f"network without each of them. `{training_command(head_alone)} --name {FROZEN}` trains their heads alone, on "
        f"features that are computed once. `python -m evidence chest_xray --redo sources --left-out-run "
        f"{folder.as_posix()}` then takes the figures from there."
    )


def _same_hospitals(rows: list[dict[str, Any]]) -> str:
    """Whose films stay in the training although they were taken in the same hospital."""
    alone = [row["sources"] for row in rows]
    if ["nih"] in alone and ["rsna"] in alone:
        nih, rsna = source_of("nih").name, source_of("rsna").name
        return f"{rsna} took its films from {nih}. Where one of the two is left out, the other stays in the training."
    return ""


def shortcuts(evidence: Evidence) -> str:
    found, settings = evidence["shortcuts"], evidence["settings"]
    probes, of_file = found["probes"], found["file"]
    n = next(iter(probes.values()))["n"]
    some = f"{n:,} films" if n == found["films"] else f"{n:,} of the {found['films']:,} films"
    best = max(row["macro_auroc"]["value"] for row in probes.values())
    masked = {name: row for name, row in of_file.items() if name in MASKS}
    border = settings["film_border"]
    hides = f", which hides the outer {border * 100:.0f} % of each side of a film itself" if border else ""
    return "\n\n".join(
        [
            "## How much can be told without the lungs",
            f"Probes are small classifiers on {some} outside the test fold, in five folds by patient. Two are linear, "
            f"on features of the frozen backbone. One sees only the rim of a film ({RIM * 100:.0f} % of each side), "
            "the other a film whose lungs a box hides. A third has six numbers of each file.",
            _probes_table(probes),
            f"Over all sources together they reach a macro AUC of {best:.3f}. {_pooled(best)} "
            f"{_within(probes, 'a probe')}",
            f"The shipped file{hides}, on films of the test fold:",
            _probes_table(of_file, {"not answered": "not answered"}),
            _within(masked, "the file on masked films"),
        ]
    )


def _probes_table(rows: dict[str, Any], more: dict[str, str] | None = None) -> str:
    """A column for each of `rows`, a line for each figure, those of WITHIN last."""
    pooled = {"accuracy": "all, accuracy", "macro_auroc": "all, macro AUC"} | (more or {})
    lines = [[title, *(shown(row[key]) for row in rows.values())] for key, title in pooled.items()]
    lines += [
        [within.title, *(shown(row["within"][within.key]) for row in rows.values())]
        for within in WITHIN
        if all(within.key in row["within"] for row in rows.values())
    ]
    return table(["films", *rows], lines)


def _pooled(best: float) -> str:
    if best < HIGH_AUC:
        return "In this data the class is hard to read off anything but the lungs."
    return (
        "In this data the class can largely be read off the rim, the position and the processing of a film. Figures "
        "over all sources are therefore no measure of what the network knows of lungs. Those within a source and of "
        "sources left out come closer."
    )


def _within(rows: dict[str, Any], who: str) -> str:
    """Whether one that sees no lung falls to near chance where the source gives nothing away."""
    titles = {within.key: within.title for within in WITHIN}
    found = [(figure, name, titles[key]) for name, row in rows.items() for key, figure in row["within"].items()]
    if not found:
        return "No source has enough films of two classes to judge this within it."
    high = [one for one in found if one[0]["value"] > NEAR_CHANCE]
    if not high:
        return f"Within every source {who} falls to near chance: no AUC is above {NEAR_CHANCE:.2f}."
    figure, name, title = max(found, key=lambda one: float(one[0]["value"]))
    return (
        f"Within sources {who} has an AUC above {NEAR_CHANCE:.2f} in {len(high)} of {len(found)} cases. There too a "
        f"part can be told without the lungs. The highest is {shown(figure)} ({title}, {name})."
    )


def darkcovidnet(evidence: Evidence) -> str:
    """Empty where the protocol was not run."""
    kinds = {"darkcovidnet_random": "random five-fold", "darkcovidnet_by_patient": "five-fold by patient"}
    found = {name: evidence[key] for key, name in kinds.items() if key in evidence}
    if not found:
        return ""
    rows = []
    for name, dark in found.items():
        settings = dark["settings"]
        is_changed = settings["photometric"] > 0 or settings["balance"] > 0 or settings.get("mix_sources", False)
        has_measures = settings["film_border"] is not None or is_changed
        rows.append(
            [
                name,
                f"{settings['head_epochs']} + {settings['tune_epochs']}",
                "yes" if has_measures else "no",
                shown(dark["accuracy"]),
                shown(dark["macro_auroc"]),
                shown(dark["classes"]["covid19"]["recall"]),
                ", ".join(f"{value:.3f}" for value in dark["accuracy by fold"]),
            ]
        )
    header = ["folds", "epochs", "measures", "accuracy", "macro AUC", "COVID-19 recall", "accuracy by fold"]
    first = next(iter(found.values()))
    parts = [
        "## The protocol of DarkCovidNet",
        f"Networks were trained afresh on the {first['n']:,} films of Ozturk et al. 2020. The table counts epochs of "
        "the head and of fine-tuning, with or without the recipe's measures against shortcuts. The paper reports an "
        f"accuracy of {PUBLISHED_ACCURACY:.4f} by random five-fold after 100 epochs. It had films of one patient in "
        "training and test. Labels and patients are those that the films were published with. The shipped file has no "
        f"part in these figures. {_recipe(found, evidence['settings'])}",
        table(header, rows),
    ]
    if set(kinds) | {"darkcovidnet_patients"} <= evidence.keys():
        parts.append(recognised_patients(evidence))
    return "\n\n".join(parts)


def _recipe(found: dict[str, Evidence], shipped: Settings) -> str:
    """Whether these networks are of the shipped recipe or of an earlier one."""
    differences = {name: another_recipe(dark["settings"], shipped) for name, dark in found.items()}
    others = {name: words for name, words in differences.items() if words}
    if not others:
        return "The recipe is that of the shipped network, without its measures against shortcuts."
    which = "They" if len(others) == len(found) else f"Those by {all_of(others)}"
    return f"{which} are of another recipe than the shipped network: {in_words(next(iter(others.values())))}."
