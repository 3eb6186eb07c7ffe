"""Names in prose."""

import pytest

from fovea.listing import all_of, either


@pytest.mark.parametrize(
    ("names", "choice", "together"),
    [
        (["daisy"], "daisy", "daisy"),
        (["daisy", "roses"], "daisy or roses", "daisy and roses"),
        (["daisy", "roses", "tulips"], "daisy, roses or tulips", "daisy, roses and tulips"),
    ],
)
def test_names_read_as_prose(names, choice, together):
    assert either(names) == choice
    assert all_of(iter(names)) == together
