"""What the parts of the evidence are made from, each loaded when a part first asks for it."""

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from evidence.outputs import Outputs, film_pixels, run
from evidence.run_settings import Settings, as_config, read_settings
from evidence.saliency import boxed_names
from fovea import Model
from training.data.chest_xray import OTHER_FINDING, Films, all_films, chosen_and_others, load_films
from training.data.chest_xray_folds import beside_fold, is_test
from training.data.spread import spread
from training.recipes.chest_xray import Config, fold_indices, split


@dataclass(frozen=True)
class Materials:
    """`stored` are the settings that the evidence holds; where it holds none, the folder `run` of the training does.

    `weights` is where the backbone's weights file lies, which stored settings only name. `left_out_run` is the folder
    of a run with --leave-out, where that is another one.
    """

    model: Model
    run: Path
    data_dir: Path
    stored: Settings | None = None
    weights: Path | None = None
    left_out_run: Path | None = None

    @cached_property
    def settings(self) -> Settings:
        return self.stored or read_settings(self.run)

    @cached_property
    def config(self) -> Config:
        config = as_config(self.settings)
        return config if self.weights is None else dataclasses.replace(config, weights=str(self.weights))

    @cached_property
    def rest(self) -> Films:
        """All films outside the test fold."""
        return self._split[0]

    @cached_property
    def test(self) -> Films:
        return self._split[1]

    @cached_property
    def external(self) -> Films:
        return spread(load_films(self.data_dir, "chest_xray_external"), self.config.limit)

    @cached_property
    def darkcovidnet(self) -> Films:
        return spread(load_films(self.data_dir, "darkcovidnet"), self.config.limit)

    @property
    def boxes_file(self) -> Path:
        return self.data_dir / "chest_xray_boxes.csv"

    @cached_property
    def boxed(self) -> Films:
        """Films with radiologists' boxes, of patients who trained nothing; some of them have no label that is sure."""
        if self.config.films_only:
            return self.test.take([])
        names = boxed_names(self.boxes_file)
        return self._unseen.take([index for index, name in enumerate(self._unseen.names) if name in names])

    @cached_property
    def other_findings(self) -> Films:
        """Films with another finding than the classes, of patients of the test fold."""
        if self.config.films_only:
            return self.test.take([])
        films = self._unseen.where(labels=[OTHER_FINDING])
        tested = [index for index, patient in enumerate(films.patients) if is_test(patient)]
        return films.take(tested[: self.config.limit])

    @cached_property
    def folds(self) -> list[tuple[list[int], list[int]]]:
        return fold_indices(self.rest, dataclasses.replace(self.config, train_folds=None))

    @cached_property
    def others(self) -> tuple[Films, Films]:
        """Films with another finding that trained and validated beside the first fold."""
        train, val = (self.rest.take(part) for part in self.folds[0])
        return beside_fold(spread(self.chosen[1], self.config.limit), train, val, 0, self.config.folds)

    @cached_property
    def chosen(self) -> tuple[Films, Films]:
        """Films of the classes, and those with another finding that may train beside them."""
        return chosen_and_others(self.data_dir, self.config.choice)

    @cached_property
    def test_outputs(self) -> Outputs:
        return run(self.model, film_pixels(self.model, self.test))

    @cached_property
    def external_outputs(self) -> Outputs:
        return run(self.model, film_pixels(self.model, self.external))

    @cached_property
    def _unseen(self) -> Films:
        """Films of the archives, of any class or none, of patients who trained nothing."""
        films = all_films(self.data_dir, self.config.archives, self.config.labels)
        trained = {*self.rest.take(self.folds[0][0]).patients, *self.others[0].patients}
        return films.take([index for index, patient in enumerate(films.patients) if patient not in trained])

    @cached_property
    def _split(self) -> tuple[Films, Films]:
        return split(self.chosen[0], self.config)
