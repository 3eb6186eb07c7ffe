"""Percentages are rounded as the shares themselves are read."""

import pytest

from fovea.rounding import percent


@pytest.mark.parametrize(
    ("share", "digits", "said"),
    [
        (0.8285, 1, "82.9"),  # 82.85 is 82.8499... in binary
        (0.9215, 1, "92.2"),
        (0.995945, 2, "99.59"),
        (0.94985, 2, "94.99"),
        (1, 1, "100.0"),
        (0.0, 0, "0"),
        (1e-7, 2, "0.00"),
    ],
)
def test_a_share_is_rounded_half_up_on_its_own_digits(share, digits, said):
    assert percent(share, digits) == said
