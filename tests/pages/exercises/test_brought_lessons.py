"""A lesson that somebody brings to the page: every mistake is said, markup in it is text, and its
link is there once it was looked at."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from kdlab.errors import LessonError
from kdlab.hosting import class_rights
from kdlab.lessons import own, shelf
from pages.ui.exercises import brought
from pages.ui.guide.places import PLACES
from pages.ui.shell import instructing
from tests.pages.told import words
from tests.patience import PATIENCE

EVIL = "<script>alert(1)</script>"
LESSON = f"""+++
title = "{EVIL} **x**"
about = "{EVIL}"
minutes = 3
needs = "{EVIL}"
+++

## {EVIL}

```step
page = "soft-targets?temperature=2"
```
```question
ask = "{EVIL}?"
right = "{EVIL} right"
because = "{EVIL} because"
wrong = [ {{ say = "![x](http://x/y.png)", because = "[a](javascript:alert(1))" }} ]
```
"""
MISTAKES = """+++
title = "x"
about = "x"
minutes = 0
+++

## One

```step
page = "nowhere?x=1"
```

<b>bold</b> ![picture](x.png) [link](javascript:alert(1))

## Two

```step
page = "live?labels=-1"
control = "nonsense"
until = ["temprature >= 8", "cell clicked", "done"]
```
```predict
ask = ""
kind = "guess"
measure = "luck"
```

## Three

```question
ask = "?"
right = "a"
because = "b"
wrong = [ { say = "a", because = "c", see = "nowhere" } ]
"""


@pytest.fixture(autouse=True)
def _home(monkeypatch, tmp_path):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "home"))


def script():
    from pages.ui.exercises import brought

    brought.section()


def bring(content, name="mine.md"):
    page = AppTest.from_function(script, default_timeout=PATIENCE).run()
    page.file_uploader[0].upload(name, content, "text/markdown").run()
    assert not page.exception
    return page


def test_every_mistake_is_said_with_its_line():
    with pytest.raises(LessonError) as caught:
        own.checked(MISTAKES.encode(), "mine.md", PLACES())
    assert len(caught.value.mistakes) >= 12
    said = " ".join(each.value for each in bring(MISTAKES.encode()).error)
    plain = said.replace("\\", "").replace("\u200b", "")
    assert [each for each in caught.value.mistakes if each not in plain] == []
    assert plain.count("Line ") >= 12
    assert not list((own.path_of("x")).parent.glob("*"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"x" * 1_000_000, "1,000,000 bytes"),
        ("Schön".encode("latin-1"), "UTF-8"),
        (bytes(range(256)) * 100, "UTF-8"),
        (b"+++\0", "NUL"),
    ],
)
def test_what_is_no_text_is_refused_and_its_name_is_text(content, says):
    page = bring(content, "<img src=x>[y](http://z).md")
    assert says in words(page)
    (error,) = page.error
    assert r"\<img src" in error.value
    assert "](http" not in error.value


@pytest.mark.parametrize("instructs", [True, False])
def test_a_class_is_not_handed_the_answers_to_what_it_may_be_asked(monkeypatch, instructs):
    monkeypatch.setattr(instructing, "instructs_any", lambda: instructs)
    page = AppTest.from_function(script, default_timeout=PATIENCE)
    assert page.run().selectbox, "where there is no class everybody takes a lesson away"
    monkeypatch.setattr(class_rights, "holds_class", lambda: True)
    assert bool(page.run().selectbox) is instructs


def test_a_class_without_the_right_to_upload_has_no_lesson_read(monkeypatch):
    def refused(what, visitor=None):
        raise class_rights.refusal(what)

    monkeypatch.setattr(class_rights, "check", refused)
    monkeypatch.setattr(own, "checked", lambda *_: pytest.fail("it was read"))
    assert "ploads" in " ".join(each.value for each in bring(LESSON.encode()).error)


def test_who_may_not_upload_is_not_told_to_and_reads_why(monkeypatch):
    page = AppTest.from_function(script, default_timeout=PATIENCE)
    assert "Upload yours" in words(page.run())
    monkeypatch.setattr(class_rights, "may", lambda *_: False)
    assert "Upload yours" not in words(page.run())
    assert "Uploads are off in this class" in words(page)


def test_it_is_looked_at_and_then_handed_out():
    page = bring(LESSON.encode())
    assert "No mistakes" in words(page)
    name = own.name_of(LESSON.encode())
    assert not own.path_of(name).exists(), "only looked at so far"
    page.button(key="lessons.own.keep").click().run()
    (link,) = [each.value for each in page.code]
    assert parse_qs(urlsplit(link).query)["lesson"] == [f"{name}.1"]
    assert urlsplit(link).path == "/soft-targets"
    assert shelf.lesson(name, PLACES()) is not None


def test_markup_in_every_field_is_text_on_the_page():
    page = bring(LESSON.encode())
    for kind in ("markdown", "caption", "success", "expander"):
        for each in page.get(kind):
            text = str(getattr(each, "value", "") or getattr(each, "label", ""))
            assert not re.search(r"(?<!\\)<script|(?<!\\)\]\((http|javascript)", text)
    assert not any(each.proto.unsafe_allow_javascript for each in page.get("html"))
    assert any(r"\<script\>" in str(each.value) for each in page.markdown)


def test_one_after_the_other_may_be_brought():
    page = bring(b"")
    page.file_uploader[0].upload("mine.md", LESSON.encode(), "text/markdown").run()
    assert "No mistakes" in words(page)
    assert brought.KEY in page.session_state
