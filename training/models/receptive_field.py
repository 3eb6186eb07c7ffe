"""Receptive fields: which pixels a unit can see, by the recurrence over kernel, stride and padding.

Araujo, Norris and Sim 2019, "Computing Receptive Fields of Convolutional Neural Networks", equations 2 to 4.
"""

from collections.abc import Sequence

from fovea import ReceptiveField

PIXELS = ReceptiveField(size_px=1, jump_px=1, start_px=0)  # a pixel sees itself


def through(field: ReceptiveField, kernel_size: int, stride: int = 1, padding: int = 0) -> ReceptiveField:
    """The field behind a convolution or a pooling whose input has `field`."""
    return ReceptiveField(
        size_px=field.size_px + (kernel_size - 1) * field.jump_px,
        jump_px=field.jump_px * stride,
        start_px=field.start_px - padding * field.jump_px,
    )


def joined(fields: Sequence[ReceptiveField]) -> ReceptiveField:
    """The field behind several branches side by side: the smallest that holds them all.

    Raises ValueError where they step by different strides: their units then do not stand at the same places.
    """
    jumps = sorted({field.jump_px for field in fields})
    if len(jumps) != 1:
        raise ValueError(f"The branches step by {' and '.join(map(str, jumps))} pixels. They must step alike.")
    start = min(field.start_px for field in fields)
    end = max(field.start_px + field.size_px for field in fields)
    return ReceptiveField(size_px=end - start, jump_px=jumps[0], start_px=start)
