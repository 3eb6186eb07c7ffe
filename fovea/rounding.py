"""Shares as percentages, rounded half up on the digits that are stored.

Binary floating point has 82.85 a little below itself, so formatting would make 82.8 of the share 0.8285, which is 0.829
as a fraction.
"""

from decimal import ROUND_HALF_UP, Decimal


def percent(share: float, digits: int) -> str:
    """A share in 0..1 times 100, without the sign."""
    return str((Decimal(repr(float(share))) * 100).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))
