"""Films that show something else than its classes: an effusion, a mass, a large heart. No class is right for them."""

from collections import Counter
from typing import Any

import numpy as np

from evidence.outputs import Outputs, film_pixels, run
from evidence.outside import told_apart
from evidence.performance import share_of
from fovea import Model
from training.data.chest_xray import CLASSES, Films
from training.data.chest_xray_labels import MAYBE_PNEUMONIA

MIN_FILMS = 20  # of a finding that gets a row of its own
NO_ROW = {*MAYBE_PNEUMONIA, "No Finding"}  # words of reports that radiologists did not find right


def evidence(model: Model, films: Films, test: Films, seen: Outputs) -> dict[str, Any]:
    """How many of `films` get which answer, and for what reason others get none; `by finding` the same for each.

    "accuracy of the answers, test fold with these" takes every answer to one of them for wrong. `told apart` has how
    well the file's score for another finding tells them from the films of `test`, whose outputs are `seen`: within a
    source, so that the source gives nothing away.
    """
    if not len(films):
        return {"n": 0}
    outputs = run(model, film_pixels(model, films))
    is_unlike, is_other = outputs.is_unlike_training, outputs.shows_other_finding
    is_kept = outputs.is_answered(model.spec)
    predicted = outputs.probabilities.argmax(axis=1)

    def row(indices: list[int]) -> dict[str, Any]:
        patients = [films.patients[index] for index in indices]
        answered = {name: share_of((is_kept & (predicted == k))[indices], patients) for k, name in enumerate(CLASSES)}
        return {
            "n": len(indices),
            "patients": len(set(patients)),
            "unlike a frontal chest film": share_of(is_unlike[indices], patients),
            "another finding": share_of((~is_unlike & is_other)[indices], patients),
            "not sure": share_of((~is_unlike & ~is_other & ~is_kept)[indices], patients),
            "answered": answered,
        }

    counts = Counter(finding for film in films.known for finding in film.findings)
    members = {
        finding: [index for index, film in enumerate(films.known) if finding in film.findings]
        for finding, count in counts.most_common()
        if count >= MIN_FILMS and finding not in NO_ROW
    }
    is_right = seen.probabilities.argmax(axis=1) == test.photos.labels.numpy()
    return row(np.arange(len(films)).tolist()) | {
        "accuracy of the answers, test fold with these": share_of(
            np.r_[is_right, np.zeros(len(films), dtype=bool)],
            [*test.patients, *films.patients],
            among=np.r_[seen.is_answered(model.spec), is_kept],
        ),
        "by finding": {name: row(found) for name, found in members.items()},
        "told apart": _told_apart(outputs, films, seen, test),
    }


def _told_apart(outputs: Outputs, films: Films, seen: Outputs, test: Films) -> list[dict[str, Any]]:
    """A row for each source of the films, and each class of the test films from it."""
    if outputs.other_findings is None or seen.other_findings is None:
        return []
    rows = []
    for source in dict.fromkeys(films.sources):
        others = films.indices(sources=[source])
        for label in CLASSES:
            known = test.indices(sources=[source], labels=[label])
            if known:
                auroc = told_apart(
                    seen.other_findings[known],
                    [test.patients[index] for index in known],
                    outputs.other_findings[others],
                    [films.patients[index] for index in others],
                )
                rows.append(
                    {"source": source, "class": label, "n others": len(others), "n": len(known), "auroc": auroc}
                )
    return rows
