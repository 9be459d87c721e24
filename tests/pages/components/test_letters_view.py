"""The next character in a browser: rows that follow T, their words, and the marks of the truth."""

from __future__ import annotations

import re

import numpy as np
import pytest

from pages.ui.components.letters import letters

LETTERS = {
    "classes": ["end", "a", "b"],
    "rows": [
        {"look": "teacher", "label": "Teacher", "logits": [0.0, 2.0, 1.0]},
        {"look": "labels", "label": "Labels only", "logits": [3.0, 0.0, 0.0]},
        {"look": "distilled", "label": "Distilled", "logits": [0.0, 0.0, 0.0]},
    ],
    "truth": None,
    "help": "Softens.",
    "hide": [],
    "revision": 1,
    "temperature": 1.0,
}


def told(view):
    """Row -> its three characters and their per cent, as its label says them."""
    labels = [svg.get_attribute("aria-label") for svg in view.page.locator(".rows svg").all()]
    return [re.findall(r"(\w+) (\d+) %", label) for label in labels]


def expected(logits, temperature):
    e = np.exp(np.array(logits) / temperature)
    shares = np.rint(100 * e / e.sum()).astype(int)
    return sorted(zip(LETTERS["classes"], map(str, shares), strict=True), key=lambda p: -int(p[1]))


def test_each_row_says_its_likeliest_and_follows_the_temperature(mount):
    view = mount("letters", "kd-letters", LETTERS)
    assert told(view) == [expected(row["logits"], 1.0) for row in LETTERS["rows"]]
    slider = view.page.locator("input[type=range]")
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    view.page.mouse.move(box["x"] + 0.2 * box["width"], y)
    view.page.mouse.down()
    view.page.mouse.move(box["x"] + 0.6 * box["width"], y)
    view.frame()
    assert view.sent() == []
    view.page.mouse.up()
    temperature = view.wait_sent(1)["temperature"]
    assert temperature > 2
    assert told(view) == [expected(row["logits"], temperature) for row in LETTERS["rows"]]


def test_bars_keep_their_scale_as_t_grows_and_fit_where_it_falls(mount):
    view = mount("letters", "kd-letters", LETTERS)

    def tallest():
        boxes = [p.bounding_box() for p in view.page.locator(".rows svg path").all()]
        return max(box["height"] for box in boxes)

    at_one = tallest()
    view.give(LETTERS | {"temperature": 8.0, "revision": 2})
    view.frame()
    assert tallest() < 0.6 * at_one
    view.give(LETTERS | {"temperature": 0.5, "revision": 3})
    view.frame()
    assert tallest() == pytest.approx(at_one, abs=1), "the highest one fills its row"


def test_the_truth_is_marked_in_every_row(mount):
    view = mount("letters", "kd-letters", LETTERS | {"truth": [0.1, 0.6, 0.3]})
    marks = view.page.locator(".rows svg line.true")
    assert marks.count() == 9
    heights = [float(mark.get_attribute("y1")) for mark in marks.all()[:3]]
    assert heights[1] < heights[2] < heights[0]
    assert marks.first.get_attribute("y1") == marks.first.get_attribute("y2")


def test_logits_of_another_length_are_refused():
    with pytest.raises(ValueError, match=r"\(3,\) of each model"):
        letters(
            logits={"teacher": [1.0, 2.0]}, labels={"teacher": "Teacher"},
            classes=("end", "a", "b"), truth=None, temperature=1.0, key="x",
        )  # fmt: skip
