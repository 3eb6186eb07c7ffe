"""People who draw on computers of their own, as the benchmark of many pens has them."""

import time

import httpx
import pytest

from benchmarks.pens_elsewhere import drawing_elsewhere


def test_others_draw_until_the_block_ends(app):
    with drawing_elsewhere(f"{app}/", 2) as waits:
        while len(waits) < 4:
            time.sleep(0.05)
    assert all(wait > 0 for wait in waits)


def test_what_stops_one_of_them_is_raised():
    with pytest.raises(httpx.HTTPError), drawing_elsewhere("http://127.0.0.1:9/", 1):
        pass
