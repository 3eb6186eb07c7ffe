"""What the choice of the chest recipe compares: backbones, where they end, how they are trained and on what."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from training.data.chest_xray import Films
from training.experiments.film_changes import FilmChange, HistogramsOfOthers, LungsAlone, RimsOfOthers, WithoutMarkers
from training.experiments.group_dro import GroupDro
from training.experiments.source_adversary import SourceAdversary
from training.experiments.transfer_methods import Method
from training.objective import Objective
from training.recipes.chest_xray import DEFAULT, Config

RESNET50 = {"backbone": "resnet50", "last_stage": "stage3", "tune_from": "stage3"}
VGG16 = {"backbone": "vgg16", "last_stage": "block5", "tune_from": "block5"}
BASE = dataclasses.replace(DEFAULT, other_findings=False)
FROZEN = {"head_epochs": 12}


@dataclass(frozen=True)
class Candidate:
    """One way to train: `changes` are what differs from the recipe's defaults.

    Films with another finding train where its `changes` say so. `objective` and `film_change` are made from the films
    that it trains on.
    """

    name: str
    method: Method = "tuned"
    changes: Mapping[str, Any] = field(default_factory=dict)
    objective: Callable[[Films], Objective] | None = None
    film_change: Callable[[Films], FilmChange] | None = None

    @property
    def config(self) -> Config:
        return dataclasses.replace(BASE, **self.changes)


CANDIDATES = (
    Candidate("Inception-v3 to Mixed_6e, tuned from Mixed_6a"),
    Candidate("Inception-v3 to Mixed_6e, frozen", "frozen", FROZEN),
    Candidate("Inception-v3 to Mixed_6e, from scratch", "scratch", {"weights": "none", "tune_learning_rate": 2e-3}),
    Candidate("ResNet-50 v2 to stage 3, tuned from stage 3", changes=RESNET50),
    Candidate("ResNet-50 v2 to stage 3, frozen", "frozen", RESNET50 | FROZEN),
    Candidate("VGG16, tuned from block 5", changes=VGG16),
    Candidate("VGG16, frozen", "frozen", VGG16 | FROZEN),
    Candidate("ends at Mixed_7a", changes={"last_stage": "Mixed_7a"}),
    Candidate("ends at Mixed_6c", changes={"last_stage": "Mixed_6c"}),
    Candidate("ends at Mixed_5d, tuned from Mixed_5b", changes={"last_stage": "Mixed_5d", "tune_from": "Mixed_5b"}),
    Candidate("tuned from Mixed_6d", changes={"tune_from": "Mixed_6d"}),
    Candidate("the head first, alone", changes={"head_epochs": 6, "head_learning_rate": 1e-3}),
    Candidate("299 pixels", changes={"size": 299}),
    Candidate("border as it is", changes={"film_border": 0.0}),
    Candidate("10 % of each side masked", changes={"film_border": 0.1}),
    Candidate("no changes of gamma, sharpness and noise", changes={"photometric": 0.0}),
    Candidate("mirrored films too", changes={"flip": True}),
    Candidate("films of no source repeated", changes={"balance": 0.0}),
    Candidate("half of the films mixed with another source's", changes={"mix_sources": True}),
    Candidate("rims of another source's films", film_change=RimsOfOthers),
    Candidate("histograms of another source's films", film_change=HistogramsOfOthers),
    Candidate("side markers removed", film_change=lambda _: WithoutMarkers()),
    Candidate("films cut to the lungs", film_change=lambda _: LungsAlone()),
    Candidate("group DRO over classes within sources", objective=lambda films: GroupDro(films.cells)),
    Candidate("a head that tells the source, trained against", objective=lambda films: SourceAdversary(films.sources)),
    Candidate("other findings as a fourth class", changes={"other_findings": True}),
    Candidate("averaged weights", changes={"averaging": 0.99}),
)
