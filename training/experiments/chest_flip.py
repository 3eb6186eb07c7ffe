"""What mirrored views do to the chest X-ray network: the first fold trained again with `--flip`, nothing else changed.

Judged on the fold's validation films; the test fold is not looked at. The heart lies on the left in nearly everyone, so
a mirrored film is one that hardly exists.
"""

import dataclasses
import json
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from training.data.chest_xray import grouped_folds, load_films, split_off_test
from training.fine_tuning import make_accelerator
from training.recipes.chest_xray import settings_of, some, train_fold
from training.report import hardware


@dataclass(frozen=True)
class Options:
    """What to run."""

    run: Path = Path("runs/chest_xray/inception_v3")
    """folder of a training run without mirrored views"""
    json: Path = Path("space/results/chest_flip.json")


def main(options: Options) -> dict[str, Any]:
    """Train the first fold, then write the JSON; its content."""
    config = settings_of(options.run)
    rest = some(split_off_test(load_films(config.data_dir))[0], config.limit)
    train, val = grouped_folds(rest, config.folds)[0]
    with tempfile.TemporaryDirectory() as folder:
        mirrored = dataclasses.replace(config, flip=True, runs_dir=Path(folder))
        figures = train_fold(0, rest.take(train), rest.take(val), mirrored, make_accelerator(mirrored)).figures
    result = {
        "experiment": "chest_flip",
        "command": "python -m training.experiments chest_flip",
        "created": date.today().isoformat(),
        "hardware": hardware(),
        "n_validation": len(val),
        "without": json.loads((options.run / "folds.json").read_text())[0],
        "mirrored": figures,
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, indent=1) + "\n")
    return result
