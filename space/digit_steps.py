"""What the network sees of a drawing, as pictures of the steps that lead there."""

import numpy as np
from numpy.typing import NDArray

from fovea.mnist import BOX_SHARE, MnistSteps, mnist_steps
from space.pictures import png
from space.strokes import Strokes, drawn

CAPTIONS = ("Find the ink.", "Scale it to {box} pixels.", "Centre its weight in {size} x {size}.")


def steps_html(strokes: Strokes, size: int) -> str:
    """The drawing, its ink scaled to the box, and the `size` x `size` pixels of the network; frames while it is empty.

    Raises EmptyDrawingError.
    """
    box = round(size * BOX_SHARE)
    captions = [caption.format(box=box, size=size) for caption in CAPTIONS]
    pictures = _pictures(strokes, size, box) if strokes else [""] * len(captions)
    figures = "".join(
        f'<li><div class="step">{picture}</div><p><b>{number}</b> {caption}</p></li>'
        for number, (picture, caption) in enumerate(zip(pictures, captions, strict=True), start=1)
    )
    return (
        f'<h3>What the network sees</h3><ol class="fovea-steps">{figures}</ol>'
        '<p class="fovea-meaning">MNIST, its training set, was made the same way. Only the last picture goes in.</p>'
    )


def _pictures(strokes: Strokes, size: int, box: int) -> list[str]:
    grey = np.asarray(drawn(strokes))
    steps = mnist_steps(grey, size)
    height, width = steps.digit.shape
    boxed = np.zeros((box, box), np.uint8)
    top, left = (box - height) // 2, (box - width) // 2
    boxed[top : top + height, left : left + width] = steps.digit
    cross = '<i class="across"></i><i class="down"></i>'
    return [
        _image(grey, "the drawing, its ink framed") + _frame(steps, len(grey)),
        _image(boxed, f"the ink at {box} pixels"),
        _image(steps.field, f"the drawing at {size} x {size} pixels, as the network takes it") + cross,
    ]


def _image(grey: NDArray[np.uint8], words: str) -> str:
    return f'<img src="{png(grey[:, :, np.newaxis])}" alt="{words}">'


def _frame(steps: MnistSteps, side: int) -> str:
    top, bottom, left, right = (place * 100 / side for place in steps.bounds)
    edges = {"top": top, "left": left, "right": 100 - right, "bottom": 100 - bottom}
    return f'<i class="ink" style="{";".join(f"{name}:{share:.1f}%" for name, share in edges.items())}"></i>'
