"""The list of lessons says of one that is not in its reader's language in which it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.shell import speech
from tests.pages.told import words
from tests.patience import PATIENCE

PAGES = Path(__file__).parents[3] / "pages"
LESSON = """+++
title = "{title}"
about = "{title}"
minutes = 3
needs = "{title}"
+++

## {title}

{title}
"""
ENGLISH, CHINESE = "Few labels", "标签很少"


@pytest.fixture(autouse=True)
def _own(monkeypatch, tmp_path, manager):
    """Two lessons of an instructor's own, in the folder of the lab's home."""
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path))
    (tmp_path / "lessons").mkdir()
    for name, title in (("mine", ENGLISH), ("ours", CHINESE)):
        text = LESSON.format(title=title)
        (tmp_path / "lessons" / f"{name}.md").write_text(text, encoding="utf-8")


def opened(script, speaks):
    page = AppTest.from_file(PAGES / script, default_timeout=PATIENCE)
    page.session_state[speech.NOW] = speaks
    page.run()
    assert not page.exception
    return page


def marked(page, sign):
    """Captions of cards with this sign among their facts."""
    facts = [str(each.value).splitlines()[0].strip().split(" · ") for each in page.caption]
    return sum(sign in each for each in facts)


@pytest.mark.parametrize(
    ("speaks", "sign", "other"),
    [("zh", "英文", CHINESE), ("en", "in Chinese", ENGLISH)],
)
def test_of_all_lessons_only_the_one_in_another_language_is_marked(speaks, sign, other):
    page = opened("learn/lessons.py", speaks)
    assert ENGLISH in words(page)
    assert CHINESE in words(page)
    assert marked(page, sign) == 1
    (box,) = [box for box in page.selectbox if box.key.startswith("lessons.own.theirs")]
    assert [o for o in box.options if sign in o] == [
        f"{ENGLISH if other is CHINESE else CHINESE} · {sign}"
    ]
    assert other in box.options
