"""Films that show something else than its classes: an effusion, a mass, a large heart. No class is right for them."""

from collections import Counter
from typing import Any

import numpy as np

from evidence.outputs import film_pixels, run
from evidence.performance import share_of
from fovea import Model
from fovea.decision import is_answered, is_unlike_training
from training.data.chest_xray import CLASSES, Films
from training.data.chest_xray_labels import MAYBE_PNEUMONIA

LABEL = "other_finding"
MIN_FILMS = 20  # of a finding that gets a row of its own
NO_ROW = {*MAYBE_PNEUMONIA, "No Finding"}  # words of reports that radiologists did not find right


def evidence(model: Model, films: Films) -> dict[str, Any]:
    """How many of `films` get which answer, and for what reason others get none; `by finding` the same for each."""
    if not len(films):
        return {"n": 0}
    outputs = run(model, film_pixels(model, films))
    is_unlike = is_unlike_training(outputs.ood_scores)
    is_kept = is_answered(outputs.probabilities, outputs.ood_scores, model.spec)
    predicted = outputs.probabilities.argmax(axis=1)

    def row(indices: list[int]) -> dict[str, Any]:
        patients = [films.patients[index] for index in indices]
        answered = {name: share_of((is_kept & (predicted == k))[indices], patients) for k, name in enumerate(CLASSES)}
        return {
            "n": len(indices),
            "patients": len(set(patients)),
            "unlike a frontal chest film": share_of(is_unlike[indices], patients),
            "not sure": share_of((~is_unlike & ~is_kept)[indices], patients),
            "answered": answered,
        }

    counts = Counter(finding for film in films.known for finding in film.findings)
    members = {
        finding: [index for index, film in enumerate(films.known) if finding in film.findings]
        for finding, count in counts.most_common()
        if count >= MIN_FILMS and finding not in NO_ROW
    }
    return row(np.arange(len(films)).tolist()) | {"by finding": {name: row(found) for name, found in members.items()}}
