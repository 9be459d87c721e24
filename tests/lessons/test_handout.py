"""A handout prints what is asked and never what is right; nothing in it runs or is fetched."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest

from kdlab.lessons import handout, reading, shelf
from kdlab.lessons.lesson import Lesson, Step
from pages.ui.exercises import results
from pages.ui.guide.places import PLACES

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>"
TEXT = """+++
title = "A **lesson** & more"
about = "About it."
minutes = 10
needs = "A pencil."
+++

The *intro*: `code`, and

- one
- two

## Look

```step
page = "soft-targets?temperature=1"
```

Drag **T** above 8: see [the live page](live?labels=100).

### After

Secret: it melts to 0.731.

## Will it help?

```step
page = "live?labels=100"
```
```predict
ask = "Will the teacher help?"
kind = "verdict"
measure = "gain"
```

## How much?

```predict
ask = "How many points?"
kind = "number"
measure = "gain"
run = "live?labels=100"
low = -5
high = 20
unit = "points"
```

## Why?

```question
ask = "Why does it help?"
right = "The right one"
because = "Reason of the right one"
wrong = [ { say = "A wrong one", because = "Reason of a wrong one" } ]
```
"""
ADDRESS = "http://192.168.1.7:8501/soft-targets?temperature=1&lesson=mine.1"


SVG = "data:image/svg+xml"


class Seen(HTMLParser):
    """All tags with their attributes, and the text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def lesson():
    return reading.read("mine", TEXT, PLACES())


def test_the_learners_file_asks_and_does_not_answer(lesson):
    page = handout.written(lesson, ADDRESS, measured={1: "+4.2 points"})
    for kept_back in ("Secret", "0.731", "Reason of", "+4.2", "✓", 'answer"'):
        assert kept_back not in page
    for asked in ("Will the teacher help?", "How many points?", "A wrong one", "The right one",
                  "Too close to tell", "−5 – 20 points", "A pencil."):  # fmt: skip
        assert asked in page
    assert page.count('class="box"') == 3 + 2
    assert "What do you see?" in page


def test_the_teachers_file_has_all_of_it(lesson):
    page = handout.written(lesson, ADDRESS, answers=True, measured={1: "+4.2 points"})
    for told in ("0.731", "Reason of the right one", "Reason of a wrong one", "+4.2 points",
                 "Not measured here yet", "With answers"):  # fmt: skip
        assert told in page
    (ticked,) = re.findall(r'<span class="box">✓</span> ([^<]+)<', page)
    assert ticked == "The right one"


def test_markdown_is_on_paper_what_it_is_on_the_page(lesson):
    page = handout.written(lesson, ADDRESS)
    assert "<p>The <i>intro</i>: <code>code</code>, and</p>" in page
    assert "<ul><li>one</li><li>two</li></ul>" in page
    assert "Drag <b>T</b> above 8: see <u>the live page</u>." in page
    assert "A **lesson** &amp; more" in page, "a title is text"


def _check_harmless(page):
    seen = Seen(page)
    names = {tag for tag, _ in seen.tags}
    assert names <= {
        "html", "head", "meta", "title", "style", "body", "header", "img", "p", "h1", "h2", "main",
        "section", "ul", "ol", "li", "b", "i", "u", "code", "span", "div",
    }  # fmt: skip
    for _, attributes in seen.tags:
        assert not any(name.startswith("on") or name in ("href", "style") for name in attributes)
        assert attributes.get("src", SVG).startswith(SVG)
    assert "default-src 'none'" in page
    assert not re.search(r"url\(|@import", page)
    return seen


@pytest.mark.parametrize("answers", [False, True])
def test_nothing_runs_and_nothing_is_fetched(lesson, answers):
    seen = _check_harmless(handout.written(lesson, ADDRESS, answers=answers))
    (image,) = [attributes["src"] for tag, attributes in seen.tags if tag == "img"]
    assert "<svg" in unquote(image)
    assert ADDRESS in seen.text


@pytest.mark.parametrize("answers", [False, True])
def test_markup_in_every_field_is_text(lesson, answers):
    questions = [step for step in lesson.steps if step.question or step.predict]
    step = Step(EVIL, EVIL, after=f"[a](<javascript:alert(1)>) {EVIL}")
    made = Lesson(EVIL, EVIL, EVIL, 5, EVIL, EVIL, (step, *questions), language='en"><script>')
    page = handout.written(made, f"http://x/{EVIL}", answers=answers, measured={1: EVIL})
    seen = _check_harmless(page)
    assert "<script" not in page
    assert EVIL in seen.text


def test_no_lesson_of_the_lab_tells_its_answers():
    for name, lesson in shelf.shelf(PLACES()).lessons.items():
        page = Seen(handout.written(lesson, ADDRESS)).text
        for step in lesson.steps:
            if step.question is not None:
                told = [step.question.because, *(each.because for each in step.question.wrong)]
                assert [one for one in told if one in page] == [], name
            figures = re.findall(r"\d+\.\d+", step.after)
            own = f"{lesson.intro} {' '.join(each.text for each in lesson.steps)}"
            assert [f for f in figures if f in page and f not in own] == [], name
        measured = results.told(lesson)
        assert [one for one in measured.values() if one in page] == [], name
