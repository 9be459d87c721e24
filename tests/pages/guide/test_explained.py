"""Explained words of a lesson stay bold where a language writes no blanks."""

from __future__ import annotations

import pytest

from kdlab.lessons import shelf
from kdlab.translation import speaking
from pages.ui.guide import explained
from pages.ui.guide.places import PLACES

LINK = '[温度](./words?word=temperature "T (of a softmax).")'
BOLD = '[**温度**](./words?word=temperature "T (of a softmax).")'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"以**{LINK}** T", f"以{BOLD} T"),
        (f"把**{LINK}高的**拖", f"把{BOLD}**高的**拖"),
        (f"**高的{LINK}**拖", f"**高的**{BOLD}拖"),
        (f"the **{LINK}** T", f"the **{LINK}** T"),
        ("没有**链接**的", "没有**链接**的"),
        ("an odd ** one", "an odd ** one"),
    ],
)
def test_bold_words_are_bold(text, told):
    assert explained.bold(text) == told


def test_no_bold_word_of_the_labs_lessons_shows_its_asterisks():
    """Markdown sees none between a letter and what is no letter on the side of the bold words."""
    met = 0
    with speaking("zh"):
        for lesson in shelf.shelf(PLACES(), "zh").lessons.values():
            for step in lesson.steps:
                for text in explained.words(step.text, step.after):
                    parts = text.split("**")
                    for at in range(1, len(parts) - 1, 2):
                        if parts[at - 1].endswith("["):
                            continue  # within its link
                        met += 1
                        glued = parts[at].startswith("[") and parts[at - 1][-1:].isalnum()
                        tail = parts[at].endswith(")") and parts[at + 1][:1].isalnum()
                        assert not glued, (step.heading, parts[at])
                        assert not tail, (step.heading, parts[at])
    assert met, "there are bold words"
