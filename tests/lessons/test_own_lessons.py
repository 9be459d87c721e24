"""Lessons that people bring: checked, kept once, counted, opened by name, listed nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from kdlab.errors import ClassError, LessonError, StoreError
from kdlab.hosting import accounts, kept, visitor
from kdlab.hosting.visitor import Visitor
from kdlab.lessons import own, shelf
from kdlab.system.paths import default_home
from pages.ui.guide.places import PLACES

ROOT = Path(__file__).parents[2]
LESSON = """+++
title = "Mine"
about = "One step."
minutes = 3
needs = "Nothing."
+++

## Look

```step
page = "soft-targets?temperature=2"
```

Look at **T**.
"""
ANNA, BEN = Visitor("anna"), Visitor("ben")


@pytest.fixture(autouse=True)
def _home(monkeypatch, tmp_path):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KDLAB_LESSONS", raising=False)


def keep(text=LESSON, who=ANNA):
    with visitor.acting_for(who):
        return own.keep(text.encode(), "mine.md", PLACES())


def test_it_is_kept_under_a_name_that_follows_from_its_content():
    name = keep()
    assert own.is_own(name)
    assert own.path_of(name).read_text(encoding="utf-8") == LESSON
    assert keep(who=BEN) == name
    assert accounts.holder(default_home(), own.KIND, f"{name}.md") == accounts.mark(ANNA)


def test_it_is_opened_by_its_name_and_listed_to_nobody():
    name = keep()
    (default_home() / "lessons" / "for-all.md").write_text(LESSON, encoding="utf-8")
    found = shelf.lesson(name, PLACES())
    assert found is not None
    assert (found.name, found.title) == (name, "Mine")
    listed = shelf.shelf(PLACES()).lessons
    assert "for-all" in listed
    assert name not in listed
    assert shelf.lesson("own-0123456789abcdef", PLACES()) is None
    assert shelf.lesson("own-../../../etc/passwd", PLACES()) is None


def test_it_is_counted_in_its_holders_share_and_makes_room(monkeypatch):
    name = keep()
    (entry,) = kept.entries(default_home())
    assert (entry.kind, entry.name) == ("lessons", f"{name}.md")
    assert entry.holder == accounts.mark(ANNA)
    monkeypatch.setenv("KDLAB_VISITOR_GB", "0.000001")
    with pytest.raises(StoreError, match="KDLAB_VISITOR_GB"):
        keep(LESSON.replace("Mine", "Another"))


def test_a_visitor_has_a_number_of_them_and_the_owner_any(monkeypatch):
    monkeypatch.setattr(own, "MOST", 2)
    keep(LESSON.replace("Mine", "1"))
    keep(LESSON.replace("Mine", "2"))
    with pytest.raises(LessonError, match="at most 2"):
        keep(LESSON.replace("Mine", "3"))
    assert keep(LESSON.replace("Mine", "2"))  # there already
    assert keep(LESSON.replace("Mine", "3"), who=BEN)
    for number in range(4, 8):
        keep(LESSON.replace("Mine", str(number)), who=visitor.OWNER)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (LESSON.encode() + b"x" * 1_000_000, "bytes"),
        (LESSON.encode("utf-16"), "UTF-8"),
        (LESSON.replace("Look at", "Schön").encode("latin-1"), "UTF-8: line 14"),
        (bytes(range(256)) * 10, "UTF-8"),
        (b"+++\n\0\n+++\n", "line 2"),
        (b"just words", "mistake"),
    ],
)
def test_what_is_no_lesson_is_refused_in_words_and_not_kept(content, says):
    with pytest.raises(LessonError, match=says):
        own.keep(content, "<b>x</b>.md", PLACES())
    assert not (default_home() / "lessons").exists()


def test_a_class_keeps_none_unless_it_may_upload(monkeypatch):
    monkeypatch.setenv("KDLAB_CLASS", "1")
    with pytest.raises(ClassError, match="uploads"):
        keep()
    assert keep(who=visitor.OWNER)
    monkeypatch.setenv("KDLAB_CLASS_ALLOWS", "uploads")
    assert keep(LESSON.replace("Mine", "Another"))


def test_all_mistakes_are_told_with_their_lines():
    text = LESSON.replace("temperature=2", "temprature=2").replace("minutes = 3", "minutes = 0")
    with pytest.raises(LessonError) as caught:
        own.checked(text.encode(), "mine.md", PLACES())
    told = caught.value.mistakes
    assert len(told) == 2
    assert told[0].startswith("Line 4")
    assert "temperature" in told[1]


def test_the_example_of_the_readme_is_a_lesson():
    text = (ROOT / "kdlab/lessons/README.md").read_text(encoding="utf-8")
    example = text.split("~~~~")[1].strip() + "\n"
    lesson = own.checked(example.encode(), "example.md", PLACES())
    assert [step.heading[:10] for step in lesson.steps] == [
        "T makes th",
        "Will the t",
        "One questi",
    ]
    assert lesson.steps[1].page is not None
    assert lesson.steps[1].page.query["hide"] == "alpha"
