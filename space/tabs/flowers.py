"""Flowers: which of five it is, and where the network looked."""

from pathlib import Path

import gradio as gr

from fovea import Prediction, decode
from space.about import about
from space.answering import answer_when, endpoint
from space.answers import bars, headline, no_answer
from space.credits import credits_line, example_buttons, example_files
from space.overlay import layers, overlay
from space.photo import photo
from space.pictures import read_address, rgb
from space.shipped import ShippedModels

EXAMPLES = Path(__file__).parents[1] / "examples" / "flowers"
TOP = 5
MAX_ADDRESS_CHARS = 14_000_000  # 10 MB of image in base64
PROMPT = "Upload a photo, take one, paste one, or click an example."
UNLIKE = "This does not look like one of these flowers"


def build(models: ShippedModels) -> None:
    """Fill the tab that is open in the current Blocks."""
    model = models.get("flowers")

    def read(image: bytes | None) -> tuple[str, str]:
        if image is None:
            return blank()
        upright = decode(image, channels=3)
        prediction = model.predict(upright)
        return answer(prediction), look(prediction, *upright.size)

    def classify_flower(image: str) -> dict[str, float]:
        """Name the flower of a photo: daisy, dandelion, roses, sunflowers or tulips.

        Args:
            image: a PNG, JPEG, WebP or TIFF as a base64 data address ("data:image/png;base64,...").

        Returns:
            The probability of each flower, and "ood_score": above 1 the photo is unlike the training photos.
        """
        if len(image) > MAX_ADDRESS_CHARS:
            raise gr.Error(f"The image is {len(image):,} characters long; at most {MAX_ADDRESS_CHARS:,} are read.")
        prediction = model.predict(read_address(image))
        return dict(prediction.top(len(prediction.classes))) | {"ood_score": prediction.ood_score or 0.0}

    with gr.Row(equal_height=False):
        with gr.Column(min_width=300):
            field = photo("flowers-photo")
            example_buttons(example_files(EXAMPLES), field)
            gr.HTML(credits_line(EXAMPLES, "Examples, made smaller."))
        with gr.Column(min_width=300):
            answer_view = gr.HTML(blank()[0], elem_id="flowers-answer")
            look_view = overlay("flowers-look")
    about(model)
    answer_when(field.change, read, field, [answer_view, look_view], blank, show_progress="minimal")
    endpoint(classify_flower, "flowers")


def blank(reason: str = "") -> tuple[str, str]:
    """Both views while there is no photo, or none that can be read."""
    return no_answer(PROMPT, reason), ""


def answer(prediction: Prediction) -> str:
    (best, probability), *_ = ranked = prediction.top(TOP)
    score = prediction.ood_score
    if score is not None and score >= 1:
        note = (
            f"It lies {score:.1f} times as far from the training photos as the limit that 95 % of flower photos keep. "
            f"Of the five it would be nearest to {best}."
        )
        return headline(UNLIKE, note, size="words unlike") + bars(ranked, best=None)
    return headline(best, f"{probability * 100:.1f} %", size="words") + bars(ranked, best)


def look(prediction: Prediction, width: int, height: int) -> str:
    assert prediction.heatmaps is not None  # every flower model is exported with them
    best = int(prediction.probabilities.argmax())
    return layers(rgb(prediction.pixels), prediction.heatmaps, prediction.classes, best, height, width)
