"""Make a shipped file again under today's rules, from its own weights, where its checkpoint is gone.

An int8 file becomes float first: its weights as they are stored, without the rounding of activations. Then it is
calibrated, chosen and measured as after a training: see `export.int8_trial`. Training and `python -m export` give
better files, since these weights were rounded once before. The chest X-ray file keeps its network, and its score alone
is made again.
"""

import sys
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

import onnx
import tyro

from export.__main__ import commands, ship
from export.export_classifier import finished, own_images
from export.float_form import float_form
from export.result import ExportResult, Precision
from export.score_again import EVIDENCE, with_score_again
from export.score_graph import without_head
from export.subject import Subject, has_own_evidence
from export.task import classifier_export
from fovea import FoveaError, SettingError, load
from fovea.listing import all_of
from training.tasks import TASKS, not_a_task


@dataclass(frozen=True)
class Config(Subject):
    """Which file to make again."""

    precision: Precision = "auto"
    """auto takes int8 where it is as accurate and faster, and elsewhere float32 with weights stored as float16"""
    data_dir: Path = Path("data")
    evidence: Path = EVIDENCE
    """for chest_xray, what was measured of the file"""


def main(config: Config) -> Path:
    """The written file.

    Raises SettingError for a task that this cannot make, and ModelFileError where onnxruntime's optimizations move the
    answers. The file is left as it was then.
    """
    module = classifier_export(config.task)
    if module is None:
        possible = [task for task in TASKS if classifier_export(task)]
        raise SettingError(f"The task is {config.task}. Only {all_of(possible)} can be made again from their files.")
    before = load(config.file)
    made_by = (*commands(config), f"python -m export.again {config.words}")
    if has_own_evidence(config.task):
        result = with_score_again(config.file, config.evidence, config.data_dir)
        return ship(result, config, made_by, config.data_dir, before.revision)
    settings = asdict(import_module(TASKS[config.task][config.chosen]).DEFAULT)
    splits = module.pixels(settings, before.spec, config.data_dir)
    plain = without_head(float_form(onnx.load(config.file)))
    own = own_images(plain, splits)
    proto, notes = finished(plain, splits, own, config.data_dir, config.precision, module.JUDGE)
    origin = f"Made again from the {before.spec.precision} weights of revision `{before.revision[:16]}`."
    return ship(ExportResult(proto, None, (origin, *notes)), config, made_by, config.data_dir)


if __name__ == "__main__":
    chosen = tyro.cli(Config, prog="python -m export.again", description=__doc__)
    if chosen.task not in TASKS:
        sys.exit(not_a_task(chosen.task))
    try:
        main(chosen)
    except (FileNotFoundError, FoveaError) as error:
        sys.exit(str(error))
