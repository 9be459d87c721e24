"""A prediction is asked for, kept, and shown beside what was measured."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from kdlab.lessons import outcome
from kdlab.lessons.lesson import Link, Prediction, Question, Wrong
from kdlab.lessons.measured import Measured
from kdlab.translation import speaking

LIVE = Link("live", {"labels": "100"})
VERDICT = Prediction("Will it help?", "verdict", ("gain",), LIVE)
NUMBER = Prediction("How much?", "number", ("accuracy teacher",), LIVE, (), 0, 10, 0.5, "%")
CHOICE = Prediction("Which?", "choice", ("accuracy a", "accuracy b"), LIVE, ("<b>A</b>", "B"))
THREE = Prediction("Which?", "choice", ("accuracy",) * 3, LIVE, ("A", "B", "C"))
ASKED = Question("Why?", "So.", "It is.", (Wrong("Not.", "No, *look*.", LIVE),))


def gain(mean, low, high, verdict):
    return Measured("gain", mean, low, high, "points", 1, verdict, "5 seeds")


def value(mean, low=math.nan, high=math.nan):
    return Measured("accuracy", mean, low, high, "%", 1)


def page(asked, result):
    import streamlit as st

    from pages.ui.guide import predicting

    answer = predicting.ask("q", asked)
    if answer is not None:
        predicting.reveal("asked", asked, answer, result)
    st.text(f"answer: {answer}")


def opened(asked, result=None) -> AppTest:
    return AppTest.from_function(page, args=(asked, result), default_timeout=60).run()


def test_a_verdict_is_given_once_and_stays():
    found = [gain(3.1, 2.0, 4.2, "helped")]
    at = opened(VERDICT, found)
    assert at.button[0].disabled
    at.radio[0].set_value("hurt").run()
    at.button[0].click().run()
    assert not at.exception
    assert at.text[0].value == "answer: hurt"
    assert len(at.radio) == 0
    words = at.markdown[0].value
    assert ":material/cancel:" in words
    assert "It hurts" in words
    assert "\\+3\\.1 points \\(95\u00a0% interval \\+2\\.0 to \\+4\\.2 over 5 seeds\\)" in words


def test_a_number_is_a_slider_and_says_how_far_off_it_is():
    at = opened(NUMBER, [value(8.25, 8.0, 8.5)])
    assert at.slider[0].value == 5.0
    at.slider[0].set_value(6.0).run()
    at.button[0].click().run()
    assert "2\\.2 points off" in at.markdown[0].value  # of two that are as near the even one


def test_the_button_names_what_it_predicts_wherever_the_slider_stands():
    at = opened(NUMBER, [value(8.25, 8.0, 8.5)])
    assert [each.label for each in at.button] == ["I predict 5\\.0\u00a0%"]
    at.slider[0].set_value(6.0).run()
    assert [each.label for each in at.button] == ["I predict 6\\.0\u00a0%"]
    at.slider[0].set_value(5.0).run()
    at.button[0].click().run()
    assert at.text[0].value == "answer: 5.0"


def test_a_slider_that_was_away_is_where_it_was_left():
    at = opened(NUMBER)
    at.slider[0].set_value(8.0).run()
    at.session_state["q.given"] = "1"  # another widget's turn: Streamlit forgets the slider
    at.run()
    assert not at.slider
    del at.session_state["q.given"]
    at.run()
    assert at.slider[0].value == 8.0
    assert not at.button[0].disabled


def test_words_of_others_are_shown_as_they_are_and_wrong_answers_have_a_run():
    at = opened(CHOICE)
    assert at.radio[0].options[0] == "\\<b\\>A\\</b\\>"
    at = opened(ASKED)
    at.radio[0].set_value("Not.").run()
    at.button[0].click().run()
    assert "No, \\*look\\*\\." in at.markdown[0].value
    assert "So\\." in at.markdown[1].value
    assert at.button[0].label == "See it: Live distillation"


@pytest.mark.parametrize(
    ("asked", "answer", "result", "right"),
    [
        (VERDICT, "helped", [gain(3.1, 2.0, 4.2, "helped")], True),
        (VERDICT, "unclear", [gain(0.1, -2.0, 2.2, "unclear")], True),
        (VERDICT, "helped", [gain(3.1, math.nan, math.nan, "one seed")], None),
        (NUMBER, "8.5", [value(8.2, 8.0, 8.4)], True),
        (NUMBER, "2", [value(8.2, 8.0, 8.4)], False),
        (NUMBER, "8", [value(math.nan)], None),
        (CHOICE, "B", [value(5, 4, 6), value(8, 7, 9)], True),
        (CHOICE, "<b>A</b>", [value(5, 4, 6), value(8, 7, 9)], False),
        (CHOICE, "B", [value(5, 4, 6), value(6, 5, 7)], None),
        (CHOICE, "B", [value(5), value(6)], None),
        (CHOICE, outcome.TIED, [value(5, 4, 6), value(6, 5, 7)], True),
        (CHOICE, outcome.TIED, [value(5, 4, 6), value(8, 7, 9)], False),
        (CHOICE, outcome.TIED, [value(5), value(6)], None),
        (THREE, "C", [value(5, 4, 6), value(6, 5, 7), value(1, 0, 2)], False),
        (THREE, "A", [value(5, 4, 6), value(6, 5, 7), value(1, 0, 2)], None),
    ],
)
def test_what_is_right(asked, answer, result, right):
    assert outcome.outcome(asked, answer, result).right is right


@pytest.mark.parametrize(
    ("step", "answer", "said"),
    [
        (0.5, "6.0", "6.0 %"), (2.5, "7.5", "7.5 %"), (2.5, "5", "5.0 %"), (0.25, "0.25", "0.25 %"),
        (1, "4", "4 %"), (1, "4.5", "4.5 %"), (10, "-20", "−20 %"),
        (0.1, "0.30000000000000004", "0.3 %"),
    ],
)  # fmt: skip
def test_a_number_is_told_as_it_was_chosen(step, answer, said):
    asked = Prediction("?", "number", ("accuracy teacher",), LIVE, (), -100, 100, step, "%")
    assert outcome.in_words(asked, answer) == said


def test_a_number_says_why_it_counts_as_right():
    found = [value(8.2, 8.0, 8.4)]
    assert outcome.outcome(NUMBER, "8.0", found).off == "within what was measured"
    assert outcome.outcome(NUMBER, "8.5", found).off == "as near as the slider goes"
    assert outcome.outcome(NUMBER, "9", found).off == "0.8 points off"


def test_intervals_that_overlap_are_told_in_a_sentence_and_each_on_its_line():
    result = [value(5, 4, 6), value(6, 5, 7), value(1, 0, 2)]
    found = outcome.outcome(THREE, "A", result)
    assert found.why == (
        "The intervals of “B” and “A” overlap, so they do not tell which is best. "
        "Your answer is neither right nor wrong."
    )
    at = AppTest.from_function(revealed, args=(THREE, "A", result), default_timeout=60).run()
    lines = at.markdown[0].value.replace("\\", "").splitlines()
    assert [each for each in lines if each.startswith("- ")] == [
        "- B: 6.0\u00a0% (95\u00a0% interval 5.0 to 7.0)",
        "- **A: 5.0\u00a0% (95\u00a0% interval 4.0 to 6.0)** ← your prediction",
        "- C: 1.0\u00a0% (95\u00a0% interval 0.0 to 2.0)",
    ]


def test_all_that_overlap_are_named():
    result = [value(5, 4, 6), value(6, 5, 7), value(5.5, 4, 7)]
    found = outcome.outcome(THREE, outcome.TIED, result)
    assert found.why.startswith("The intervals of “B”, “C” and “A” overlap")


def test_what_all_intervals_are_over_is_told_once():
    result = [Measured("accuracy", 5, 4, 6, "%", 1, over="5 seeds")] * 2
    found = outcome.outcome(CHOICE, "B", result)
    assert found.over == "5 seeds"
    assert found.each[0][1] == "5.0 % (4.0 to 6.0)"


def test_a_lesson_offers_that_it_cannot_be_told_and_a_question_with_one_answer_does_not():
    assert outcome.answers(CHOICE) == (*CHOICE.choices, outcome.TIED)
    assert outcome.in_words(CHOICE, outcome.TIED) == "Too close to tell"


def test_what_is_read_aloud_has_no_backslashes():
    asked = replace(ASKED, ask="A paper reports: 92.2 % (*best*). Why?")
    for each in (asked, replace(VERDICT, ask=asked.ask), replace(NUMBER, ask=asked.ask)):
        at = opened(each)
        widget = (at.slider or at.radio)[0]
        assert widget.label == asked.ask, "which a screen reader says as it is"
        assert widget.proto.label_visibility.value == 2, "so that nobody sees it as Markdown"
        assert at.markdown[0].value == "A paper reports\\: 92\\.2\u00a0% \\(\\*best\\*\\)\\. Why?"


def revealed(asked, answer, result):
    from pages.ui.guide import predicting

    predicting.reveal("q", asked, answer, result)


def both(asked):
    import streamlit as st

    from pages.ui.guide import predicting

    for key in ("guide.x.1", "class.ABCD.1"):
        st.session_state[f"{key}.given"] = "Not."
        predicting.reveal(key, asked, "Not.")


def test_a_lesson_and_a_class_may_ask_the_same():
    at = AppTest.from_function(both, args=(ASKED,), default_timeout=60).run()
    assert not at.exception
    assert [each.key for each in at.button] == ["guide.x.1.see", "class.ABCD.1.see"]


@pytest.mark.parametrize("answer", ["", "nan", "11", "-1", "x", "1" * 50, "inf"])
def test_no_other_answer_is_taken(answer):
    assert not any(outcome.sound(asked, answer) for asked in (VERDICT, NUMBER, CHOICE, ASKED))


def test_the_labs_own_words_are_the_readers_and_those_of_a_lesson_are_its_own():
    with speaking("zh"):
        told = outcome.outcome(VERDICT, "hurt", [gain(3.1, 2.0, 4.2, "helped")])
        assert told.said == "有害"
        assert told.found == "+3.1 个百分点 (95 % 区间 +2.0 至 +4.2，5 seeds)：有益"
        off = outcome.outcome(NUMBER, "2", [value(8.2, 8.0, 8.4)]).off
        assert off == "相差 6.2 个百分点"
        asked = Question("?", "Train", "So.", (Wrong("Open", "No.", LIVE),))
        assert [outcome.in_words(asked, each) for each in outcome.answers(asked)] == [
            "Open",
            "Train",
        ]
