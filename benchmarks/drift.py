"""Does the endpoint's drift alarm tell a shift from everyday traffic? Windows of real films, as it would see them.

python -m benchmarks.drift [--window 500] [--draws 500] [--films 0] [--data-dir data]

Everyday traffic is drawn from the test fold in the mix of classes and sources that the model's reference was made on
(the validation fold); no film of it is in the reference. The planted shifts are other mixes, other pictures of the same
films, and the films of other hospitals. Each row tells the population stability index of the predicted classes and of
the distance to the training films over --draws windows, and in how many of them the alarm (0.25) is raised.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from operator import eq
from pathlib import Path

import numpy as np
import tyro
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter, ImageOps

from fovea import Model, decode, fit_to_spec, load
from fovea.threads import available_cpus
from k8s.server.records.drift import CLASSES, OOD_SCORE, DriftMonitor
from training.data.chest_xray import FilmChoice, Films, chosen_films, grouped_folds, load_films, split_off_test

ALARM, STABLE = 0.25, 0.1  # the bounds in k8s/manifests and by convention
BATCH = 8
VALIDATION_FOLDS = 5
Cell = tuple[str, str]  # class and source


@dataclass(frozen=True)
class Options:
    """What to run."""

    window: int = 500
    draws: int = 500
    films: int = 0
    """of each collection at most; 0 for all"""
    data_dir: Path = Path("data")
    model: Path = Path("models/chest_xray.onnx")
    out: Path = Path("docs/endpoint/drift.json")


@dataclass(frozen=True)
class Row:
    """One kind of traffic: 5 %, 50 % and 95 % quantiles of both indices, and the share of windows over a bound."""

    traffic: str
    films: int
    classes: tuple[float, float, float]
    ood_score: tuple[float, float, float]
    alarms: float
    unstable: float


@dataclass(frozen=True)
class Seen:
    """What the model says of films: the index of the most probable class and the score, with the cell of each film."""

    predicted: NDArray[np.int64]
    ood_score: NDArray[np.float32]
    cells: tuple[Cell, ...]

    def where(self, keep: Callable[[Cell], bool]) -> list[int]:
        return [index for index, cell in enumerate(self.cells) if keep(cell)]


def as_it_is(image: Image.Image) -> Image.Image:
    return image


def inverted(image: Image.Image) -> Image.Image:
    """As a MONOCHROME1 film whose inversion was forgotten."""
    return ImageOps.invert(image)


def blurred(image: Image.Image) -> Image.Image:
    """By 1 % of the width."""
    return image.filter(ImageFilter.GaussianBlur(image.width / 100))


def noisy(image: Image.Image) -> Image.Image:
    """Noise with a standard deviation of 20 of 256 grey levels."""
    random = np.random.default_rng(0)
    noise = random.normal(0, 20, (image.height, image.width))
    return Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))


def flat(image: Image.Image) -> Image.Image:
    """Half the contrast, around mid-grey."""
    return ImageChops.blend(image, Image.new("L", image.size, 128), 0.5)


PICTURES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "inverted": inverted,
    "blurred by 1 % of the width": blurred,
    "noise of 20 grey levels": noisy,
    "half the contrast": flat,
}


def main(options: Options) -> None:
    model = load(options.model, providers=["CPUExecutionProvider"])
    assert model.spec.reference is not None
    rest, test = split_off_test(chosen_films(options.data_dir, FilmChoice()))
    mix = mix_of(rest, model)
    test, external = some(test, options.films), some(load_films(options.data_dir, "chest_xray_external"), options.films)
    random = np.random.default_rng(0)
    rows: list[Row] = []

    def add(traffic: str, seen: Seen, draw: Callable[[], Sequence[int]], pool: int) -> None:
        rows.append(measure(traffic, model, seen, draw, pool, options))
        print(cells_of(rows[-1]), flush=True)

    print("\n| traffic | films | PSI of classes | PSI of the score | alarm | over 0.1 |")
    print("| --- | --- | --- | --- | --- | --- |")
    own = look(model, test)
    for name, seen in (("everyday", own), *((name, look(model, test, change)) for name, change in PICTURES.items())):
        add(name, seen, partial(drawn, seen, mix, options.window, random), len(test))
    for name, keep in mixes().items():
        pool = own.where(keep)
        add(name, own, partial(some_of, pool, options.window, random), len(pool))
    normal, ill = own.where(lambda cell: cell[0] == "normal"), own.where(lambda cell: cell[0] != "normal")
    nine = round(options.window * 0.9)
    add(
        "nine of ten are normal",
        own,
        lambda: [*some_of(normal, nine, random), *some_of(ill, options.window - nine, random)],
        len(test),
    )
    other = look(model, external)
    for name, sources in (("other hospitals", ("cohen", "montgomery", "shenzhen")), ("Shenzhen alone", ("shenzhen",))):
        pool = [index for index, (_, source) in enumerate(other.cells) if source in sources]
        add(name, other, partial(some_of, pool, options.window, random), len(pool))
    write(options, model, rows)


def mixes() -> dict[str, Callable[[Cell], bool]]:
    return {
        "the test fold as it is": lambda _: True,
        "no COVID-19": lambda cell: cell[0] != "covid19",
        "children alone (Kermany)": lambda cell: cell[1] == "kermany",
        "all but Kermany, adults nearly alone": lambda cell: cell[1] != "kermany",
    }


def mix_of(films: Films, model: Model) -> dict[Cell, float]:
    """The shares of class and source among the validation films that the model's reference was made on."""
    _, validation = grouped_folds(films, VALIDATION_FOLDS)[0]
    reference = model.spec.reference
    if reference is None or len(validation) != reference.n:
        raise SystemExit(f"The validation fold has {len(validation)} films; the model's reference was made on others.")
    counts = Counter(films.take(validation).cells)
    return {cell: count / len(validation) for cell, count in counts.items()}


def some(films: Films, count: int) -> Films:
    """At most `count`, evenly spread; all for 0."""
    if not count or count >= len(films):
        return films
    return films.take(np.linspace(0, len(films) - 1, count).astype(int).tolist())


def look(model: Model, films: Films, change: Callable[[Image.Image], Image.Image] = as_it_is) -> Seen:
    """What the model says of the films, each decoded as the endpoint decodes it, and then changed."""
    spec = model.spec

    def pixels(path: Path) -> NDArray[np.uint8]:
        return fit_to_spec(change(decode(path.read_bytes(), spec.channels)), spec)

    predicted, scores = [], []
    with ThreadPoolExecutor(available_cpus()) as threads:
        for start in range(0, len(films), BATCH):
            outputs = model.run(np.stack(list(threads.map(pixels, films.photos.paths[start : start + BATCH]))))
            predicted.append(outputs["probabilities"].argmax(axis=1))
            scores.append(outputs["ood_score"])
    return Seen(np.concatenate(predicted), np.concatenate(scores), tuple(films.cells))


def drawn(seen: Seen, mix: dict[Cell, float], window: int, random: np.random.Generator) -> list[int]:
    """A window in the given mix."""
    indices: list[int] = []
    for cell, share in mix.items():
        indices += some_of(seen.where(partial(eq, cell)), round(window * share), random)
    while len(indices) < window:  # the shares are rounded
        indices.append(int(random.integers(len(seen.cells))))
    return indices[:window]


def some_of(pool: Sequence[int], count: int, random: np.random.Generator) -> list[int]:
    """Without repetition, where there are enough."""
    picked: list[int] = random.choice(pool, count, replace=count > len(pool)).tolist()
    return picked


def measure(
    traffic: str, model: Model, seen: Seen, draw: Callable[[], Sequence[int]], pool: int, options: Options
) -> Row:
    assert model.spec.reference is not None
    found = []
    for _ in range(options.draws):
        monitor = DriftMonitor(model.spec.reference, options.window)
        for index in draw():
            monitor.add(int(seen.predicted[index]), float(seen.ood_score[index]))
        indices = monitor.indices()
        found.append((indices[CLASSES], indices[OOD_SCORE]))
    both = np.array(found)
    low, middle, high = np.quantile(both, [0.05, 0.5, 0.95], axis=0).round(3).tolist()
    return Row(
        traffic,
        pool,
        (low[0], middle[0], high[0]),
        (low[1], middle[1], high[1]),
        float((both.max(axis=1) > ALARM).mean()),
        float((both.max(axis=1) > STABLE).mean()),
    )


def cells_of(row: Row) -> str:
    """A row of the Markdown table: median, and 5 % to 95 % in brackets."""
    indices = [f"{middle:.2f} ({low:.2f} to {high:.2f})" for low, middle, high in (row.classes, row.ood_score)]
    return (
        "| " + " | ".join([row.traffic, f"{row.films:,}", *indices, f"{row.alarms:.0%}", f"{row.unstable:.0%}"]) + " |"
    )


def write(options: Options, model: Model, rows: Sequence[Row]) -> None:
    result = {
        "date": date.today().isoformat(),
        "model": model.revision[:16],
        "window": options.window,
        "draws": options.draws,
        "alarm": ALARM,
        "rows": [asdict(row) for row in rows],
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    print(f"\nwritten: {options.out}")


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
