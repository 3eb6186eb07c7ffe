"""Letters and digits of Debian's fonts that imitate handwriting, to judge by: no detector is trained on them.

The packages of FONTS bring them; a font that is not there is left out.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from fovea.mnist import fit_mnist

FOLDER = Path("/usr/share/fonts")
FONTS = {
    "fonts-breip": "truetype/breip/Breip.ttf",
    "fonts-bwht": "opentype/bwht/BecauseWeLearn-Regular.otf",
    "fonts-comic-neue": "opentype/comic-neue/ComicNeue-Regular.otf",
    "fonts-dkg-handwriting": "truetype/fifthhorseman/dkg.ttf",
    "fonts-humor-sans": "truetype/humor-sans/Humor-Sans.ttf",
    "fonts-klee": "truetype/klee/KleeOne-Regular.ttf",
    "fonts-kristi": "truetype/kristi/Kristi.ttf",
    "fonts-rufscript": "truetype/rufscript/Rufscript010.ttf",
    "fonts-seto": "truetype/seto/setofont.ttf",
    "fonts-sjfonts": "truetype/sjfonts/SteveHand.ttf",
    "fonts-yusei-magic": "truetype/yusei-magic/YuseiMagic-Regular.ttf",
}
SIZE_PX = 140


def drawn(characters: str, folder: Path = FOLDER) -> NDArray[np.uint8]:
    """Every character in every font that is there, fitted as MNIST's digits: (N, 28, 28)."""
    drawings = [fit_mnist(drawing) for drawing in _drawings(characters, folder)]
    return np.stack(drawings) if drawings else np.zeros((0, 28, 28), np.uint8)


def _drawings(characters: str, folder: Path) -> Iterator[NDArray[np.uint8]]:
    for path in FONTS.values():
        if not (folder / path).is_file():
            continue
        font = ImageFont.truetype(folder / path, SIZE_PX)
        for character in characters:
            image = Image.new("L", (3 * SIZE_PX, 3 * SIZE_PX))
            ImageDraw.Draw(image).text((SIZE_PX, SIZE_PX), character, fill=255, font=font)
            yield np.asarray(image)
