"""A lesson's file: what is read of it, each mistake with its line and step, and any text at all."""

from __future__ import annotations

import re
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdlab.errors import LessonError
from kdlab.lessons import reading
from kdlab.lessons.lesson import Event, Lesson, Link, Prediction, Question, Setting
from pages.ui.guide.places import PLACES
from tests.fuzzing import TEXTS, fuzz, told

GOOD = """\
+++
title = "Soft targets"
about = "What a teacher says beyond the right answer."
minutes = 10
needs = "You have met a network that classifies images."
+++

Intro with **bold**, *italics*, `code` and [a link](live?labels=100).

## The answer melts

```step
page = "soft-targets?temperature=1"
control = "temperature"
until = ["temperature >= 8"]
```

Drag **T** above 8.

- one
- two

### After

It is flat.

## Will the teacher help?

```step
page = "live?labels=100"
control = "train"
```
```predict
ask = "Will it?"
kind = "verdict"
measure = "gain"
```

## A question

```question
ask = "Why?"
right = "Because."
because = "It is so."
wrong = [
  { say = "Not.", because = "No.", see = "live?labels=50" },
  { say = "Never.", because = "No." },
]
```
"""


def read(text: str) -> Lesson:
    return reading.read("soft", text, PLACES())


def mistakes(text: str) -> tuple[str, ...]:
    with pytest.raises(LessonError) as found:
        read(text)
    told(found.value)
    return found.value.mistakes


def test_all_of_a_lesson_is_read():
    lesson = read(GOOD)
    assert (lesson.title, lesson.minutes, len(lesson.steps)) == ("Soft targets", 10, 3)
    first, second, third = lesson.steps
    assert first.page == Link("soft-targets", {"temperature": "1"})
    assert first.until == (Setting("temperature", ">=", "8"),)
    assert first.text.startswith("Drag **T** above 8\\.")
    assert "- one\n- two" in first.text
    assert first.after == "It is flat\\."
    assert second.until == (Event("answered"), Event("run ended"))
    assert isinstance(second.predict, Prediction)
    assert second.predict.link == Link("live", {"labels": "100"})
    assert isinstance(third.question, Question)
    assert third.question.wrong[0].see == Link("live", {"labels": "50"})
    assert lesson.intro.endswith("[a link](<live?labels=100>)\\.")


WRONG = [
    ('until = ["temperature >= 8"]', 'until = ["temprature >= 8"]',
     r"Line 15, step 1 “The answer melts”: until names “temprature”, which no setting of the page "
     r"soft-targets is called\. Did you mean temperature\?"),
    ('until = ["temperature >= 8"]', 'until = ["temperature >= hot"]', "Line 15.*not a number"),
    ('until = ["temperature >= 8"]', 'until = ["teacher >= 8"]', "Line 15.*allowed: = and !="),
    ('until = ["temperature >= 8"]', 'until = ["temperature = -3"]', "Line 15.*cannot be.*-3"),
    ('until = ["temperature >= 8"]', 'until = ["run ended"]', "nothing is trained on the page"),
    ('until = ["temperature >= 8"]', 'until = ["cell clicked"]', "has no cells"),
    ('until = ["temperature >= 8"]', 'until = ["answered"]', "asks nothing"),
    ('until = ["temperature >= 8"]', 'until = ["it is warm"]', "Line 15.*run ended"),
    ('until = ["temperature >= 8"]', "until = [8]", "Line 15.*a number; it is a text"),
    ('control = "temperature"', 'control = "train it"', "Line 14.*control names “train it”"),
    ('control = "temperature"', 'contrl = "temperature"', "Line 14.*Did you mean control"),
    ("soft-targets?temperature=1", "soft-target?temperature=1", "Line 13.*Did you mean soft-targ"),
    ("soft-targets?temperature=1", "soft-targets?temperature=-1", "Line 13.*cannot be.*-1"),
    ("soft-targets?temperature=1", "soft-targets?heat=1", "Line 13.*“heat”, which no setting"),
    ("soft-targets?temperature=1", "https://example.org/", "Line 13.*no page of the lab"),
    ("soft-targets?temperature=1", "soft-targets?dataset=nothing", "Line 13.*nothing"),
    ('see = "live?labels=50"', 'see = "live?labels=25000"',
     "Line 45.*labels is 25000; allowed: 1 to 1097, the training images of digits"),
    ("[a link](live?labels=100)", "[a link](map?x_axis=alpha&y_axis=alpha)",
     "Line 8.*x_axis and y_axis are both alpha"),
    ('kind = "verdict"', 'kind = "guess"', "Line 35.*allowed: verdict, number, choice"),
    ('measure = "gain"', 'measure = "gian"', "Line 36.*Did you mean gain"),
    ('measure = "gain"', 'measure = "accuracy distilled"', "a verdict is about a gain"),
    ('measure = "gain"\n', "", "step 2.*names one measure; this one names 0"),
    ('ask = "Will it?"\n', "", "step 2.*lacks ask"),
    ("minutes = 10", "minutes = 0", "Line 4: minutes is 0; it is a whole number from 1 to 600"),
    ("minutes = 10", 'minutes = "ten"', "Line 4: minutes is a text"),
    ("minutes = 10", "minutes = ", "Line 4: the front matter is no TOML"),
    ('title = "Soft targets"\n', "", "lacks title"),
    ('title = "Soft targets"', 'titel = "Soft targets"', "Line 2.*Did you mean title"),
    ("+++\ntitle", "title", "Line 1: a lesson begins with its front matter"),
    ('"It is so."\n', '"It is so.\n', "step 3.*is no TOML"),
    ('right = "Because."', 'right = "Not."', "two answers have the same words"),
    ('see = "live?labels=50"', 'see = "nowhere"', "Line 45.*no page of the lab"),
    ("Drag **T**", "Drag <b onclick=x>T</b>", "Line 18, step 1.*HTML"),
    ("Drag **T**", "Drag ![T](http://example.org/t.png)", "Line 18, step 1.*a picture"),
    ("Drag **T**", "Drag [T](javascript:alert)", "Line 18, step 1.*a link leads to"),
    ("### After", "### Then", "Line 23, step 1.*is a heading"),
    ("- one", "- one " + "x" * 2100, "step 1.*characters; at most 2,000"),
    ("## A question\n", "## \n", "a step has a heading"),
    ("wrong = [\n", "wrong = []\nwrong2 = [\n", "1 to 7 wrong answers; this one has 0"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "said"), WRONG)
def test_each_mistake_is_a_sentence_with_its_line(right, wrong, said):
    assert right in GOOD
    found = mistakes(GOOD.replace(right, wrong, 1))
    assert any(re.search(said, each) for each in found), found
    assert all(each[-1] in ".?" for each in found)


def test_all_mistakes_are_told_at_once():
    text = GOOD
    for right, wrong, _ in (WRONG[0], WRONG[9], WRONG[16], WRONG[21], WRONG[30]):
        text = text.replace(right, wrong, 1)
    assert len(mistakes(text)) == 5


def test_limits():
    step = "## A\n\ntext\n\n"
    head = GOOD.split("Intro")[0]
    assert any("61 steps" in each for each in mistakes(head + step * 61))
    assert any("at most 200,000" in each for each in mistakes(head + "x" * 200_001))
    assert any("no step" in each for each in mistakes(head))
    assert any("small letters" in each for each in bad_name("../etc", GOOD))


def bad_name(name: str, text: str) -> tuple[str, ...]:
    with pytest.raises(LessonError) as found:
        reading.read(name, text, PLACES())
    return found.value.mistakes


def test_a_number_and_a_choice():
    number = textwrap.dedent(
        """
        ```predict
        ask = "How much?"
        kind = "number"
        measure = "accuracy teacher"
        low = 0
        high = 10
        step = 0.5
        unit = "%"
        ```
        """
    )
    head = GOOD.split("## The answer")[0]
    page = '## A\n```step\npage = "live"\n```\n'
    asked = read(head + page + number).steps[0].predict
    assert (asked.low, asked.high, asked.step, asked.unit) == (0, 10, 0.5, "%")
    wrong = mistakes(head + page + number.replace("high = 10", "high = -1"))
    assert any("low has to be below high" in each for each in wrong)
    choice = (
        '```predict\nask = "Which?"\nkind = "choice"\nchoices = ["A", "B"]\n'
        'measure = ["accuracy right", "accuracy wrong"]\n```\n'
    )
    page = '## A\n```step\npage = "mistakes"\n```\n'
    assert read(head + page + choice).steps[0].predict.choices == ("A", "B")
    wrong = mistakes(head + page + choice.replace("accuracy wrong", "accuracy wrang"))
    assert any("Did you mean accuracy wrong?" in each for each in wrong)


PIECES = st.sampled_from(
    [*GOOD.splitlines(keepends=True), "```step\n", "```\n", "## X\n", "+++\n", "until = 3\n",
     "kind = \"choice\"\n", "[[a]]\n", "<script>", "**", "[a](b", "`", "* ", "\n"]
)  # fmt: skip


@fuzz(100)
@given(st.lists(PIECES | TEXTS, max_size=40).map("".join))
def test_any_text_is_a_lesson_or_told(text):
    read_or_told(text)


@fuzz(100)
@given(st.integers(0, len(GOOD)), st.integers(0, 30), TEXTS)
def test_a_lesson_that_was_damaged_is_one_or_told(at, gone, more):
    read_or_told(GOOD[:at] + more + GOOD[at + gone :])


def read_or_told(text: str) -> None:
    try:
        found = read(text)
    except LessonError as error:
        told(error)
        found = None if error.mistakes else error
    assert found is None or isinstance(found, Lesson)
    for step in found.steps if found else ():
        assert "<script" not in step.text


def test_a_key_of_very_many_parts_is_refused_before_it_takes_memory():
    text = GOOD.replace('control = "temperature"', "a" + ".a" * 20_000 + " = 1", 1)
    assert "more than 40 dots in one line" in mistakes(text)[0]
