"""Charts as SVG: round numbers at their axes, names that lie on nothing, and words for who cannot see them."""

import re
from xml.etree import ElementTree

import pytest

from space.compare.residual import power
from space.drawing.axis import Axis, linear_ticks, log_ticks, short, whole_numbers
from space.drawing.bar_chart import Bars, GroupedBars, Part, PartedBars
from space.drawing.legend import Entry
from space.drawing.line_chart import LineChart, Series
from space.drawing.names import Box, beside
from space.drawing.svg import AMBER, TEAL

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([5.6, 18.2], [5, 10, 15, 20]),
        ([0.63, 1.17], [0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2]),
        ([8.3, 99.2], [0, 20, 40, 60, 80, 100]),
        ([90], [90, 100]),
        ([0, 0], [0, 0.1]),
    ],
)
def test_linear_ticks_are_round_and_hold_all_values(values, ticks):
    assert linear_ticks(values) == ticks


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0.67, 7.8], [0.5, 1, 2, 5, 10]),
        ([1383, 1_796_010], [1e3, 1e4, 1e5, 1e6, 1e7]),
        ([3.5], [2, 5]),
        ([10], [10, 20]),
        ([1e-16, 8e5], [1e-16, 1e-12, 1e-8, 1e-4, 1, 1e4, 1e8]),
    ],
)
def test_log_ticks_are_round_and_hold_all_values(values, ticks):
    assert log_ticks(values) == pytest.approx(ticks)


def test_whole_numbers_end_with_the_last_and_never_crowd_it():
    assert whole_numbers(0, 6) == [0, 1, 2, 3, 4, 5, 6]
    assert whole_numbers(1, 15) == [1, 3, 5, 7, 9, 11, 13, 15]
    assert whole_numbers(1, 20) == [1, 4, 7, 10, 13, 16, 20]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (short(0), "0"),
        (short(20_000), "20k"),
        (short(1.5e6), "1.5M"),
        (short(2e10), "20G"),
        (power(0.05), "0.05"),
        (power(1), "1"),
        (power(1e-12), "10⁻¹²"),
        (power(1e6), "10⁶"),
    ],
)
def test_numbers_at_an_axis_are_short(said, words):
    assert said == words


def test_names_beside_marks_lie_in_the_room_and_on_no_other():
    room = Box(0, 0, 360, 100)
    shapes = beside([(100, 50), (104, 52), (355, 50), (100, 51)], ["first", "second", "third", "fourth"], room)
    assert [re.search(">(.+)<", shape)[1] for shape in shapes] == ["first", "second", "third", "fourth"]
    assert beside([(100, 50)], ["far too long a name for this narrow room"], Box(0, 0, 120, 100)) == []
    assert beside([(100, 50), (100, 50)], ["a" * 16] * 2, Box(50, 30, 150, 56)) != []


def chart(**more):
    points = [(1, 10.0), (2, 20.0), (3, 40.0)]
    said = [f"epoch {epoch}" for epoch, _ in points]
    one = Series("a < b", points, TEAL, said=said, intervals=[(5, 15), None, (35, 45)], names=["A", "B", "C"])
    two = Series("whole", points, AMBER, dash="4 3", has_marks=False, said=["the whole line"])
    return LineChart("Errors & more", [one, two], Axis("epoch", [1, 2, 3]), Axis("error, %", [0, 25, 50]), **more)


def test_a_line_chart_says_what_is_seen_and_each_mark_has_a_tooltip():
    root = ElementTree.fromstring(chart(marks=[(1.5, "fine-tuning")]).svg())
    assert root.get("role") == "img"
    assert root.get("aria-label") == (
        "Errors & more. Chart of a < b, whole. Across: epoch, from 1 to 3. Upwards: error, %, from 0 to 50."
    )
    assert [title.text for title in root.iter(f"{SVG}title")] == ["epoch 1", "epoch 2", "epoch 3", "the whole line"]
    words = [text.text for text in root.iter(f"{SVG}text")]
    assert {"a < b", "whole", "fine-tuning", "epoch", "error, %", "A", "B", "C"} <= set(words)
    assert all(text.get("fill") == "currentColor" for text in root.iter(f"{SVG}text"))
    heights = [float(circle.get("cy")) for circle in root.iter(f"{SVG}circle")]
    assert heights == sorted(heights, reverse=True)


def test_bars_are_as_long_as_their_shares_and_values():
    parts = [Part(0.25, TEAL, "left", "a quarter"), Part(0.75, AMBER)]
    root = ElementTree.fromstring(PartedBars("Shares", [Entry("kind", TEAL)], [("Net", parts)]).svg())
    left, right = list(root.iter(f"{SVG}rect"))[1:]
    assert float(right.get("width")) == pytest.approx(3 * float(left.get("width")), rel=0.02)
    assert [title.text for title in root.iter(f"{SVG}title")] == ["a quarter"]
    bars = [Bars("one", [10, 20], TEAL, ["ten", "twenty"])]
    root = ElementTree.fromstring(GroupedBars("Two", bars, ["a", "b"], "group", Axis("n", [0, 20])).svg())
    short_one, long_one = list(root.iter(f"{SVG}rect"))[1:]
    assert float(long_one.get("height")) == pytest.approx(2 * float(short_one.get("height")))
    assert "Upwards: n, from 0 to 20." in root.get("aria-label")
