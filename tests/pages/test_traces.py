"""What all charts are made of: gaps, bands and whiskers only where there is something to draw."""

from __future__ import annotations

import math

from pages.ui.charts.traces import (
    band,
    course,
    dots,
    level,
    line,
    percent,
    rounded,
    upright,
    whiskers,
)
from pages.ui.shell.theme import LOOKS, TEACHER

LOOK = LOOKS[TEACHER]


def test_a_line_has_a_gap_where_there_is_no_number():
    assert line([1, 2, 3], [0.5, math.nan, None], LOOK, "x")["y"] == [0.5, None, None]


def test_a_line_carries_symbols_only_when_they_have_a_size():
    assert line([1], [1], LOOK, "x")["mode"] == "lines"
    trace = line([1], [1], LOOK, "x", size=9)
    assert (trace["mode"], trace["marker"]["symbol"]) == ("lines+markers", LOOK.symbol)


def test_what_has_no_hover_text_says_nothing():
    for trace in (line([1], [1], LOOK, "x", hover=None), dots([1], [1], "#123456", 5)):
        assert trace["hoverinfo"] == "skip"
        assert "hovertemplate" not in trace


def test_a_course_of_shares_is_in_per_cent_and_its_band_within_0_and_100():
    fill, middle = course([1, 2], [(0.9, 0.7, 1.1), (0.1, -0.2, 0.3)], LOOK, "x")
    assert middle["y"] == [90, 10]
    assert (fill["x"], fill["low"], fill["high"]) == ([1, 2], [70, 0], [100, 30])
    assert fill["grows"]
    assert middle["grows"]


def test_a_course_that_is_no_share_stays_as_it_is():
    fill, middle = course([1], [(3.0, 2.0, 4.0)], LOOK, "x", shares=False, axis={"yaxis": "y2"})
    assert (middle["y"], fill["low"], fill["high"]) == ([3.0], [2.0], [4.0])
    assert fill["yaxis"] == middle["yaxis"] == "y2"


def test_one_seed_has_neither_band_nor_whisker():
    fill, middle = course([1], [(0.9, math.nan, math.nan)], LOOK, "x")
    assert (fill["x"], fill["low"], fill["high"]) == ([], [], [])
    assert (middle["x"], middle["y"]) == ([1], [90])
    assert whiskers("y", [(90.0, math.nan, math.nan)], "#123456") == {}


def test_a_point_without_an_interval_among_others_has_whiskers_of_no_length():
    found = whiskers("x", [(2.0, 1.0, 4.0), (5.0, math.nan, math.nan)], "#123456")["error_x"]
    assert (found["array"], found["arrayminus"]) == ([2.0, 0.0], [1.0, 0.0])


def test_what_begins_to_be_drawn_keeps_its_place():
    """Else all that is drawn after it would be told anew."""
    nothing, something = course([], [], LOOK, "x"), course([1], [(0.5, 0.4, 0.6)], LOOK, "x")
    assert [set(trace) for trace in nothing] == [set(trace) for trace in something]


def test_numbers_have_the_digits_that_can_be_seen():
    assert line([1], [100 / 3], LOOK, "x")["y"] == dots([1], [100 / 3], "#1", 5)["y"] == [33.33333]
    assert line([1], [2.5e-7 / 3], LOOK, "x")["y"] == [8.333333e-08], "also on a log axis"
    assert rounded([7, "a", None, 1e9 / 3, math.inf]) == [7, "a", None, 333333300.0, None]
    told = [1.0, 2.0]
    assert rounded(told) is not told


def test_the_ends_of_an_interval_are_shares_and_nan_stays():
    assert percent(0.5, -0.1, 1.2) == (50, 0, 100)
    assert all(math.isnan(end) for end in percent(0.5, math.nan, math.nan)[1:])


def test_lines_across_the_chart():
    assert level((0, 9), 90, LOOK, "x")["y"] == [90, 90]
    assert upright(3)["x0"] == upright(3)["x1"] == 3
    assert band([], LOOK)["x"] == []
