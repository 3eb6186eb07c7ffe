"""The shipped file beside the network that the recipe makes without its measures against shortcuts.

Both are trained on the first fold's films and calibrated on its validation films, and judged on the same films, so the
change from one to the other has an interval of its own, by the bootstrap over patients.
"""

from collections.abc import Mapping
from typing import Any

from evidence.afresh import trained_logits, without_measures
from evidence.outputs import Outputs
from evidence.performance import OVERALL, PAIR, Measure, Probabilities, each
from training.data.chest_xray import Films
from training.metrics import fit_temperature
from training.recipes.chest_xray import Config


def evidence(config: Config, train: Films, val: Films, judged: Mapping[str, tuple[Films, Outputs]]) -> dict[str, Any]:
    """`judged` names sets of films, each with the shipped file's outputs for it; "nih" are those of its test films."""
    sets = [films for films, _ in judged.values()]
    val_logits, *logits = trained_logits(without_measures(config), train, val, [val, *sets])
    temperature = fit_temperature(val_logits, val.photos.labels)
    result: dict[str, Any] = {"temperature": round(temperature, 4)}
    for (name, (films, shipped)), rows in zip(judged.items(), logits, strict=True):
        before = (rows.double() / temperature).softmax(1).numpy()
        result[name] = compared(before, shipped.probabilities, films, PAIR if name == "nih" else OVERALL)
    return result


def compared(
    before: Probabilities, after: Probabilities, films: Films, measures: Mapping[str, Measure]
) -> dict[str, Any]:
    """Each measure of `before`, and by how much that of `after` differs."""
    labels, patients, n = films.photos.labels.numpy(), films.patients, len(films)

    def change(measure: Measure, i: Any) -> float:
        return measure(after[i], labels[i]) - measure(before[i], labels[i])

    values = each(measures, lambda measure, i: measure(before[i], labels[i]), patients, n)
    return {"n": n, **values, "change": each(measures, change, patients, n, least=-1)}
