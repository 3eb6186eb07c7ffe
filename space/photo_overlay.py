"""Where a network looked: the photo as the network frames it, under the heatmaps."""

from PIL import Image

from fovea import ModelSpec, Prediction, fit
from space.heat import contributions
from space.overlay import overlay_html
from space.pictures import png

PICTURE_PX = 384  # longest side of the photo on the page, at least


def photo_under_heatmaps(prediction: Prediction, spec: ModelSpec, upright: Image.Image) -> str:
    """The value of an overlay for the decoded photo `upright`; "" where the model has no heatmaps."""
    if prediction.heatmaps is None:
        return ""
    scale = max(1, PICTURE_PX / max(spec.height, spec.width))
    height, width = round(spec.height * scale), round(spec.width * scale)
    picture = prediction.pixels if spec.fit == "mnist" else fit(upright, spec.fit, height, width)
    if spec.fit == "stretch":  # the page shows the photo's own aspect
        width, height = upright.size
    shown = prediction.classes.index(prediction.most_probable)
    return overlay_html(png(picture), contributions(prediction), prediction.classes, shown, height, width)
