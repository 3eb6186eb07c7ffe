"""From a folder of photos to an answer, as `python -m benchmarks.folder_to_answer` measured it."""

from collections.abc import Iterator

from evidence.results.stored import stored
from evidence.results.table import Table, minutes, provenance, share

TITLES = {
    "inception_v3": "Inception-v3, pretrained",
    "vgg16": "VGG16, pretrained",
    "resnet50": "ResNet-50, pretrained",
    "none": "Inception-v3 to Mixed_5b, from scratch",
}


def tables() -> Iterator[Table]:
    found = stored("docs/own_photos.json")
    if found is None:
        return
    steps = ("training_seconds", "export_seconds", "answer_seconds")
    rows = [
        [
            TITLES.get(row["network"], row["network"]),
            *(minutes(row[step]) for step in steps),
            minutes(sum(row[step] for step in steps)),
            share(row["accuracy"], row["interval"], 1),
            f"{row['n_test']:,}",
        ]
        for row in found["rows"]
    ]
    header = ("network", "training", "export and card", "first answer", "in all", "test accuracy", "n")
    note = (
        f"{found['photos']}: {found['n']:,} in {found['classes']} class folders, with the defaults for photos that "
        "nobody tuned for and an empty cache. The accuracy is that of the exported file."
    )
    yield Table("From a folder to an answer", header, rows, **provenance(found), note=note)
