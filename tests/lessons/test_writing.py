"""A lesson that is written and read again is the same, whatever was typed into its boxes."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kdlab.lessons import reading, writing
from kdlab.lessons.lesson import (
    Event,
    Lesson,
    Link,
    Prediction,
    Question,
    Setting,
    Step,
    Wrong,
)
from pages.ui.guide.places import PLACES

LIVE = Link("live", {"labels": "100", "hide": "alpha,train"})
STEPS = (
    Step("Look", "Words.", Link("soft-targets", {"temperature": "1"}), "temperature",
         (Setting("temperature", ">=", "8"),), after="It melts."),
    Step("Predict", "Think.", LIVE, until=(Event("answered"), Event("run ended")),
         predict=Prediction("Will it help?", "verdict", ("gain",), LIVE)),
    Step("How much?", "", LIVE, until=(Event("answered"), Event("run ended")),
         predict=Prediction("How much?", "number", ("gain",), Link("live", {"labels": "50"}),
                            low=-5.0, high=10.0, step=0.5, unit="points")),
    Step("Which?", "", LIVE, until=(Event("answered"), Event("run ended")),
         predict=Prediction("Who is best?", "choice",
                            ("accuracy distilled", "accuracy labels-only"), LIVE,
                            ("The distilled one", "The other"))),
    Step("Why?", "", until=(Event("answered"),),
         question=Question("Why?", "This", "So it is", (
             Wrong("That", "It is not", Link("live", {"labels": "all"})), Wrong("\"'\\", "No")))),
)  # fmt: skip
LESSON = Lesson("mine", "A title", "About it", 12, "Nothing", "Hello", STEPS)


def again(lesson):
    return reading.read(lesson.name, writing.lesson(lesson), PLACES())


def test_it_is_read_back_as_it_was():
    found = again(LESSON)
    for step in found.steps:
        # the reader writes its Markdown anew
        assert step.text.replace("\\", "") in {each.text for each in STEPS}
    plain = tuple(
        dataclasses.replace(
            step, text=step.text.replace("\\", ""), after=step.after.replace("\\", "")
        )
        for step in found.steps
    )
    assert plain == STEPS
    assert dataclasses.replace(found, steps=()) == dataclasses.replace(LESSON, steps=())


@pytest.mark.parametrize(
    "typed",
    [
        "## Another step",
        "### After",
        "```step\npage = 1\n```",
        "+++",
        "~~~\nx",
        "# x\n## y\n ```predict",
    ],
)
def test_no_typed_line_begins_a_step_or_a_block(typed):
    step = Step(writing.one_line(typed), writing.prose(f"Words.\n{typed}\nMore."), LIVE)
    found = again(dataclasses.replace(LESSON, steps=(step,)))
    assert len(found.steps) == 1
    assert found.steps[0].after == ""
    assert found.steps[0].predict is None
    for word in ("Words", "More"):
        assert word in found.steps[0].text


WORDS = (
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=60)
    .map(writing.one_line)
    .filter(bool)
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(ask=WORDS, right=WORDS, wrong=WORDS, text=st.text(max_size=80), heading=WORDS)
def test_whatever_is_typed_is_read_back(ask, right, wrong, text, heading):
    if right == wrong:
        wrong += "x"
    question = Question(ask, right, "Because", (Wrong(wrong, "No"),))
    step = Step(heading, writing.prose(text.replace("<", "")), LIVE, until=(Event("answered"),),
                question=question)  # fmt: skip
    found = again(dataclasses.replace(LESSON, steps=(step,)))
    (read,) = found.steps
    assert read.question is not None
    assert len(read.question.wrong) == 1
    assert (read.page, read.until) == (LIVE, (Event("answered"),))
    if all(each.isprintable() for each in (ask, right, wrong)):
        assert read.question == question
