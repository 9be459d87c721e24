"""All that a lesson has asked is counted: right, wrong, left open by the result, not answered."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from kdlab.lessons.lesson import Lesson, Link, Prediction, Step

ASKS = Prediction("Will it help?", "verdict", ("gain",), Link("live"))
FIVE = Lesson(
    "five", "Five", "", 1, "", "", tuple(Step(f"{n}", "", predict=ASKS) for n in range(5))
)


def page(lesson, right):
    import streamlit as st

    from pages.ui.guide import progress, scoring

    progress.of(lesson.name).right = right
    st.text(scoring.score(lesson))


def told(right):
    at = AppTest.from_function(page, args=(FIVE, right), default_timeout=60).run()
    assert not at.exception
    return at.text[0].value


def test_what_was_right_wrong_open_and_left_out_adds_up():
    assert told({1: True, 2: True, 3: False, 4: None}) == (
        "2 of 5 predictions and answers were right, 1 wrong, 1 too close to tell, 1 not answered."
    )
    assert told(dict.fromkeys(range(1, 6), True)) == "5 of 5 predictions and answers were right."


def test_who_has_answered_nothing_is_told_nothing():
    assert told({}) == ""
