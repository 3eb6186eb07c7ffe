"""The pictures of the lessons, drawn from the stored results; `picture` gives one by the name that stands in a text."""

from collections.abc import Callable, Mapping

from space.lessons.figures import Figures, MissingFigureError
from space.lessons.pictures import (
    chest,
    digits,
    filters,
    fits,
    inception,
    lenet5,
    maps,
    residual,
    stacked,
    training,
    units,
)

PICTURES: Mapping[str, Callable[[Figures], str]] = {
    "one-unit": units.one_unit,
    "lenet5-layers": lenet5.layers,
    "c3-table": lenet5.c3_table,
    "alexnet-vgg16": stacked.alexnet_and_vgg16,
    "photos": training.photos,
    "residual-block": residual.block,
    "gradients": residual.gradients,
    "digits-time": digits.errors_by_time,
    "vgg16-accuracy": training.vgg16_accuracy,
    "vgg16-loss": training.vgg16_loss,
    "alexnet-filters": filters.alexnet,
    "alexnet-maps": maps.alexnet,
    "inception-module": inception.module,
    "googlenet-accuracy": training.googlenet_accuracy,
    "digits-accuracy": training.digits_accuracy,
    "three-fits": fits.three_fits,
    "chest-confusion": chest.confusion,
    "chest-measures": chest.measures,
}


def picture(name: str, figures: Figures) -> str:
    """SVG text. Raises MissingFigureError where there is no such picture, or a result that it needs is missing."""
    draw = PICTURES.get(name)
    if draw is None:
        raise MissingFigureError(f"There is no picture {name}.")
    return draw(figures)
