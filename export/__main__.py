"""Export a task: checkpoint -> parity with torch -> one ONNX file.

`folder NAME` exports the run NAME on photos of your own, and writes its model card too.

`features` writes what the feature viewer shows: `--network` says of which network, and `features NAME` takes the one
that `training folder` trained on your photos. `python -m evidence` judges the file and writes its model card.
"""

import shlex
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import tyro

from export import feature_maps
from export.expected import with_expected_answers
from export.model_file import write_model
from export.record import ExportRecord, write_record
from export.result import ExportResult, Precision
from export.saturation import require_exact
from export.subject import ALLOWED, Subject, has_own_evidence
from export.task import task_export
from fovea import SettingError, load
from training.checkpoint import load_checkpoint
from training.tasks import FEATURES, FOLDER, not_a_task
from training.user_errors import MENDABLE, sentence


@dataclass(frozen=True)
class Config(Subject):
    """Where to read and where to write."""

    precision: Precision = "auto"
    """auto takes int8 where it is as accurate and faster, and elsewhere float32 with weights stored as float16"""
    weights: Path | None = None
    """for features of alexnet and vgg16, the published convolutions (default: alexnet_conv.safetensors or
    vgg16_features.safetensors in DATA_DIR)"""
    data_dir: Path = Path("data")
    path: Path | None = None
    """for folder, where the photos are now (default: where the training found them)"""


def main(config: Config) -> Path:
    """The written file.

    Raises ParityError where onnxruntime and torch disagree, and ModelFileError where onnxruntime's optimizations move
    the answers. No file is written then.
    """
    path = ship(export(config), config, commands(config), config.data_dir)
    if config.own_name is not None:  # such a file has no other evidence to wait for
        subprocess.run([sys.executable, "-m", *card_words(config, config.data_dir)], check=True)
    return path


def ship(
    result: ExportResult, subject: Subject, made_by: tuple[str, ...], data_dir: Path, before: str | None = None
) -> Path:
    """Write the file and the record of how it was made by the commands `made_by`, and say what it is; its path.

    `before` is the revision whose network it has, where its score alone is another.
    """
    require_exact(result.proto)
    write_model(with_expected_answers(result.proto), subject.file)
    model = load(subject.file)
    write_record(subject.run, ExportRecord(model.revision, result.parity, result.notes, made_by, before))
    for note in result.notes:
        print(note)
    accuracy = model.spec.metric("accuracy")
    parity = "" if result.parity is None else f"parity on {result.parity.n:,} test images, "
    figure = "" if accuracy is None else f"accuracy {accuracy.value:.4f}, "
    print(f"{model.path}: {parity}{figure}revision {model.revision[:16]}")
    if subject.own_name is None:
        print(f"To write its model card: python -m {shlex.join(card_words(subject, data_dir))}")
    return model.path


def export(config: Config) -> ExportResult:
    """The model of a trained task, or of the feature viewer. Raises SettingError for an unknown network, or a path."""
    if config.path is not None and config.task != FOLDER:
        raise SettingError(f"{config.task} takes no --path. Its data lies in --data-dir.")
    if config.task == FEATURES:
        if config.own_name is not None:
            return feature_maps.export_own(config.own_name, config.runs_dir)
        places = {"runs_dir": config.runs_dir, "data_dir": config.data_dir}
        return feature_maps.export(config.network, weights=config.weights, **places)
    checkpoint = load_checkpoint(config.run / "checkpoint.pt")
    if config.path is not None:
        checkpoint = replace(checkpoint, config=checkpoint.config | {"path": str(config.path)})
    return task_export(config.task).export(checkpoint, config.data_dir, config.precision)


def commands(config: Subject) -> tuple[str, ...]:
    """Those that make the file: its training, where it has one, and this."""
    export = f"python -m export {config.words}"
    if config.task == FEATURES and config.own_name is None:
        return (export,)
    return (f"python -m training {training_words(config)}", export)


def training_words(config: Subject) -> str:
    """As the training takes them: it names photos of one's own by their place, which is nobody else's."""
    return config.words if config.own_name is None else f"{FOLDER} PATH --name {config.own_name}"


def card_words(config: Subject, data_dir: Path) -> list[str]:
    """The module and its arguments that write the model card beside the file."""
    default = Config(config.task, config.model, network=config.network, photos=config.own_name)
    if is_own := has_own_evidence(config.task):
        places = [
            ("file", config.file, default.file),
            ("run", config.run, default.run),
            ("data-dir", data_dir, default.data_dir),
        ]
    else:
        places = [
            ("runs-dir", config.runs_dir, default.runs_dir),
            ("models-dir", config.models_dir, default.models_dir),
        ]
    name = [] if config.name is None or is_own or config.own_name else ["--name", config.name]
    others = [word for option, place, usual in places if place != usual for word in (f"--{option}", str(place))]
    return ["evidence", *config.words.split(" "), *name, *others]


if __name__ == "__main__":
    settings = tyro.cli(Config, prog="python -m export", description=__doc__)
    if settings.task not in ALLOWED:
        sys.exit(not_a_task(settings.task, ALLOWED))
    try:
        main(settings)
    except MENDABLE as error:
        sys.exit(sentence(error))
    except subprocess.CalledProcessError as error:  # the card's command has said why
        sys.exit(error.returncode)
