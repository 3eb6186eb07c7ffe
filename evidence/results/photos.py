"""Tables on photos: what the flowers recipe was chosen by, photos in other colour spaces, photos of one's own."""

from collections.abc import Iterator
from typing import Any

from evidence.results.stored import stored
from evidence.results.table import Table, minutes, provenance, share, share_of

NETWORKS = {"inception_v3": "Inception-v3", "vgg16": "VGG16", "scratch": "Inception-v3 to Mixed_5b, from scratch"}
CHOICE = "docs/flowers/choice.json"

Row = dict[str, Any]


def frozen_cuts() -> Iterator[Table]:
    found = stored(CHOICE)
    if found is None:
        return
    rows = [[" and ".join(row["cuts"]), _accuracy(row["plain"]), _accuracy(row["mirrored"])] for row in found["frozen"]]
    header = ("Inception-v3 cut behind", "photos as they are", "with their mirror images")
    note = (
        f"Right answers of a linear classifier on frozen features, in five folds of {found['n']:,} training and "
        f"validation photos, at {found['size']} pixels."
    )
    made = provenance(found) | {name: found["frozen"][0][name] for name in ("created", "hardware")}
    yield Table("Where to cut the network", header, rows, **made, note=note)


def tuned() -> Iterator[Table]:
    found = stored(CHOICE)
    if found is None or not found["tuned"]:
        return
    rows = [
        [
            row["last_stage"],
            row["tune_from"] or "the default",
            f"{row['tune_epochs']} epochs, {row['views']} views",
            _accuracy(row["plain"]),
            f"{row['plain']['loss']:.3f}",
            _accuracy(row["mirrored"]),
        ]
        for row in found["tuned"]
    ]
    header = ("cut behind", "tuned from", "tuning", "validation accuracy", "loss", "with mirror images")
    note = f"{found['n_val']} validation photos, one run each, seed {found['tuned'][0]['seed']}."
    yield Table("Longer tuning", header, rows, **provenance(found), note=note)


def colour_profiles() -> Iterator[Table]:
    found = stored("docs/flowers/colour_profiles.json")
    if found is None:
        return
    rows = [[row["form"], share(row["accuracy"], row["interval"]), str(row["other class"])] for row in found["rows"]]
    header = ("photos", "test accuracy", "other class than in sRGB")
    note = f"{found['n']} test photos. [More](flowers/colour_profiles.md)."
    yield Table("Photos in wider colour spaces", header, rows, **provenance(found), note=note)


def near_misses() -> Iterator[Table]:
    found = stored("docs/flowers/near_misses.json")
    if found is None:
        return
    rows = [
        [
            row["kind"],
            row["photo"],
            f"{row['class']}, {share(row['probability'], digits=0)}",
            f"{row['score']:.2f}",
            "yes" if row["is refused"] else "no",
        ]
        for row in found["rows"]
    ]
    header = ("kind", "photo", "most probable", "score", "refused")
    refused = {
        kind: [row["is refused"] for row in found["rows"] if row["kind"] == kind]
        for kind in dict.fromkeys(row["kind"] for row in found["rows"])
    }
    shares = " ".join(f"Of {len(each)} photos of {kind}, {sum(each)} are refused." for kind, each in refused.items())
    note = (
        f"{shares} They are examples of the app and too few for a rate. How distance and head share what may be "
        "refused was chosen with these photos in view."
    )
    yield Table("Photos that are none of the five flowers", header, rows, **provenance(found), note=note)


def own_photos() -> Iterator[Table]:
    found = stored("docs/own_photos.json")
    if found is None:
        return
    rows = [
        [
            row["photos"],
            NETWORKS[row["network"]],
            f"{row['size']} px",
            share_of(row["accuracy"]),
            str(row["accuracy"]["n"]),
            *(minutes(row[f"{step}seconds"]) for step in ("training_", "export_", "answer_", "")),
        ]
        for row in found["rows"]
    ]
    header = ("photos", "network", "input", "test accuracy", "n", "training", "export", "first answer", "in all")
    note = f"{found['n_photos']} photos a set, seed {found['seed']}, an empty cache."
    yield Table("From a folder to an answer", header, rows, **provenance(found), note=note)


def many_photos() -> Iterator[Table]:
    found = stored("docs/many_photos.json")
    if found is None:
        return
    rows = [
        [
            f"{row['photos']:,}",
            *(minutes(row["steps"][step]["seconds"]) for step in ("list", "read", "look_alikes", "split")),
            minutes(row["steps"]["features"]["seconds_of_all"]),
            *(f"{row['steps'][step]['peak_bytes'] / 1e9:.2f} GB" for step in ("read", "features")),
        ]
        for row in found["rows"]
    ]
    header = (
        *("photos", "listed", "read", "look-alikes found", "split"),
        *("features of all, scaled", "peak memory when read", "peak memory with features"),
    )
    size = found["rows"][0]["size"]
    note = (
        f"Noisy CIFAR-10 images. The features are those of Inception-v3 at {size} pixels, of the first "
        f"{found['embedded']:,} photos."
    )
    yield Table("Very many photos", header, rows, **provenance(found), note=note)


def _accuracy(figure: Row) -> str:
    return share(figure["accuracy"], figure["interval"])
