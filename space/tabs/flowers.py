"""Flowers: which one it is, and where the network looked."""

from pathlib import Path

from fovea.listing import either
from space.model_folder import ModelFolder
from space.tabs.any_model import classifier

EXAMPLES = Path(__file__).parents[1] / "examples" / "flowers"


def build(models: ModelFolder) -> None:
    """Fill the tab that is open in the current Blocks."""
    model = models.get("flowers")
    classifier(
        model,
        "flowers",
        purpose=f"Name the flower in a photo: {either(model.spec.classes)}.",
        kinds="kinds of flower",
        examples=EXAMPLES,
    )
